"""A person's corrections: measured like a run, refused on conflict, undone and redone, survive a new run."""

import asyncio
import base64
import json
import uuid

import numpy as np
import psycopg
import pytest
from sqlalchemy import event, text

from spheroseg.server.compute.outlines import decode, read_frame
from spheroseg.server.resources.emit import CHANNEL

SQUARE = [[[20, 20], [60, 20], [60, 60], [20, 60]]]
HOLE = [[30, 30], [30, 50], [50, 50], [50, 30]]


@pytest.fixture
async def corrected(lab, make_png):
    """alice, and a result with one object (number 1) that she may correct."""
    alice = await lab.person()
    project_id = await lab.project(alice, pixel_size_um=2.0)
    (image,) = await lab.upload(alice, project_id, A01__png=make_png())
    await lab.work()
    answer = await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})
    assert answer.status_code == 201
    await lab.work()
    (frame,) = (await alice.get(f"/api/v1/images/{image['id']}/frames")).json()
    return alice, project_id, image["id"], frame["result_id"]


async def patch(person, result_id, version, *operations, kind="edit"):
    return await person.patch(
        f"/api/v1/results/{result_id}/objects",
        json={"kind": kind, "operations": list(operations)},
        headers={"If-Match": f'"{version}"'},
    )


async def numbers(person, result_id):
    return [one["number"] for one in (await person.get(f"/api/v1/results/{result_id}/objects")).json()["items"]]


async def test_a_drawn_object_is_measured_by_the_same_kernel(corrected):
    alice, _, image_id, result_id = corrected
    answer = await patch(alice, result_id, 1, {"op": "add", "class_name": "spheroid", "parts": [[*SQUARE, HOLE]]})
    assert answer.status_code == 200, answer.text
    edited = answer.json()
    (made,) = edited["objects"]
    assert (edited["version"], made["number"], made["source"], edited["can_undo"]) == (2, 2, "person", True)
    assert answer.headers["etag"] == '"2"'
    # filled outline of 40 × 40 px of 2 µm; the hole is 20 × 20 px
    assert made["measures"]["area_um2"] == pytest.approx(40 * 40 * 4)
    assert made["measures"]["hole_area_um2"] == pytest.approx(20 * 20 * 4)
    assert made["measures"]["intensity_mean"] == pytest.approx(190, abs=60)
    assert made["flags"] == []
    ((outer, hole),) = decode(base64.b64decode(made["polygons"]))
    assert len(outer) == len(hole) == 4
    image = (await alice.get(f"/api/v1/images/{image_id}")).json()
    assert (image["n_objects"], image["is_edited"]) == (2, True)


async def test_a_run_measures_what_an_edit_measures(corrected):
    """The outline of the run's own object, drawn again as it is, gets the run's own numbers."""
    alice, _, _, result_id = corrected
    (before,) = (await alice.get(f"/api/v1/results/{result_id}/objects")).json()["items"]
    parts = [[ring.tolist() for ring in part] for part in decode(base64.b64decode(before["polygons"]))]
    answer = await patch(alice, result_id, 1, {"op": "replace", "number": 1, "parts": parts})
    (after,) = answer.json()["objects"]
    for name in ("area_um2", "perimeter_um", "feret_max_um", "intensity_mean", "circularity"):
        assert after["measures"][name] == pytest.approx(before["measures"][name], rel=1e-9), name
    assert np.isclose(after["box"], before["box"]).all()


async def test_two_people_at_once_one_is_told(corrected):
    alice, _, _, result_id = corrected
    remove, add = {"op": "remove", "number": 1}, {"op": "add", "parts": [SQUARE]}
    answers = await asyncio.gather(patch(alice, result_id, 1, remove), patch(alice, result_id, 1, add))
    assert sorted(answer.status_code for answer in answers) == [200, 412]
    refused = next(answer for answer in answers if answer.status_code == 412)
    assert (refused.json()["code"], refused.json()["version"]) == ("precondition_failed", 2)
    without = await alice.patch(f"/api/v1/results/{result_id}/objects", json={"operations": [remove]})
    assert without.status_code == 428


async def test_an_outline_that_cannot_be_used_is_refused_with_a_reason(corrected):
    alice, _, _, result_id = corrected
    for parts, reason in (
        ([[[[20, 20], [60, 60], [60, 20], [20, 60]]]], "crosses or touches itself"),
        ([[[[20, 20], [260, 20], [60, 60]]]], "leaves the image"),
    ):
        answer = await patch(alice, result_id, 1, {"op": "add", "parts": parts})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_outline")
        assert reason in answer.json()["detail"]
        assert await numbers(alice, result_id) == [1]


