"""Runs from the request to the outlines: queue, results, cache, versions, cancel, failure."""

import asyncio
import datetime as dt
import io
import os
import signal
import uuid
from importlib.resources import files

import pytest
from sqlalchemy import func, select, text
from tests.server.fixtures.runs import run

from spheroseg.server.compute.outlines import read_frame
from spheroseg.server.resources.db import utc_now
from spheroseg.server.resources.mail import ConsoleMailer
from spheroseg.server.runs import service, tasks
from spheroseg.server.tables.accounts import User
from spheroseg.server.tables.results import Artefact, ObjectRow, Result
from spheroseg.server.tables.runs import Run


async def prepared(lab, make_png, n_images=1):
    alice = await lab.person()
    project_id = await lab.project(alice, pixel_size_um=2.0)
    pictures = {f"image{i}__png": make_png(seed=i, radius_px=40 + i) for i in range(n_images)}
    images = await lab.upload(alice, project_id, **pictures)
    await lab.work()
    return alice, project_id, [image["id"] for image in images]


async def test_a_run_gives_outlines_with_measures(lab, make_png):
    alice, project_id, image_ids = await prepared(lab, make_png, 2)
    started = await run(alice, project_id)
    assert (started["state"], started["n_items"], started["n_queued"], started["n_ahead"]) == ("queued", 2, 2, 0)
    await lab.work()
    done = (await alice.get(f"/api/v1/runs/{started['id']}")).json()
    assert (done["state"], done["n_done"], done["n_failed"]) == ("done", 2, 0), done
    image = (await alice.get(f"/api/v1/images/{image_ids[0]}")).json()
    assert (image["segmentation_state"], image["n_objects"]) == ("done", 1)
    (frame,) = (await alice.get(f"/api/v1/images/{image_ids[0]}/frames")).json()
    result_id = frame["result_id"]
    detail = (await alice.get(f"/api/v1/results/{result_id}")).json()
    assert detail["run_card"]["model"]["name"] == "classical"
    answer = await alice.get(f"/api/v1/results/{result_id}/outlines")
    assert answer.headers["content-type"] == "application/vnd.spheroseg.outlines"
    header, outlines = read_frame(answer.content)
    assert (header["n"], header["version"], len(outlines)) == (1, 1, 1)
    (thing,) = (await alice.get(f"/api/v1/results/{result_id}/objects")).json()["items"]
    # radius 40 px of 2 µm: 20,106 µm²; the disc's edge is soft and noisy
    assert abs(thing["measures"]["area_um2"] / 20_106 - 1) < 0.05
    assert thing["source"] == "model"
    table = (await alice.get(f"/api/v1/projects/{project_id}/objects")).json()
    assert len(table["rows"]) == 2
    assert "area_um2" in table["columns"]
    again = await alice.get(f"/api/v1/results/{result_id}/outlines", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_the_same_run_again_comes_from_the_cache_and_is_a_version_of_its_own(lab, make_png):
    alice, project_id, (image_id,) = await prepared(lab, make_png)
    await run(alice, project_id)
    await lab.work()
    second = await run(alice, project_id)
    await lab.work()
    versions = (await alice.get(f"/api/v1/images/{image_id}/results")).json()
    assert [version["from_cache"] for version in versions] == [True, False]
    (frame,) = (await alice.get(f"/api/v1/images/{image_id}/frames")).json()
    assert frame["result_id"] == versions[0]["id"]
    assert versions[0]["run_id"] == second["id"]
    async with lab.state.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(Artefact)) == 2  # objects and maps, once


async def test_another_threshold_needs_no_new_inference_and_agrees_with_its_preview(lab, make_png):
    alice, project_id, (image_id,) = await prepared(lab, make_png)
    await run(alice, project_id)
    await lab.work()
    (frame,) = (await alice.get(f"/api/v1/images/{image_id}/frames")).json()
    preview = await alice.get(f"/api/v1/results/{frame['result_id']}/threshold", params={"value": 0.8})
    assert preview.status_code == 200, preview.text
    header, shown = read_frame(preview.content)
    assert header["threshold"] == 0.8
    await run(alice, project_id, parameters={"threshold": 0.8})
    await lab.work()
    (frame,) = (await alice.get(f"/api/v1/images/{image_id}/frames")).json()
    _, kept = read_frame((await alice.get(f"/api/v1/results/{frame['result_id']}/outlines")).content)
    assert [one.polygons for one in kept] == [one.polygons for one in shown]
    async with lab.state.database.session() as session:
        # maps of the first run, objects of both
        assert await session.scalar(select(func.count()).select_from(Artefact)) == 3


