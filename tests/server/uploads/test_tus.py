"""Resumable uploads, by the protocol: https://tus.io/protocols/resumable-upload (1.0.0)."""

import base64
import hashlib
import io

import numpy as np
import pytest
import tifffile
from sqlalchemy import func, select

from spheroseg.server.app import build_app
from spheroseg.server.tables.images import File, Upload
from spheroseg.server.uploads import service as uploads

TUS = {"Tus-Resumable": "1.0.0"}


def metadata(**values):
    pairs = (f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in values.items())
    return {"Upload-Metadata": ",".join(pairs)}


async def create(person, project_id, length, name="A01.tif", **more):
    headers = TUS | {"Upload-Length": str(length)} | metadata(filename=name) | more
    return await person.post(f"/api/v1/projects/{project_id}/uploads", headers=headers)


async def patch(person, url, offset, data, **more):
    headers = TUS | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"} | more
    return await person.patch(url, content=data, headers=headers)


def tiff(side_px=400, seed=0):
    stream = io.BytesIO()
    plane = np.random.default_rng(seed).integers(0, 4000, (side_px, side_px), dtype=np.uint16)
    tifffile.imwrite(stream, plane)
    return stream.getvalue()


async def test_the_server_says_what_it_can(lab):
    person = await lab.person()
    answer = await person.options("/api/v1/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert "creation" in answer.headers["tus-extension"]
    assert "termination" in answer.headers["tus-extension"]
    assert int(answer.headers["tus-max-size"]) == 10 * 2**30


async def test_an_upload_in_pieces_over_a_restarted_process(lab, monkeypatch):
    monkeypatch.setattr("spheroseg.server.uploads.endpoints.PART_BYTES", 50_000)
    alice = await lab.person()
    project_id = await lab.project(alice)
    data = tiff()
    created = await create(alice, project_id, len(data), relativePath="plate 1/A01.tif")
    assert created.status_code == 201, created.text
    url = created.headers["location"]
    assert created.headers["upload-offset"] == "0"
    first = await patch(alice, url, 0, data[:120_000])
    assert (first.status_code, first.headers["upload-offset"]) == (204, "120000")
    # another process goes on: nothing about the upload is kept in the first one
    other = build_app(lab.state.settings, lab.state)
    alice._transport.app = other
    looked = await alice.head(url, headers=TUS)
    assert (looked.headers["upload-offset"], looked.headers["upload-length"]) == ("120000", str(len(data)))
    assert looked.headers["cache-control"] == "no-store"
    wrong = await patch(alice, url, 0, data)
    assert (wrong.status_code, wrong.json()["code"], wrong.headers["upload-offset"]) == (
        409,
        "offset_mismatch",
        "120000",
    )
    last = await patch(alice, url, 120_000, data[120_000:])
    assert last.headers["upload-offset"] == str(len(data))
    image_id = last.headers["spheroseg-image"]
    await lab.work()
    image = (await alice.get(f"/api/v1/images/{image_id}")).json()
    assert (image["state"], image["name"]) == ("ready", "A01.tif"), image
    assert image["sha256"] == hashlib.sha256(data).hexdigest()
    assert [entry.key async for entry in lab.state.storage.list("uploads")] == []
    back = await alice.get(f"/api/v1/images/{image_id}/file")
    assert back.content == data
    part = await alice.get(f"/api/v1/images/{image_id}/file", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, data[100:200])


async def test_a_cut_connection_keeps_what_arrived(lab, monkeypatch):
    """A part that was written and never counted (killed in between) does no harm."""
    monkeypatch.setattr("spheroseg.server.uploads.endpoints.PART_BYTES", 50_000)
    alice = await lab.person()
    project_id = await lab.project(alice)
    data = tiff(seed=1)
    url = (await create(alice, project_id, len(data))).headers["location"]
    await patch(alice, url, 0, data[:60_000])
    async with lab.state.database.session() as session:
        upload = await session.scalar(select(Upload))
    await uploads.write_part(lab.state.storage, upload.id, 60_000, b"garbage of a killed process" * 10)
    await uploads.write_part(lab.state.storage, upload.id, 110_000, b"more of it")
    last = await patch(alice, url, 60_000, data[60_000:])
    await lab.work()
    image = (await alice.get(f"/api/v1/images/{last.headers['spheroseg-image']}")).json()
    assert image["sha256"] == hashlib.sha256(data).hexdigest()


async def test_one_request_may_carry_more_than_a_json_body(lab):
    alice = await lab.person()
    project_id = await lab.project(alice)
    data = tiff(3200, seed=9)
    url = (await create(alice, project_id, len(data))).headers["location"]
    answer = await patch(alice, url, 0, data)
    assert (answer.status_code, answer.headers["upload-offset"]) == (204, str(len(data)))
    await lab.work()
    image = (await alice.get(f"/api/v1/images/{answer.headers['spheroseg-image']}")).json()
    assert (image["state"], image["sha256"]) == ("ready", hashlib.sha256(data).hexdigest())


async def test_creation_with_the_whole_file_is_one_request(lab):
    alice = await lab.person()
    project_id = await lab.project(alice)
    data = tiff(seed=2)
    headers = TUS | {"Upload-Length": str(len(data)), "Content-Type": "application/offset+octet-stream"}
    answer = await alice.post(
        f"/api/v1/projects/{project_id}/uploads", content=data, headers=headers | metadata(filename="B02.tif")
    )
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, str(len(data)))
    again = await alice.post(
        f"/api/v1/projects/{project_id}/uploads", content=data, headers=headers | metadata(filename="B02 copy.tif")
    )
    assert again.headers["spheroseg-image"] != answer.headers["spheroseg-image"]
    async with lab.state.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(File)) == 1
    files = [entry.key async for entry in lab.state.storage.list("files")]
    assert len(files) == 1


