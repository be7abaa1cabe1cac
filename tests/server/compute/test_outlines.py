"""Compact outlines: exact for traced ones, 1/256 px for drawn ones, and never a crash on foreign bytes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from spheroseg.geometry import trace
from spheroseg.server.compute import outlines
from spheroseg.server.compute.outlines import (
    Outline,
    OutlineError,
    decode,
    encode,
    encode_all,
    frame_bytes,
    numbers_of,
    read_frame,
    varints,
)

rings = st.integers(3, 12).flatmap(lambda n: arrays(np.float64, (n, 2), elements=st.integers(0, 40_000).map(float)))
parts = st.lists(st.lists(rings, min_size=1, max_size=3), min_size=1, max_size=3)


@settings(deadline=None, max_examples=60)
@given(parts)
def test_traced_outlines_come_back_exactly(thing):
    back = decode(encode(thing))
    assert [[ring.tolist() for ring in part] for part in back] == [[ring.tolist() for ring in part] for part in thing]


@settings(deadline=None, max_examples=60)
@given(arrays(np.float64, (7, 2), elements=st.floats(0, 20_000)))
def test_drawn_outlines_come_back_to_a_fraction_of_a_pixel(ring):
    ((back,),) = decode(encode([[ring]]))
    assert np.abs(back - ring).max() <= 1 / 512 + 1e-9


@settings(deadline=None, max_examples=100)
@given(st.lists(st.integers(0, 2**50)))
def test_varints_come_back(values):
    assert numbers_of(varints(np.array(values, dtype=np.int64))).tolist() == values


def test_varints_are_those_of_protocol_buffers():
    assert varints(np.array([1, 150, 300])) == bytes([1, 0x96, 0x01, 0xAC, 0x02])


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=60))
def test_foreign_bytes_are_refused_not_believed(data):
    try:
        decode(data)
    except OutlineError:
        return
    assert data  # what is read by chance is at least well formed


def test_a_traced_disc_takes_two_bytes_a_vertex():
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    ring = np.rint(np.stack([500 + 50 * np.cos(angles), 700 + 50 * np.sin(angles)], axis=1))
    assert len(encode([[ring]])) <= 2 * 60 + 8


@settings(deadline=None, max_examples=60)
@given(
    arrays(np.uint8, st.tuples(st.integers(1, 14), st.integers(1, 14)), elements=st.integers(0, 4)),
    st.integers(0, 3),
)
def test_all_at_once_is_the_same_as_one_by_one(labels, scale):
    """Labels of several parts, with holes, in any order."""
    traced = trace(np.kron(labels, np.ones((scale + 1, scale + 1), dtype=np.uint8)))
    encoded = encode_all(traced)
    parts = {}
    for one in traced:
        parts.setdefault(one.label, []).append(one.rings)
    assert encoded.labels.tolist() == sorted(parts)
    for label, data, box in zip(encoded.labels.tolist(), encoded.polygons, encoded.boxes, strict=True):
        assert data == encode(parts[label])
        rings = np.concatenate([part[0] for part in parts[label]])
        assert box.tolist() == [*rings.min(axis=0), *rings.max(axis=0)]


def test_a_frame_comes_back():
    square = encode([[np.array([[0, 0], [4, 0], [4, 4], [0, 4]])]])
    outlines = [
        Outline(1, "spheroid", 0.985, ("touches_border",), False, square),
        Outline(300, "debris", None, ("uncertain", "touches_border"), True, square),
    ]
    header, back = read_frame(frame_bytes(outlines, {"version": 3}))
    assert (header["version"], header["n"], header["classes"]) == (3, 2, ["debris", "spheroid"])
    assert [(one.number, one.class_name, one.confidence, one.is_drawn, one.polygons) for one in back] == [
        (1, "spheroid", 0.985, False, square), (300, "debris", None, True, square)
    ]  # fmt: skip
    assert set(back[1].flags) == {"uncertain", "touches_border"}
    assert read_frame(frame_bytes([], {}))[1] == []
    with pytest.raises(OutlineError):
        read_frame(b"PNG1")


async def test_thumbnails_get_rough_outlines_of_many_images_at_once(lab, make_png):
    alice, bob = await lab.person(), await lab.person("bob")
    project_id = await lab.project(alice)
    pictures = {f"A0{n}__png": make_png(radius_px=30.0 + 10 * n, seed=n) for n in range(1, 4)}
    images = await lab.upload(alice, project_id, **pictures)
    await lab.work()
    ids = [image["id"] for image in images]
    run = {"model": "classical", "image_ids": ids[:2]}
    await alice.post(f"/api/v1/projects/{project_id}/runs", json=run)
    await lab.work()
    url = f"/api/v1/projects/{project_id}/outlines"

    async def sketches():
        data, found = (await alice.get(url, params={"image_ids": ids, "max_vertices": 12})).content, {}
        while data:
            length = int.from_bytes(data[:4], "little")
            header, objects = outlines.read_frame(data[4 : 4 + length])
            found[header["image_id"]] = (header, objects)
            data = data[4 + length :]
        return found

    for _ in range(2):  # made, then kept
        found = await sketches()
        assert sorted(found) == sorted(ids[:2])
        for n, image_id in enumerate(ids[:2], start=1):
            header, (one,) = found[image_id]
            ((ring,),) = outlines.decode(one.polygons)
            assert len(ring) <= 12
            assert np.ptp(ring, axis=0) == pytest.approx([2 * (30 + 10 * n)] * 2, abs=8)
            assert header["n_objects"] == 1
    header, _ = found[ids[0]]
    square = {"op": "add", "parts": [[[[20, 20], [60, 20], [60, 60], [20, 60]]]]}
    edit = {"operations": [square, {"op": "remove", "number": 1}]}
    await alice.patch(
        f"/api/v1/results/{header['result_id']}/objects", json=edit, headers={"If-Match": f'"{header["version"]}"'}
    )
    _, (one,) = (await sketches())[ids[0]]
    assert one.number == 2
    assert (await bob.get(url, params={"image_ids": ids})).status_code == 404
    other = await lab.project(alice, name="Another")
    assert (await alice.get(f"/api/v1/projects/{other}/outlines", params={"image_ids": ids})).content == b""