async def test_a_project_that_measures_cores_gets_cores(lab):
    alice = await lab.person()
    project_id = await lab.project(alice, pixel_size_um=1.3)
    picture = (files("spheroseg") / "examples" / "example_invading_B03.tif").read_bytes()
    (image,) = await lab.upload(alice, project_id, B03__tif=picture)
    await lab.work()
    frames, found = f"/api/v1/images/{image['id']}/frames", {}
    for region in ("filled", "core"):
        project = await alice.get(f"/api/v1/projects/{project_id}")
        changed = await alice.patch(
            f"/api/v1/projects/{project_id}", json={"region": region}, headers={"If-Match": project.headers["etag"]}
        )
        assert changed.status_code == 200, changed.text
        await run(alice, project_id, model="spheroid")
        await lab.work()
        (frame,) = (await alice.get(frames)).json()
        (found[region],) = (await alice.get(f"/api/v1/results/{frame['result_id']}/objects")).json()["items"]
    whole, core = found["filled"], found["core"]
    assert (whole["class_name"], core["class_name"]) == ("object", "core")
    assert 0.4 < core["measures"]["area_um2"] / whole["measures"]["area_um2"] < 0.95
    assert core["measures"]["whole_area_um2"] == pytest.approx(whole["measures"]["area_um2"])
    assert core["measures"]["invasion_index"] > 0
    async with lab.state.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(Artefact)) == 3  # the maps serve both
    preview = await alice.get(f"/api/v1/results/{frame['result_id']}/threshold", params={"value": 0.6})
    await run(alice, project_id, model="spheroid", parameters={"threshold": 0.6})
    await lab.work()
    (frame,) = (await alice.get(frames)).json()
    kept = await alice.get(f"/api/v1/results/{frame['result_id']}/outlines")
    shown, kept = (read_frame(answer.content)[1] for answer in (preview, kept))
    assert [(one.class_name, one.polygons) for one in kept] == [(one.class_name, one.polygons) for one in shown]
    await run(alice, project_id, model="classical")
    await lab.work()
    (failed, *_) = (await alice.get(f"/api/v1/images/{image['id']}/results")).json()
    assert (failed["state"], failed["error_reason"]) == ("failed", "classical outlines no cores, only whole objects")


async def test_images_with_more_objects_than_expected_are_found_by_their_flag(lab, make_png):
    alice, project_id, _ = await prepared(lab, make_png)
    touching = (files("spheroseg") / "examples" / "example_touching_B01.tif").read_bytes()
    (two,) = await lab.upload(alice, project_id, B01__tif=touching)
    await lab.work()
    flagged = f"/api/v1/projects/{project_id}/images?flag=several_objects"
    await run(alice, project_id)
    await lab.work()
    assert (await alice.get(flagged)).json()["items"] == []
    await run(alice, project_id, parameters={"expected_objects": 1})
    await lab.work()
    assert [image["id"] for image in (await alice.get(flagged)).json()["items"]] == [two["id"]]
    async with lab.state.database.session() as session:
        assert (
            await session.scalar(select(func.count()).select_from(Artefact)) == 6
        )  # of two images the maps once, the objects twice


async def test_a_queued_run_is_cancelled_with_its_jobs(lab, make_png):
    alice, project_id, image_ids = await prepared(lab, make_png, 2)
    started = await run(alice, project_id)
    cancelled = (await alice.post(f"/api/v1/runs/{started['id']}/cancel")).json()
    assert (cancelled["state"], cancelled["n_cancelled"]) == ("cancelled", 2)
    await lab.work()
    image = (await alice.get(f"/api/v1/images/{image_ids[0]}")).json()
    assert image["segmentation_state"] == "cancelled"
    async with lab.state.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(ObjectRow)) == 0
        waiting = await session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'"))
        assert waiting == 0