async def test_a_damaged_body_is_not_kept(lab):
    alice = await lab.person()
    project_id = await lab.project(alice)
    data = tiff(seed=3)
    url = (await create(alice, project_id, len(data))).headers["location"]
    good = "sha1 " + base64.b64encode(hashlib.sha1(data[:1000]).digest()).decode()
    damaged = await patch(alice, url, 0, b"x" + data[1:1000], **{"Upload-Checksum": good})
    assert damaged.status_code in {415, 460}
    damaged = await patch(alice, url, 0, data[:999] + b"x", **{"Upload-Checksum": good})
    assert (damaged.status_code, damaged.json()["code"]) == (460, "checksum_mismatch")
    assert (await alice.head(url, headers=TUS)).headers["upload-offset"] == "0"
    kept = await patch(alice, url, 0, data[:1000], **{"Upload-Checksum": good})
    assert kept.headers["upload-offset"] == "1000"


async def test_an_upload_that_is_ended_is_gone(lab):
    alice, bob = await lab.person(), await lab.person("bob")
    project_id = await lab.project(alice)
    data = tiff(seed=4)
    url = (await create(alice, project_id, len(data))).headers["location"]
    await patch(alice, url, 0, data[:10_000])
    assert (await bob.head(url, headers=TUS)).status_code == 404
    assert (await bob.delete(url, headers=TUS)).status_code == 404
    assert (await alice.delete(url, headers=TUS)).status_code == 204
    assert (await alice.head(url, headers=TUS)).status_code == 404
    assert [entry.key async for entry in lab.state.storage.list("uploads")] == []


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus-Resumable": "0.2.2", "Upload-Length": "5"}, 412),
        ({**TUS}, 422),
        ({**TUS, "Upload-Length": "99999999999"}, 413),
        ({**TUS, "Upload-Length": "5", "Upload-Metadata": "filename not-base64!"}, 422),
        ({**TUS, "Upload-Length": "5", "Upload-Metadata": ""}, 422),
    ],
)
async def test_what_makes_no_sense_is_refused(lab, headers, status):
    alice = await lab.person()
    project_id = await lab.project(alice)
    answer = await alice.post(f"/api/v1/projects/{project_id}/uploads", headers=headers)
    assert answer.status_code == status, answer.text


async def test_more_bytes_than_said_are_refused(lab):
    alice = await lab.person()
    project_id = await lab.project(alice)
    url = (await create(alice, project_id, 100)).headers["location"]
    answer = await patch(alice, url, 0, tiff()[:200])
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_upload")
    not_tus = await alice.patch(url, content=b"x", headers=TUS | {"Upload-Offset": "0", "Content-Type": "text/plain"})
    assert not_tus.status_code == 415
