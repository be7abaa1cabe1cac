"""Versions drawn by hand where nothing was segmented, and outlines copied to another frame."""

import io
import uuid

import numpy as np
import pytest
import tifffile

SQUARE = [[[20, 20], [60, 20], [60, 60], [20, 60]]]


def film(n_frames=2, size_px=100):
    """A dark square that moves, as a TIFF of a few frames."""
    frames = np.full((n_frames, size_px, size_px), 200, np.uint8)
    for t in range(n_frames):
        frames[t, 20:60, 20 + 5 * t : 60 + 5 * t] = 60 + 10 * t
    stream = io.BytesIO()
    tifffile.imwrite(stream, frames, imagej=True, metadata={"axes": "TYX"})
    return stream.getvalue()


@pytest.fixture
async def empty(lab):
    """alice, her project, and a film of two frames without any outlines."""
    alice = await lab.person()
    project_id = await lab.project(alice, pixel_size_um=2.0)
    (image,) = await lab.upload(alice, project_id, A01__tif=film())
    await lab.work()
    return alice, project_id, image["id"]


async def draw(person, result_id, version, *operations):
    answer = await person.patch(
        f"/api/v1/results/{result_id}/objects",
        json={"kind": "draw", "operations": list(operations)},
        headers={"If-Match": f'"{version}"'},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def objects(person, result_id):
    return (await person.get(f"/api/v1/results/{result_id}/objects")).json()["items"]


async def frames(person, image_id):
    return (await person.get(f"/api/v1/images/{image_id}/frames")).json()


async def test_an_image_that_was_never_segmented_is_outlined_by_hand(lab, empty):
    alice, project_id, image_id = empty
    key = {"Idempotency-Key": "once"}
    begun = await alice.post(f"/api/v1/images/{image_id}/results", json={}, headers=key)
    assert begun.status_code == 201, begun.text
    assert (begun.json()["state"], begun.json()["n_objects"]) == ("done", 0)
    again = await alice.post(f"/api/v1/images/{image_id}/results", json={}, headers=key)
    result_id = begun.json()["id"]
    assert again.json()["id"] == result_id
    drawn = await draw(alice, result_id, 1, {"op": "add", "parts": [SQUARE]})
    (made,) = drawn["objects"]
    assert made["number"] == 1
    assert made["measures"]["area_um2"] == pytest.approx(40 * 40 * 4)
    assert made["measures"]["intensity_mean"] == pytest.approx(60)
    shown = await frames(alice, image_id)
    assert [(frame["result_id"], frame["n_objects"]) for frame in shown] == [(result_id, 1), (None, 0)]
    image = (await alice.get(f"/api/v1/images/{image_id}")).json()
    assert (image["segmentation_state"], image["n_objects"], image["is_edited"]) == ("done", 1, True)
    card = (await alice.get(f"/api/v1/results/{result_id}")).json()["run_card"]
    assert (card["model"]["name"], card["pixel_size_um"]) == ("manual", [2.0, 2.0])
    # in the table of the project, and left alone by a later run
    table = (await alice.get(f"/api/v1/projects/{project_id}/objects")).json()
    assert len(table["rows"]) == 1
    await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})
    await lab.work()
    assert (await frames(alice, image_id))[0]["result_id"] == result_id


async def test_a_version_begins_with_another_ones_outlines_measured_where_they_lie_now(empty):
    alice, _, image_id = empty
    url = f"/api/v1/images/{image_id}/results"
    first = (await alice.post(url, json={})).json()["id"]
    hole = [[30, 30], [30, 50], [50, 50], [50, 30]]
    await draw(alice, first, 1, {"op": "add", "class_name": "cell", "parts": [[*SQUARE, hole]]})
    answer = await alice.post(url, json={"frame": 1, "copy_from": first})
    assert answer.status_code == 201, answer.text
    (source,), (copied,) = await objects(alice, first), await objects(alice, answer.json()["id"])
    assert (copied["polygons"], copied["class_name"]) == (source["polygons"], "cell")
    assert copied["measures"]["area_um2"] == source["measures"]["area_um2"]
    # the dark square is another grey there and has moved away from under the outline
    assert copied["measures"]["intensity_max"] == 200
    assert source["measures"]["intensity_max"] == 60


async def test_outlines_are_copied_to_the_next_frame_as_one_step(lab, empty):
    alice, project_id, image_id = empty
    first = (await alice.post(f"/api/v1/images/{image_id}/results", json={})).json()["id"]
    other = [[[70, 70], [90, 70], [90, 90], [70, 90]]]
    await draw(alice, first, 1, {"op": "add", "parts": [SQUARE]}, {"op": "add", "parts": [other]})
    wanted = {"numbers": [2], "to_image_id": image_id, "to_frame": 1}
    url = f"/api/v1/results/{first}/copy"
    for _ in range(2):  # the second one is the first one sent again
        answer = await alice.post(url, json=wanted, headers={"Idempotency-Key": "one"})
        assert (answer.status_code, answer.json()["sequence"]) == (200, 1), answer.text
    target = answer.json()["result_id"]
    assert (await frames(alice, image_id))[1]["result_id"] == target
    assert [one["number"] for one in await objects(alice, target)] == [1]
    # to a frame that has outlines: they stay, and the copies get numbers of their own
    answer = await alice.post(url, json={"to_image_id": image_id, "to_frame": 1}, headers={"If-Match": '"2"'})
    assert [one["number"] for one in answer.json()["objects"]] == [2, 3]
    stale = await alice.post(url, json={"to_image_id": image_id, "to_frame": 1}, headers={"If-Match": '"2"'})
    assert stale.status_code == 412
    undone = await alice.post(f"/api/v1/results/{target}/undo", headers={"If-Match": '"3"'})
    assert undone.json()["removed"] == [2, 3]
    steps = (await alice.get(f"/api/v1/results/{target}/edits")).json()["items"]
    assert [(step["kind"], step["added"]) for step in steps] == [("copy", [2, 3]), ("copy", [1])]

    gone = await alice.post(url, json={**wanted, "numbers": [7]})
    assert (gone.status_code, gone.json()["code"]) == (404, "no_such_object")
    (small,) = await lab.upload(alice, project_id, B01__tif=film(1, 64))
    await lab.work()
    outside = await alice.post(url, json={"to_image_id": small["id"]})
    assert (outside.status_code, outside.json()["code"]) == (422, "invalid_outline")
    # nothing was begun for the sake of outlines that cannot be used
    assert (await alice.get(f"/api/v1/images/{small['id']}/results")).json() == []
    assert (await alice.get(f"/api/v1/images/{small['id']}")).json()["segmentation_state"] == "none"
    elsewhere = await lab.project(alice, name="Another")
    (far,) = await lab.upload(alice, elsewhere, C01__tif=film())
    assert (await alice.post(url, json={"to_image_id": far["id"]})).status_code == 404
    assert (await alice.post(url, json={"to_image_id": image_id, "to_frame": 7})).status_code == 404
    assert (await alice.post(url, json={"to_image_id": str(uuid.uuid4())})).status_code == 404


async def test_an_image_in_preparation_has_no_version_to_draw(lab):
    alice = await lab.person()
    project_id = await lab.project(alice)
    (image,) = await lab.upload(alice, project_id, A01__tif=film())
    answer = await alice.post(f"/api/v1/images/{image['id']}/results", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "image_not_ready")