async def test_after_a_cancelled_run_each_image_says_what_it_has(lab, make_png):
    alice, project_id, image_ids = await prepared(lab, make_png, 3)
    await run(alice, project_id, image_ids=image_ids[:1])
    await lab.work()
    started = await run(alice, project_id, parameters={"threshold": 0.4})
    assert (await alice.post(f"/api/v1/runs/{started['id']}/cancel")).json()["n_cancelled"] == 3
    by_state = (await alice.get(f"/api/v1/projects/{project_id}/summary")).json()["by_segmentation_state"]
    assert {state: n for state, n in by_state.items() if n} == {"done": 1, "cancelled": 2}
    listed = (await alice.get(f"/api/v1/projects/{project_id}/images?segmentation=cancelled")).json()["items"]
    assert sorted(image["id"] for image in listed) == sorted(image_ids[1:])
    again = await run(alice, project_id, only_missing=True)
    assert again["n_items"] == 2, "and another run finds them"


async def test_a_run_that_was_stopped_half_way_is_cancelled_though_some_of_it_is_done(lab, make_png):
    alice, project_id, _ = await prepared(lab, make_png, 3)
    started = await run(alice, project_id)
    async with (
        lab.state.database.session() as session
    ):  # as if the first of them had been done before the hand was there
        first = await session.scalar(select(Result).where(Result.run_id == uuid.UUID(started["id"])).limit(1))
        first.state = "done"
    stopped = (await alice.post(f"/api/v1/runs/{started['id']}/cancel")).json()
    assert (stopped["state"], stopped["n_done"], stopped["n_cancelled"]) == ("cancelled", 1, 2)
    await lab.work()  # what a worker still says changes nothing
    assert (await alice.get(f"/api/v1/runs/{started['id']}")).json()["state"] == "cancelled"


async def test_an_image_that_was_in_the_trash_while_its_run_went_by_waits_for_nothing_when_it_comes_back(lab, make_png):
    alice, project_id, image_ids = await prepared(lab, make_png, 2)
    await run(alice, project_id)
    url = f"/api/v1/projects/{project_id}/images"
    await alice.post(f"{url}/trash", json={"image_ids": image_ids[:1]})
    await lab.work()
    assert (await alice.post(f"{url}/restore", json={"image_ids": image_ids[:1]})).json() == {"n_images": 1}
    states = [(await alice.get(f"/api/v1/images/{image_id}")).json()["segmentation_state"] for image_id in image_ids]
    assert states == ["cancelled", "done"]


async def test_a_running_run_is_stopped_in_the_middle(lab, make_png):
    alice = await lab.person()
    project_id = await lab.project(alice)
    (image,) = await lab.upload(alice, project_id, large__png=make_png(size_px=1200, radius_px=400))  # takes a while
    await lab.work()
    started = await run(alice, project_id)
    for child in lab.state.compute.children:  # held still: no machine is so fast that it is done before the cancel
        os.kill(child.life().process.pid, signal.SIGSTOP)
    working = asyncio.create_task(lab.work())
    while (await alice.get(f"/api/v1/runs/{started['id']}")).json()["n_running"] == 0:
        await asyncio.sleep(0.005)
    await alice.post(f"/api/v1/runs/{started['id']}/cancel")
    await working
    for child in lab.state.compute.children:
        if child.pid is not None:  # the others of the tests need it
            os.kill(child.pid, signal.SIGCONT)
    done = (await alice.get(f"/api/v1/runs/{started['id']}")).json()
    assert done["state"] == "cancelled"
    image = (await alice.get(f"/api/v1/images/{image['id']}")).json()
    assert image["n_objects"] == 0


async def test_an_image_that_cannot_be_done_says_why_and_the_others_are_done(lab, make_png):
    alice, project_id, image_ids = await prepared(lab, make_png, 2)
    # a channel that a grey picture does not have
    started = await run(alice, project_id, image_ids=[image_ids[0]], parameters={"channel": 3})
    await lab.work()
    done = (await alice.get(f"/api/v1/runs/{started['id']}")).json()
    assert (done["state"], done["n_failed"]) == ("failed", 1)
    (failed,) = (await alice.get(f"/api/v1/runs/{started['id']}/results?state=failed")).json()["items"]
    assert failed["error_code"] == "parameter"
    assert "channel 3" in failed["error_reason"]
    assert failed["attempts"] == 1