async def test_an_edit_is_told_to_those_at_the_image_and_to_those_at_the_project(lab, corrected):
    alice, project_id, image_id, result_id = corrected
    plain = lab.state.database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    wanted = {f"image:{image_id}", f"project:{project_id}"}
    async with await psycopg.AsyncConnection.connect(plain, autocommit=True) as connection:
        await connection.execute(f"LISTEN {CHANNEL}")
        await patch(alice, result_id, 1, {"op": "add", "class_name": "spheroid", "parts": [[SQUARE[0]]]})
        async with asyncio.timeout(120):
            async for notification in connection.notifies():
                edit = json.loads(notification.payload)
                if edit["payload"]["type"] == "objects.edited":
                    assert (edit["payload"]["id"], edit["payload"]["version"]) == (result_id, 2)
                    wanted.discard(edit["topic"])
                if not wanted:
                    break


async def test_undo_and_redo_walk_the_journal(corrected):
    alice, _, _, result_id = corrected
    url = f"/api/v1/results/{result_id}"
    original = (await alice.get(f"{url}/objects")).json()["items"][0]
    await patch(alice, result_id, 1, {"op": "add", "parts": [SQUARE]}, kind="draw")
    split = await patch(
        alice, result_id, 2, {"op": "remove", "number": 1}, {"op": "replace", "number": 2, "class_name": "debris"},
        kind="split",
    )  # fmt: skip
    assert (split.json()["removed"], await numbers(alice, result_id)) == ([1], [2])
    undone = await alice.post(f"{url}/undo", headers={"If-Match": '"3"'})
    assert undone.status_code == 200, undone.text
    assert undone.json()["can_redo"]
    assert await numbers(alice, result_id) == [1, 2]
    back = (await alice.get(f"{url}/objects")).json()["items"][0]
    assert {**back, "updated_at": None} == {**original, "updated_at": None}
    undone = await alice.post(f"{url}/undo", headers={"If-Match": '"4"'})
    assert await numbers(alice, result_id) == [1]
    assert (await alice.post(f"{url}/undo", headers={"If-Match": '"5"'})).json()["code"] == "nothing_to_undo"
    redone = await alice.post(f"{url}/redo", headers={"If-Match": '"5"'})
    assert [one["number"] for one in redone.json()["objects"]] == [2]
    # something new: what was undone before it stays in the journal and cannot be redone any more
    await patch(alice, result_id, 6, {"op": "remove", "number": 1})
    assert (await alice.post(f"{url}/redo", headers={"If-Match": '"7"'})).json()["code"] == "nothing_to_undo"
    journal = (await alice.get(f"{url}/edits")).json()["items"]
    assert [(step["sequence"], step["previous"], step["kind"], step["is_undone"]) for step in journal] == [
        (3, 1, "edit", False),
        (2, 1, "split", True),
        (1, 0, "draw", False),
    ]
    assert (journal[1]["removed"], journal[1]["n_removed"], journal[1]["changed"]) == ([1], 1, [2])
    assert {(step["author_id"], step["author_name"]) for step in journal} == {(str(alice.user_id), "alice")}
    first = (await alice.get(f"{url}/edits", params={"limit": 2})).json()
    rest = (await alice.get(f"{url}/edits", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [step["sequence"] for step in [*first["items"], *rest["items"]]] == [3, 2, 1]
    assert rest["next_cursor"] is None


async def test_corrections_survive_a_new_run_and_either_version_can_be_shown(lab, corrected):
    alice, project_id, image_id, result_id = corrected
    await patch(alice, result_id, 1, {"op": "add", "parts": [SQUARE]})
    await alice.post(
        f"/api/v1/projects/{project_id}/runs", json={"model": "classical", "parameters": {"threshold": 0.7}}
    )
    await lab.work()
    versions = (await alice.get(f"/api/v1/images/{image_id}/results")).json()
    assert [version["state"] for version in versions] == ["done", "done"]
    (frame,) = (await alice.get(f"/api/v1/images/{image_id}/frames")).json()
    assert (frame["result_id"], frame["n_objects"]) == (result_id, 2)
    shown = await alice.put(f"/api/v1/images/{image_id}/frames/0", json={"result_id": versions[0]["id"]})
    assert shown.status_code == 204, shown.text
    (frame,) = (await alice.get(f"/api/v1/images/{image_id}/frames")).json()
    assert (frame["result_id"], frame["n_objects"]) == (versions[0]["id"], 1)
    assert await numbers(alice, result_id) == [1, 2]


async def test_a_viewer_looks_and_does_not_touch(lab, corrected):
    alice, project_id, _, result_id = corrected
    bob = await lab.person("bob")
    assert (await bob.get(f"/api/v1/results/{result_id}/outlines")).status_code == 404
    await lab.member(project_id, bob, "viewer")
    assert (await bob.get(f"/api/v1/results/{result_id}/outlines")).status_code == 200
    assert (await patch(bob, result_id, 1, {"op": "remove", "number": 1})).status_code == 403
    assert await numbers(alice, result_id) == [1]


async def test_what_geometry_decides_is_flagged_and_a_class_alone_changes_nothing_else(corrected):
    alice, _, _, result_id = corrected
    at_edge = [[[0, 20], [40, 20], [40, 60], [0, 60]]]
    answer = await patch(alice, result_id, 1, {"op": "add", "parts": [at_edge]})
    assert answer.json()["objects"][0]["flags"] == ["touches_border"]
    (before, _) = (await alice.get(f"/api/v1/results/{result_id}/objects")).json()["items"]
    answer = await patch(alice, result_id, 2, {"op": "replace", "number": 1, "class_name": "debris"})
    (after,) = answer.json()["objects"]
    assert before["confidence"] is not None
    changed = {"class_name": "debris", "source": "person", "author_id": str(alice.user_id)}
    assert after == {**before, **changed, "updated_at": after["updated_at"]}


async def test_a_step_that_was_sent_again_is_answered_and_not_done_again(corrected):
    """The connection broke after the service wrote and before the browser heard: nothing is doubled, nothing lost."""
    alice, _, _, result_id = corrected
    url = f"/api/v1/results/{result_id}"
    step = {"id": str(uuid.uuid4()), "kind": "draw", "operations": [{"op": "add", "parts": [SQUARE]}]}
    headers = {"If-Match": '"1"'}
    both = await asyncio.gather(*(alice.patch(f"{url}/objects", json=step, headers=headers) for _ in range(3)))
    again = await alice.patch(f"{url}/objects", json=step, headers=headers)
    assert [answer.status_code for answer in (*both, again)] == [200] * 4
    assert {answer.json()["sequence"] for answer in (*both, again)} == {1}
    assert [one["number"] for one in again.json()["objects"]] == [2]
    assert await numbers(alice, result_id) == [1, 2]
    # meanwhile somebody removed it: the answer says what is there now
    await patch(alice, result_id, 2, {"op": "remove", "number": 2})
    late = (await alice.patch(f"{url}/objects", json=step, headers=headers)).json()
    assert (late["sequence"], late["version"], late["objects"], late["removed"]) == (1, 3, [], [2])
    for _ in range(2):
        undone = await alice.post(f"{url}/undo", headers={"If-Match": '"3"', "Idempotency-Key": "first"})
        assert (undone.status_code, undone.json()["sequence"], undone.json()["version"]) == (200, 2, 4)
    for _ in range(2):
        redone = await alice.post(f"{url}/redo", headers={"If-Match": '"4"', "Idempotency-Key": "first"})
        assert (redone.status_code, redone.json()["sequence"], redone.json()["version"]) == (200, 2, 5)
    assert await numbers(alice, result_id) == [1]


async def test_a_branch_that_was_left_is_never_redone(corrected):
    alice, _, _, result_id = corrected
    url = f"/api/v1/results/{result_id}"
    version = 1

    async def step(way):
        nonlocal version
        answer = await alice.post(f"{url}/{way}", headers={"If-Match": f'"{version}"'})
        version = answer.json().get("version", version)
        return answer.json().get("sequence", answer.json().get("code"))

    async def draw(x):
        nonlocal version
        square = [[[x, 20], [x + 9, 20], [x + 9, 29], [x, 29]]]
        answer = await patch(alice, result_id, version, {"op": "add", "parts": [square]})
        version = answer.json()["version"]

    await draw(20)
    await draw(40)
    await step("undo")
    await draw(60)  # step 3 follows 1; 2 is left behind
    assert [await step("undo"), await step("undo")] == [3, 1]
    assert [await step("redo"), await step("redo"), await step("redo")] == [1, 3, "nothing_to_undo"]
    assert await numbers(alice, result_id) == [1, 2, 4]


async def test_each_step_can_be_looked_at_and_restored(corrected):
    alice, _, _, result_id = corrected
    url = f"/api/v1/results/{result_id}"

    async def outlines(**at):
        answer = await alice.get(f"{url}/outlines", params=at)
        assert answer.status_code == 200, answer.text
        return read_frame(answer.content)

    _, first = await outlines()
    await patch(alice, result_id, 1, {"op": "add", "parts": [SQUARE]})
    _, second = await outlines()
    await patch(alice, result_id, 2, {"op": "remove", "number": 1})
    await alice.post(f"{url}/undo", headers={"If-Match": '"3"'})
    await patch(alice, result_id, 4, {"op": "replace", "number": 2, "class_name": "debris"})
    header, found = await outlines(at=0)
    assert (found, header["sequence"]) == (first, 0)
    assert (await outlines(at=1))[1] == second
    assert [one.number for one in (await outlines(at=2))[1]] == [2]  # on a branch that was left
    assert [one.class_name for one in (await outlines(at=3))[1]] == ["object", "debris"]
    assert (await alice.get(f"{url}/outlines", params={"at": 9})).status_code == 404
    restored = await alice.post(f"{url}/restore", json={"sequence": 2}, headers={"If-Match": '"5"'})
    assert (restored.status_code, restored.json()["sequence"], restored.json()["removed"]) == (200, 4, [1])
    assert [(one.number, one.class_name) for one in (await outlines())[1]] == [(2, "spheroid")]
    refused = await alice.post(f"{url}/restore", json={"sequence": 0}, headers={"If-Match": '"5"'})
    assert refused.status_code == 412
    await alice.post(f"{url}/undo", headers={"If-Match": '"6"'})
    assert [one.class_name for one in (await outlines())[1]] == ["object", "debris"]
    await alice.post(f"{url}/restore", json={"sequence": 0}, headers={"If-Match": '"7"'})
    assert (await outlines())[1] == first


@pytest.mark.slow  # fills a result with 40,000 objects
@pytest.mark.quick
async def test_very_many_objects_are_removed_in_one_step(lab, corrected):
    alice, _, _, result_id = corrected
    n = 40_000
    async with lab.state.database.session() as session:
        await session.execute(
            text(
                "INSERT INTO objects (project_id, result_id, number, class_name, polygons, x_min, y_min, x_max, y_max,"
                " flags, measures, source, updated_at) SELECT project_id, result_id, n, class_name, polygons, x_min, y_min,"
                " x_max, y_max, flags, measures, source, updated_at FROM objects, generate_series(2, :n) AS n"
                " WHERE result_id = :result_id"
            ),
            {"n": n, "result_id": result_id},
        )
        await session.execute(
            text("UPDATE results SET n_objects = :n, next_number = :n + 1 WHERE id = :id"), {"n": n, "id": result_id}
        )
    before = (await alice.get(f"/api/v1/results/{result_id}/objects", params={"limit": 2})).json()["items"]
    removals = [{"op": "remove", "number": number} for number in range(2, n + 1)]
    answer = await patch(alice, result_id, 1, *removals)
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["removed"]) == n - 1
    assert await numbers(alice, result_id) == [1]
    back = await alice.post(f"/api/v1/results/{result_id}/undo", headers={"If-Match": '"2"'})
    assert back.status_code == 200, back.text
    assert (back.json()["is_complete"], back.json()["objects"]) == (False, [])
    assert len(read_frame((await alice.get(f"/api/v1/results/{result_id}/outlines")).content)[1]) == n
    after = (await alice.get(f"/api/v1/results/{result_id}/objects", params={"limit": 2})).json()["items"]
    assert [{**one, "updated_at": 0} for one in after] == [{**one, "updated_at": 0} for one in before]
    too_many = [{"op": "add", "parts": [SQUARE]}] * 2001
    assert (await patch(alice, result_id, 3, *too_many)).json()["code"] == "invalid"


async def test_an_earlier_step_is_found_with_as_many_questions_however_far_back_it_lies(lab, corrected):
    alice, _, _, result_id = corrected
    asked = []

    def catch(_connection, _cursor, statement, *_):
        asked.append(statement)

    async def questions():
        asked.clear()
        answer = await alice.get(f"/api/v1/results/{result_id}/outlines", params={"at": 0})
        assert answer.status_code == 200, answer.text
        return len(asked)

    event.listen(lab.state.database._reading_engine.sync_engine, "before_cursor_execute", catch)
    await patch(alice, result_id, 1, {"op": "add", "parts": [SQUARE]})
    near = await questions()
    for version in range(2, 6):
        await patch(alice, result_id, version, {"op": "replace", "number": 2, "class_name": f"kind_{version}"})
    assert await questions() == near
