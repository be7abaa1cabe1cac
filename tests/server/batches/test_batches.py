"""A run that is asked for with an upload takes every image of it, whatever is killed, refused, damaged or comes late."""

import asyncio
import base64
import io
import os
import signal
import uuid

import numpy as np
import pytest
import tifffile
from sqlalchemy import update
from tests.server.fixtures.worker import start_worker

from spheroseg.server.batches import tasks
from spheroseg.server.resources.db import utc_now
from spheroseg.server.tables.batches import UploadBatch
from spheroseg.server.worker import open_queue, sweep

WANTED = {"model": "classical"}
TUS = {"Tus-Resumable": "1.0.0"}


async def announce(person, project_id, n_files, run=WANTED):
    answer = await person.post(f"/api/v1/projects/{project_id}/upload-batches", json={"n_files": n_files, "run": run})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def send(person, project_id, batch_id, files):
    """Files by form, by their places."""
    parts = [("files", (f"image{place}.png", data)) for place, data in files.items()]
    return await person.post(
        f"/api/v1/projects/{project_id}/images", files=parts, params={"batch": batch_id, "place": list(files)}
    )


async def send_by_tus(person, project_id, batch_id, place, data):
    metadata = {"filename": f"image{place}.png", "batch": batch_id, "place": str(place)}
    pairs = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in metadata.items())
    return await person.post(
        f"/api/v1/projects/{project_id}/uploads",
        headers=TUS
        | {
            "Upload-Length": str(len(data)),
            "Upload-Metadata": pairs,
            "Content-Type": "application/offset+octet-stream",
        },
        content=data,
    )


async def batches(person, project_id):
    return (await person.get(f"/api/v1/projects/{project_id}/upload-batches")).json()


async def runs(person, project_id):
    return (await person.get(f"/api/v1/projects/{project_id}/runs")).json()["items"]


async def states(person, project_id):
    images = (await person.get(f"/api/v1/projects/{project_id}/images", params={"limit": 100})).json()["items"]
    return {image["name"]: image["segmentation_state"] for image in images}


async def work(lab):
    """Prepare, begin the run, run: each is a job that the one before queues, in a queue that may have ended by then."""
    for _ in range(3):
        await lab.work()


async def leave_alone(lab):
    """As if nothing had come for longer than the service waits."""
    async with lab.state.database.session() as session:
        await session.execute(update(UploadBatch).values(last_arrival_at=utc_now() - tasks.LEFT_ALONE_AFTER * 2))
    await tasks.start_left_alone(timestamp=0)


@pytest.fixture
async def upload(lab):
    alice = await lab.person()
    return alice, await lab.project(alice, pixel_size_um=2.0)


@pytest.mark.parametrize("attempt", range(9))
async def test_every_image_is_run_however_files_and_preparation_overlap(lab, upload, make_png, attempt):
    alice, project_id = upload
    batch_id = await announce(alice, project_id, 6)
    files = {place: make_png(seed=10 * attempt + place) for place in range(6)}
    order = list(np.random.default_rng(attempt).permutation(6))
    async with lab.serving():  # a worker prepares what is there while the rest comes
        for places in (order[:2], order[2:3]):
            assert (
                await send(alice, project_id, batch_id, {int(place): files[place] for place in places})
            ).status_code == 201
        alone = [send_by_tus(alice, project_id, batch_id, int(place), files[place]) for place in order[3:]]
        assert {answer.status_code for answer in await asyncio.gather(*alone)} == {201}
        while not (found := await runs(alice, project_id)) or found[0]["state"] not in {"done", "failed"}:
            await asyncio.sleep(0.02)
    (run,) = await runs(alice, project_id)
    assert (run["state"], run["n_items"], run["n_done"]) == ("done", 6, 6)
    assert set((await states(alice, project_id)).values()) == {"done"}
    assert await batches(alice, project_id) == []