async def test_a_worker_that_was_given_up_writes_nothing(lab, make_png, monkeypatch):
    """Two workers believe that they have the same job: the later attempt counts, the earlier one's answer is dropped."""

    async def no(*_: object) -> bool:
        return False

    monkeypatch.setattr(tasks, "_is_computed_meanwhile", no)  # two processes do not know what the other one computes
    alice, project_id, _ = await prepared(lab, make_png)
    started = await run(alice, project_id)
    async with lab.state.database.session() as session:
        result_id = await session.scalar(select(Result.id).where(Result.run_id == uuid.UUID(started["id"])))
        # the job once more, as the sweep for dead workers would give it to another worker
        await session.execute(
            text(
                "INSERT INTO procrastinate_jobs (queue_name, task_name, args) "
                "VALUES ('compute', 'segmentation:segment', jsonb_build_object('result_id', CAST(:id AS text)))"
            ),
            {"id": str(result_id)},
        )
    await lab.work()
    async with lab.state.database.session() as session:
        result = await session.get(Result, result_id)
        assert result.state == "done"
        assert result.n_objects == await session.scalar(select(func.count()).select_from(ObjectRow)) == 1


async def test_copies_of_an_image_in_one_run_are_computed_once(lab, make_png):
    alice = await lab.person()
    project_id = await lab.project(alice)
    picture = make_png()
    await lab.upload(alice, project_id, **{f"copy{k}__png": picture for k in range(4)})
    await lab.work()
    started = await run(alice, project_id)
    await lab.work()
    async with lab.state.database.session() as session:
        found = await session.scalars(
            select(Result.from_cache).where(Result.run_id == uuid.UUID(started["id"])).order_by(Result.finished_at)
        )
        assert list(found) == [False, True, True, True]
        assert await session.scalar(select(func.count()).select_from(Artefact)) == 2


async def test_a_long_run_is_counted_now_and_then_and_at_its_end(lab, make_png, monkeypatch):
    monkeypatch.setattr(service, "LONG_RUN", 3)
    monkeypatch.setattr(service, "LONG_RUN_EVENT_EVERY_S", 60.0)
    alice = await lab.person()
    project_id = await lab.project(alice)
    await lab.upload(alice, project_id, **{f"a{k}__png": make_png(seed=k) for k in range(6)})
    await lab.work()
    started = await run(alice, project_id)
    await lab.work()
    ended = (await alice.get(f"/api/v1/runs/{started['id']}")).json()
    assert (ended["state"], ended["n_done"]) == ("done", 6)
    assert ended["version"] == started["version"] + 2  # its beginning and its end


async def test_the_same_request_twice_is_one_run(lab, make_png):
    alice, project_id, _ = await prepared(lab, make_png)
    url, body = f"/api/v1/projects/{project_id}/runs", {"model": "classical"}
    first = await alice.post(url, json=body, headers={"Idempotency-Key": "k1"})
    second = await alice.post(url, json=body, headers={"Idempotency-Key": "k1"})
    assert first.json()["id"] == second.json()["id"]
    assert len((await alice.get(url)).json()["items"]) == 1


@pytest.mark.parametrize(("by", "minutes", "n_mails"), [("email", 2, 1), ("email", 0, 0), ("app", 2, 0)])
async def test_the_end_of_a_long_run_is_mailed_to_those_who_want_it(lab, make_png, by, minutes, n_mails):
    alice = await lab.person()
    async with lab.state.database.session() as session:
        user = await session.get_one(User, alice.user_id)
        user.preferences = {"notify_run_finished": by}
    project_id = await lab.project(alice, name="Growth")
    await lab.upload(alice, project_id, A01__png=make_png())
    await lab.work()
    run = (await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})).json()
    async with lab.state.database.session() as session:
        row = await session.get_one(Run, uuid.UUID(run["id"]))
        row.started_at = utc_now() - dt.timedelta(minutes=minutes)
    lab.state.mailer = ConsoleMailer(io.StringIO())
    await lab.work()
    await lab.work()  # what the run's last job ordered
    output = lab.state.mailer.output.getvalue()
    assert output.count(f"--- mail to {alice.email}: The run over “Growth” has ended") == n_mails
    assert (f"/projects/{project_id}\n" in output) == bool(n_mails)
    assert ("1 of 1 image of “Growth”" in output) == bool(n_mails)
