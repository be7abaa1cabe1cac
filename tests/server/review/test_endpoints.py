"""Reviews: accepted, excluded with a reason, taken back; the queue in each order; what excluded frames are left out of."""

import uuid

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from tests.server.images.test_repository import FILL, nodes

from spheroseg.server.review.repository import ORDERS, queue_page

SQUARE = [[[20, 20], [60, 20], [60, 60], [20, 60]]]


@pytest.fixture
async def plate(lab, make_png):
    """alice, her project, three segmented images A01…A03 and what the API says of their frames."""
    alice = await lab.person()
    project_id = await lab.project(alice)
    images = await lab.upload(
        alice,
        project_id,
        A01__png=make_png(),
        A02__png=make_png(radius_px=20.0, seed=1),
        A03__png=make_png(radius_px=60.0, seed=2),
    )
    await lab.work()
    started = await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})
    assert started.status_code == 201, started.text
    await lab.work()
    return alice, project_id, [image["id"] for image in images]


async def review(person, image_id, **wanted):
    return await person.put(f"/api/v1/images/{image_id}/frames/0/review", json=wanted)


async def queue(person, project_id, **params):
    found, cursor = [], None
    while True:
        page = {"limit": 2} | params | ({"cursor": cursor} if cursor else {})
        answer = await person.get(f"/api/v1/projects/{project_id}/review", params=page)
        assert answer.status_code == 200, answer.text
        found += answer.json()["items"]
        cursor = answer.json()["next_cursor"]
        if cursor is None:
            return found


async def test_a_frame_is_accepted_or_excluded_with_a_reason(plate):
    alice, project_id, (first, second, _) = plate
    accepted = await review(alice, first, state="accepted")
    assert accepted.status_code == 200, accepted.text
    reviewed = accepted.json()
    assert (reviewed["review"], reviewed["reviewed_by"], reviewed["review_reason"]) == (
        "accepted",
        str(alice.user_id),
        None,
    )
    assert (await review(alice, second, state="excluded")).json()["code"] == "invalid"
    excluded = (await review(alice, second, state="excluded", reason="out_of_focus", note="too high")).json()
    assert (excluded["review_reason"], excluded["review_note"]) == ("out_of_focus", "too high")
    listed = (await alice.get(f"/api/v1/projects/{project_id}/images", params={"review": "excluded"})).json()["items"]
    assert [one["id"] for one in listed] == [second]
    summary = (await alice.get(f"/api/v1/projects/{project_id}/summary")).json()
    assert summary["by_review_state"] == {"accepted": 1, "excluded": 1, "unreviewed": 1}
    assert summary["n_unreviewed_frames"] == 1
    assert [one["image"] for one in await queue(alice, project_id)] == ["A03.png"]
    assert [one["image"] for one in await queue(alice, project_id, state="excluded")] == ["A02.png"]
    back = (await review(alice, first, state="unreviewed")).json()
    assert (back["review"], back["reviewed_by"]) == ("unreviewed", None)
    assert (await review(alice, str(uuid.uuid4()), state="accepted")).status_code == 404
    assert (await alice.put(f"/api/v1/images/{first}/frames/9/review", json={"state": "accepted"})).status_code == 404
    log = (await alice.get(f"/api/v1/projects/{project_id}/log")).json()["items"]
    assert [entry["details"]["state"] for entry in log if entry["action"] == "frame.review"] == [
        "unreviewed",
        "excluded",
        "accepted",
    ]


async def test_excluded_frames_are_left_out_unless_asked_for(plate):
    alice, project_id, (first, *_) = plate
    await review(alice, first, state="excluded", reason="debris")
    url = f"/api/v1/projects/{project_id}/objects"
    table = (await alice.get(url)).json()
    assert {row[1] for row in table["rows"]} == {"A02.png", "A03.png"}
    table = (await alice.get(url, params={"include_excluded": True})).json()
    place = table["columns"].index("review")
    assert {(row[1], row[place], row[place + 1]) for row in table["rows"]} == {
        ("A01.png", "excluded", "debris"),
        ("A02.png", "unreviewed", None),
        ("A03.png", "unreviewed", None),
    }


async def test_what_changed_after_it_was_accepted_is_to_be_looked_at_again(lab, plate):
    alice, project_id, (first, second, _) = plate
    bob = await lab.person("bob")
    await lab.member(project_id, bob, "editor")

    async def state(image_id):
        (frame,) = (await alice.get(f"/api/v1/images/{image_id}/frames")).json()
        assert frame["review"] == (await alice.get(f"/api/v1/images/{image_id}")).json()["review"]
        return frame["review"], frame["result_id"]

    async def draw(person, result_id, version):
        wanted = {"operations": [{"op": "add", "parts": [SQUARE]}]}
        url = f"/api/v1/results/{result_id}/objects"
        answer = await person.patch(url, json=wanted, headers={"If-Match": f'"{version}"'})
        assert answer.status_code == 200, answer.text

    await review(alice, first, state="accepted")
    _, result_id = await state(first)
    await draw(alice, result_id, 1)  # her own correction of what she looked at
    assert (await state(first))[0] == "accepted"
    await draw(bob, result_id, 2)
    assert (await state(first))[0] == "unreviewed"
    await review(alice, second, state="accepted")
    await alice.post(
        f"/api/v1/projects/{project_id}/runs", json={"model": "classical", "parameters": {"threshold": 0.6}}
    )
    await lab.work()
    assert (await state(second))[0] == "unreviewed"