async def test_nothing_begins_before_the_last_file_is_prepared(lab, upload, make_png):
    alice, project_id = upload
    batch_id = await announce(alice, project_id, 2)
    await send(alice, project_id, batch_id, {0: make_png(seed=0)})
    await work(lab)
    (batch,) = await batches(alice, project_id)
    assert (batch["state"], batch["n_arrived"], batch["n_prepared"]) == ("arriving", 1, 1)
    assert batch["run"]["model"] == "classical"
    assert await runs(alice, project_id) == []
    await send(alice, project_id, batch_id, {1: make_png(seed=1)})
    (batch,) = await batches(alice, project_id)
    assert (batch["state"], batch["n_arrived"], batch["n_prepared"]) == ("preparing", 2, 1)
    await work(lab)
    (run,) = await runs(alice, project_id)
    assert (run["urgency"], run["n_items"], run["n_done"]) == ("now", 2, 2)


async def test_a_large_upload_takes_its_turn(lab, upload, make_png):
    alice, project_id = upload
    batch_id = await announce(alice, project_id, 51)
    picture = make_png(seed=0)
    await send(alice, project_id, batch_id, dict.fromkeys(range(51), picture))
    await work(lab)
    (run,) = await runs(alice, project_id)
    assert (run["urgency"], run["n_items"]) == ("bulk", 51)


