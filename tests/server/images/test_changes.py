"""Corrections of many images at once: plate, well, time, pixel size, names of channels."""

import io

import numpy as np
import pytest
import tifffile


async def change(person, project_id, image_ids, **wanted):
    answer = await person.post(
        f"/api/v1/projects/{project_id}/images/change", json={"image_ids": image_ids, "change": wanted}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["n_images"]


async def read(person, image_id):
    return (await person.get(f"/api/v1/images/{image_id}")).json()


@pytest.fixture
async def two(lab, make_png):
    """Two outlined images of one project, and a third that is not meant."""
    alice = await lab.person()
    project_id = await lab.project(alice)
    images = await lab.upload(alice, project_id, **{f"i{i}__png": make_png(seed=i) for i in range(3)})
    await lab.work()
    await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})
    await lab.work()
    return alice, project_id, [image["id"] for image in images]


async def test_what_is_known_is_corrected_for_a_selection_only(two):
    alice, project_id, ids = two
    before = [(await read(alice, image_id))["version"] for image_id in ids]
    assert await change(alice, project_id, ids[:2], plate="P7", well="b03", time_s=3600) == 2
    for image_id, version in zip(ids[:2], before[:2], strict=True):
        image = await read(alice, image_id)
        assert (image["plate"], image["well"], image["time_s"]) == ("P7", "B03", 3600)
        assert image["version"] == version + 1
    other = await read(alice, ids[2])
    assert (other["plate"], other["well"], other["version"]) == ("", "", before[2])
    assert (await alice.get(f"/api/v1/projects/{project_id}/images", params={"well": "B3"})).json()["items"][0][
        "id"
    ] in ids


async def test_a_pixel_size_for_all_measures_all_again(lab, two):
    alice, project_id, ids = two
    assert await change(alice, project_id, None, pixel_size_x_um=2.0) == 3
    summary = (await alice.get(f"/api/v1/projects/{project_id}/summary")).json()
    assert summary["n_measuring"] == 3
    await lab.work()
    rows = (await alice.get(f"/api/v1/projects/{project_id}/objects")).json()
    areas = [dict(zip(rows["columns"], row, strict=True))["area_um2"] for row in rows["rows"]]
    assert len(areas) == 3
    assert all(area == pytest.approx(np.pi * 80**2, rel=0.05) for area in areas)
    assert (await read(alice, ids[0]))["pixel_size_um"] == {"x": 2.0, "y": 2.0, "source": "image"}
    assert await change(alice, project_id, ids[:1], pixel_size_x_um=2.0) == 1  # as it is: nothing is measured again
    assert [each["is_measuring"] for each in (await alice.get(f"/api/v1/images/{ids[0]}/results")).json()] == [False]


async def test_time_between_frames_and_names_of_channels(lab):
    alice = await lab.person()
    project_id = await lab.project(alice)
    stream = io.BytesIO()
    series = np.random.default_rng(0).integers(0, 4000, (3, 2, 64, 64), dtype=np.uint16)
    tifffile.imwrite(stream, series, ome=True, metadata={"axes": "TCYX"})
    answer = await alice.post(
        f"/api/v1/projects/{project_id}/images", files=[("files", ("t.ome.tif", stream.getvalue()))]
    )
    image_id = answer.json()["items"][0]["image"]["id"]
    await lab.work()
    await change(alice, project_id, None, time_step_s=600, channel_names=["DAPI", "GFP"])
    image = await read(alice, image_id)
    assert (image["time_step_s"], image["channel_names"]) == (600, ["DAPI", "GFP"])
    frames = (await alice.get(f"/api/v1/images/{image_id}/frames")).json()
    assert [frame["time_s"] for frame in frames] == [0, 600, 1200]
    await change(alice, project_id, None, channel_names=["one", "two", "three"])
    assert (await read(alice, image_id))["channel_names"] == ["DAPI", "GFP"]
    await change(alice, project_id, None, time_step_s=None)
    frames = (await alice.get(f"/api/v1/images/{image_id}/frames")).json()
    assert [frame["time_s"] for frame in frames] == [None, None, None]


async def test_viewers_and_nonsense_are_refused(lab, two):
    alice, project_id, ids = two
    before = (await read(alice, ids[0]))["version"]
    bob = await lab.person("bob")
    await lab.member(project_id, bob, "viewer")
    address = f"/api/v1/projects/{project_id}/images/change"
    assert (await bob.post(address, json={"image_ids": ids, "change": {"plate": "x"}})).status_code == 403
    for wrong in ({"well": "in the middle"}, {"pixel_size_x_um": 0}, {"time_step_s": -1}, {"name": "a"}):
        assert (await alice.post(address, json={"image_ids": ids, "change": wrong})).status_code == 422
    assert (await read(alice, ids[0]))["version"] == before