async def test_flags_and_confidence_are_those_of_what_is_shown(plate):
    alice, project_id, (first, *_) = plate
    (frame,) = (await alice.get(f"/api/v1/images/{first}/frames")).json()
    (made,) = (await alice.get(f"/api/v1/results/{frame['result_id']}/objects")).json()["items"]
    assert frame["min_confidence"] == made["confidence"]
    assert set(made["flags"]) <= set(frame["flags"])
    at_edge = [[[0, 20], [40, 20], [40, 60], [0, 60]]]
    await alice.patch(
        f"/api/v1/results/{frame['result_id']}/objects",
        json={"operations": [{"op": "add", "parts": [at_edge]}]},
        headers={"If-Match": '"1"'},
    )
    url = f"/api/v1/projects/{project_id}/images"
    found = (await alice.get(url, params={"flag": "touches_border"})).json()["items"]
    assert [one["id"] for one in found] == [first]
    assert "touches_border" in found[0]["flags"]
    assert (await alice.get(url, params={"flag": "saturated"})).json()["items"] == []
    flagged = await queue(alice, project_id, order="flagged")
    assert flagged[0]["image_id"] == first
    assert flagged[0]["flags"]["touches_border"] == 1
    removed = [{"op": "remove", "number": number} for number in (1, 2)]
    url = f"/api/v1/results/{frame['result_id']}/objects"
    await alice.patch(url, json={"operations": removed}, headers={"If-Match": '"2"'})
    (frame,) = (await alice.get(f"/api/v1/images/{first}/frames")).json()
    assert (frame["flags"].get("empty"), frame["min_confidence"], frame["n_objects"]) == (1, None, 0)


FRAMES = """
INSERT INTO runs (id, project_id, kind, model_name, model_hash, parameters, urgency, state, n_items, version, created_at,
    updated_at)
VALUES (:run_id, :project_id, 'segment', 'spheroid', '', '{}', 'bulk', 'done', 0, 1, now(), now());
INSERT INTO results (id, run_id, project_id, image_id, frame, state, urgency, turn, attempts, from_cache, measure_columns,
    run_card, n_objects, next_number, head, version, changed, created_at)
SELECT gen_random_uuid(), :run_id, project_id, id, 0, 'done', 'bulk', 0, 1, false, '[]', '{}', 3, 4, 0, 1, 1, now()
FROM images WHERE deleted_at IS NULL;
INSERT INTO frames (image_id, frame, result_id, n_objects, min_confidence, review)
SELECT image_id, 0, id, 3, round((random() * 50)::numeric) / 50, CASE WHEN random() < 0.9 THEN 'accepted' ELSE 'unreviewed' END
FROM results;
UPDATE images SET min_confidence = frames.min_confidence, review = frames.review,
    n_unreviewed = (frames.review = 'unreviewed')::int, n_flags = (random() * 5)::int
FROM frames WHERE frames.image_id = images.id;
"""


@pytest.mark.slow
async def test_the_queue_of_100_000_images_is_read_by_index_alone(lab):
    alice = await lab.person()
    project_id = uuid.UUID(await lab.project(alice))
    values = {"project_id": project_id, "n": 100_000, "run_id": uuid.uuid4()}
    async with lab.state.database.session() as session:
        await session.execute(text("SET LOCAL statement_timeout = 0"))
        for statement in (FILL + FRAMES).strip().split(";\n"):
            await session.execute(text(statement.rstrip(";")), values)
    async with lab.state.database.engine.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for table in ("images", "frames", "results"):
            await plain.execute(text(f"VACUUM ANALYZE {table}"))
    for order in ORDERS:
        pages, cursor = [], None
        for _ in range(3):
            params = {"order": order, "limit": 200} | ({"cursor": cursor} if cursor else {})
            page = (await alice.get(f"/api/v1/projects/{project_id}/review", params=params)).json()
            pages += page["items"]
            cursor = page["next_cursor"]
        assert len({one["image_id"] for one in pages}) == 600, order
        if order == "least_confident":
            assert [one["min_confidence"] for one in pages] == sorted(one["min_confidence"] for one in pages)
        async with lab.state.database.session() as session:
            first = (await session.execute(queue_page(project_id, order, "unreviewed", None, 51))).first()
            last = (first.sort_value, first.Frame.image_id, first.Frame.frame)
            for after in (None, last):
                statement = queue_page(project_id, order, "unreviewed", after, 51)
                compiled = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
                connection = await session.connection()
                ((plan,),) = (await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {compiled}")).all()
                kinds = {node["Node Type"] for node in nodes(plan[0]["Plan"])}
                assert not kinds & {"Seq Scan", "Sort"}, (order, after, plan)