async def test_a_file_that_cannot_be_read_holds_nothing_up(lab, upload, make_png):
    alice, project_id = upload
    batch_id = await announce(alice, project_id, 3)
    good = make_png(seed=0)
    await send(alice, project_id, batch_id, {0: good, 2: good[: len(good) // 8]})
    refused = await send(alice, project_id, batch_id, {1: b"no image at all" * 20})
    assert refused.status_code == 415
    await work(lab)
    assert await runs(alice, project_id) == []  # the service does not know yet that the refused one will not come
    given_up = await alice.patch(f"/api/v1/upload-batches/{batch_id}", json={"given_up": [1]})
    assert (given_up.json()["n_given_up"], given_up.json()["state"]) == (1, "starting")
    await work(lab)
    (run,) = await runs(alice, project_id)
    assert (run["n_items"], run["n_done"]) == (1, 1)
    assert await states(alice, project_id) == {"image0.png": "done", "image2.png": "none"}


async def test_what_is_missing_is_not_waited_for_for_ever_and_runs_when_it_comes(lab, upload, make_png):
    alice, project_id = upload
    batch_id = await announce(alice, project_id, 3)
    await send(alice, project_id, batch_id, {0: make_png(seed=0), 1: make_png(seed=1)})
    await work(lab)
    await tasks.start_left_alone(timestamp=0)  # somebody's line is slow
    assert await runs(alice, project_id) == []
    await leave_alone(lab)
    await work(lab)
    assert [run["n_items"] for run in await runs(alice, project_id)] == [2]
    await leave_alone(lab)
    assert [run["n_items"] for run in await runs(alice, project_id)] == [2]
    assert (await send(alice, project_id, batch_id, {2: make_png(seed=2)})).status_code == 201
    await work(lab)
    assert [run["n_items"] for run in await runs(alice, project_id)] == [1, 2]
    assert set((await states(alice, project_id)).values()) == {"done"}


async def test_images_that_were_there_before_are_run_too(lab, upload, make_png):
    alice, project_id = upload
    picture = make_png(seed=0)
    await lab.upload(alice, project_id, image0__png=picture)
    await work(lab)
    batch_id = await announce(alice, project_id, 1)
    await send(alice, project_id, batch_id, {0: picture})
    await work(lab)
    assert await states(alice, project_id) == {"image0.png": "done"}
    batch_id = await announce(alice, project_id, 1)  # and once more: now it has outlines
    await send(alice, project_id, batch_id, {0: picture})
    await work(lab)
    assert len(await runs(alice, project_id)) == 1
    assert await batches(alice, project_id) == []


async def test_all_images_of_a_file_of_many_are_run(lab, upload):
    alice, project_id = upload
    stream = io.BytesIO()
    with tifffile.TiffWriter(stream, ome=True) as writer:
        for seed in range(3):
            plane = np.random.default_rng(seed).integers(0, 4000, (64, 64), dtype=np.uint16)
            writer.write(plane, metadata={"Name": f"scene {seed}"})
    batch_id = await announce(alice, project_id, 1)
    parts = [("files", ("scenes.ome.tif", stream.getvalue()))]
    address = f"/api/v1/projects/{project_id}/images"
    assert (await alice.post(address, files=parts, params={"batch": batch_id, "place": 0})).status_code == 201
    await work(lab)
    (run,) = await runs(alice, project_id)
    assert run["n_items"] == 3


async def test_the_run_may_be_asked_for_and_taken_back_at_any_time(lab, upload, make_png):
    alice, project_id = upload
    batch_id = await announce(alice, project_id, 1, run=None)
    await send(alice, project_id, batch_id, {0: make_png(seed=0)})
    await work(lab)
    assert (await runs(alice, project_id), await batches(alice, project_id)) == ([], [])
    asked = await alice.patch(f"/api/v1/upload-batches/{batch_id}", json={"run": WANTED})
    assert asked.json()["state"] == "starting"
    taken_back = await alice.patch(f"/api/v1/upload-batches/{batch_id}", json={"run": None})
    assert taken_back.json()["run"] is None
    await work(lab)
    assert await runs(alice, project_id) == []
    await alice.patch(f"/api/v1/upload-batches/{batch_id}", json={"run": WANTED})
    await work(lab)
    assert len(await runs(alice, project_id)) == 1


async def test_somebody_who_may_no_longer_change_the_project_starts_nothing(lab, upload, make_png):
    alice, project_id = upload
    bob = await lab.person("bob")
    await lab.member(project_id, bob, "editor")
    batch_id = await announce(bob, project_id, 1)
    await send(bob, project_id, batch_id, {0: make_png(seed=0)})
    address = f"/api/v1/projects/{project_id}/members/{bob.user_id}"
    assert (await alice.patch(address, json={"role": "viewer"})).status_code == 200
    await work(lab)
    assert await runs(alice, project_id) == []
    assert (await bob.patch(f"/api/v1/upload-batches/{batch_id}", json={"run": None})).status_code == 403
    assert (await alice.patch(f"/api/v1/upload-batches/{batch_id}", json={"run": None})).status_code == 404


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"place": 2}, "there is no file 2"),
        ({"batch": str(uuid.uuid4())}, "no such batch"),
        ({"place": [0, 1]}, "2 places"),
    ],
)
async def test_a_file_that_belongs_nowhere_is_refused(lab, upload, make_png, change, what):
    alice, project_id = upload
    batch_id = await announce(alice, project_id, 2)
    parts = [("files", ("a.png", make_png(seed=0)))]
    params = {"batch": batch_id, "place": 0} | change
    answer = await alice.post(f"/api/v1/projects/{project_id}/images", files=parts, params=params)
    assert answer.status_code == 422
    assert what in answer.json()["detail"]
    unknown = await alice.post(
        f"/api/v1/projects/{project_id}/upload-batches", json={"n_files": 1, "run": {"model": "of somebody"}}
    )
    assert unknown.json()["code"] == "unknown_model"


@pytest.mark.slow  # starts a worker process, which loads the pixel libraries
async def test_a_worker_killed_while_it_prepares_leaves_no_image_out(lab, upload, make_png):
    alice, project_id = upload
    batch_id = await announce(alice, project_id, 8)
    files = {place: make_png(seed=place, size_px=700) for place in range(8)}
    await send(alice, project_id, batch_id, files)
    worker = start_worker(lab.state)
    try:
        while (await batches(alice, project_id))[0]["n_prepared"] < 1:
            await asyncio.sleep(0.01)
        os.kill(worker.pid, signal.SIGSTOP)  # so that the machine is not too fast for the kill
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
    async with open_queue(lab.state) as app:
        await sweep(app, stalled_after_s=0)
    await work(lab)
    done = await runs(alice, project_id)
    assert sum(run["n_items"] for run in done) == 8
    assert set((await states(alice, project_id)).values()) == {"done"}
