"""A person points, the service outlines: at a point, in a box, at another threshold; nothing is kept of it."""

import base64
import io

import numpy as np
import PIL.Image
import pytest

from spheroseg.server.compute.outlines import decode

DISCS = [(120, 140, 30), (300, 330, 45), (420, 150, 30)]  # y, x, radius


def picture(size_px=512):
    """Three dark discs on a bright noisy ground."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:size_px, :size_px]
    dark = sum(1 / (1 + np.exp(np.hypot(y - cy, x - cx) - r)) for cy, cx, r in DISCS)
    plane = 190 - 110 * dark + rng.normal(0, 3, (size_px, size_px))
    stream = io.BytesIO()
    PIL.Image.fromarray(plane.clip(0, 255).astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
async def pointed(lab):
    """alice, and what the service answers to what she points at in a picture of three discs."""
    alice = await lab.person()
    project_id = await lab.project(alice)
    (image,) = await lab.upload(alice, project_id, A01__png=picture())
    await lab.work()
    url = f"/api/v1/images/{image['id']}/frames/0/smart"

    async def point(**wanted):
        answer = await alice.post(url, json=wanted)
        assert answer.status_code == 200, answer.text
        offer = answer.json()
        rings = [decode(base64.b64decode(one["polygons"]))[0][0] for one in offer["objects"]]
        return offer, rings

    return lab, alice, url, point


def middle_and_radius(ring):
    x, y = ring[:, 0], ring[:, 1]
    area = 0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
    return (x.min() + x.max()) / 2, (y.min() + y.max()) / 2, np.sqrt(area / np.pi)


@pytest.mark.parametrize("model", ["spheroid", "classical"])
async def test_the_object_under_a_point_and_those_in_a_box(pointed, model):
    _, _, _, point = pointed
    offer, rings = await point(point=[150, 110], diameter_px=60, model=model)
    assert (len(rings), offer["model"]) == (1, model)
    assert middle_and_radius(rings[0]) == pytest.approx((140, 120, 30), abs=2)
    assert offer["objects"][0]["area_px"] == pytest.approx(np.pi * 30**2, rel=0.1)
    assert 0 < offer["objects"][0]["confidence"] <= 1
    if model != "classical":  # it always takes what differs most for an object
        assert (await point(point=[400, 40], diameter_px=60, model=model))[1] == []
    offer, rings = await point(box=[280, 245, 385, 350], model=model)
    assert [middle_and_radius(ring) for ring in rings] == [pytest.approx((330, 300, 45), abs=2)]
    assert offer["diameter_px"] == pytest.approx(105, rel=0.1)
    _, rings = await point(box=[90, 60, 200, 470], diameter_px=60, model=model)  # two, but for the large one
    assert sorted(round(middle_and_radius(ring)[1]) for ring in rings) == pytest.approx([120, 420], abs=2)


async def test_without_a_diameter_it_is_estimated_and_a_cut_object_is_looked_at_whole(pointed):
    _, _, _, point = pointed
    offer, rings = await point(point=[330, 300])
    assert middle_and_radius(rings[0]) == pytest.approx((330, 300, 45), abs=2)
    assert 50 < offer["diameter_px"] < 110
    _, rings = await point(point=[360, 300], diameter_px=40)  # less than half of what it is
    assert middle_and_radius(rings[0]) == pytest.approx((330, 300, 45), abs=3)


async def test_a_threshold_is_moved_over_the_same_maps(pointed):
    _, _, _, point = pointed
    areas = []
    for threshold in (0.1, 0.5, 0.9):
        offer, _ = await point(point=[330, 300], diameter_px=90, threshold=threshold)
        assert offer["threshold"] == threshold
        areas.append(offer["objects"][0]["area_px"])
    assert areas == sorted(areas, reverse=True)
    assert areas[0] > areas[2]


async def test_what_is_offered_can_be_added_and_agrees_with_a_run(pointed):
    lab, alice, url, point = pointed
    image_id = url.split("/")[4]
    offer, _ = await point(point=[330, 300], diameter_px=75)
    begun = (await alice.post(f"/api/v1/images/{image_id}/results", json={})).json()
    parts = [[ring.tolist() for ring in part] for part in decode(base64.b64decode(offer["objects"][0]["polygons"]))]
    added = await alice.patch(
        f"/api/v1/results/{begun['id']}/objects",
        json={"operations": [{"op": "add", "parts": parts}]},
        headers={"If-Match": '"1"'},
    )
    assert added.status_code == 200, added.text
    run = {"parameters": {"diameter_px": 75}}
    started = await alice.post(f"/api/v1/projects/{begun['project_id']}/runs", json=run)
    assert started.status_code == 201, started.text
    await lab.work()
    results = (await alice.get(f"/api/v1/images/{image_id}/results")).json()
    found = (await alice.get(f"/api/v1/results/{results[0]['id']}/objects")).json()["items"]
    areas = [one["measures"]["area_px2"] for one in found]
    assert min(abs(area - offer["objects"][0]["area_px"]) / area for area in areas) < 0.005


@pytest.mark.parametrize(
    ("wanted", "status", "code"),
    [
        ({}, 422, "invalid"),
        ({"point": [1, 1], "box": [1, 1, 9, 9]}, 422, "invalid"),
        ({"box": [9, 9, 1, 1]}, 422, "invalid"),
        ({"point": [512.5, 20]}, 422, "invalid"),
        ({"point": [20, 20], "channel": 3}, 422, "invalid"),
        ({"point": [20, 20], "model": "none such"}, 422, "unknown_model"),
    ],
)
async def test_what_makes_no_sense_is_refused(pointed, wanted, status, code):
    _, alice, url, _ = pointed
    answer = await alice.post(url, json=wanted)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    assert (await alice.post(url.replace("frames/0", "frames/1"), json={"point": [9, 9]})).status_code == 404
