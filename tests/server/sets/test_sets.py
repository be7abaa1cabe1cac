"""Files that belong together are understood together, shown, and added as the library reads them."""

from __future__ import annotations

import base64
import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import tifffile
from sqlalchemy import func, select, update
from tests.fixtures.ndtiff import write_ndtiff
from tests.fixtures.ome_zarr import write_image as write_zarr_image
from tests.fixtures.ome_zarr import write_plate as write_zarr_plate
from tests.fixtures.operetta_plate import operetta, tiff

from spheroseg.server.resources.db import utc_now
from spheroseg.server.resources.queue import enqueue
from spheroseg.server.sets import repository
from spheroseg.server.tables.images import Upload, UploadSet

TUS = {"Tus-Resumable": "1.0.0"}
ZEN = """<ImageMetadata><Scaling><Items>
<Distance Id="X"><Value>0.645e-6</Value></Distance><Distance Id="Y"><Value>0.645e-6</Value></Distance>
</Items></Scaling></ImageMetadata>"""


async def send(person: Any, project_id: str, files: dict[str, bytes], *, n_files: int | None = None) -> str:
    """Uploads files as a set, as a browser does; its id."""
    url = f"/api/v1/projects/{project_id}/upload-sets"
    made = await person.post(url, json={"n_files": n_files or len(files), "name": "Plate1"})
    assert made.status_code == 201, made.text
    for path, content in files.items():
        answer = await send_one(person, project_id, made.json()["id"], path, content)
        assert answer.status_code == 201, answer.text
    return str(made.json()["id"])


async def send_one(person: Any, project_id: str, set_id: str, path: str, content: bytes) -> Any:
    """A file of a set in one request."""
    metadata = {"filename": path.rsplit("/", 1)[-1], "relativePath": path, "set": set_id}
    pairs = (f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in metadata.items())
    return await person.post(
        f"/api/v1/projects/{project_id}/uploads",
        content=content,
        headers=TUS
        | {
            "Upload-Length": str(len(content)),
            "Content-Type": "application/offset+octet-stream",
            "Upload-Metadata": ",".join(pairs),
        },
    )


async def set_of(person: Any, set_id: str) -> dict[str, Any]:
    answer = await person.get(f"/api/v1/upload-sets/{set_id}")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def images_of(person: Any, project_id: str) -> list[dict[str, Any]]:
    items = (await person.get(f"/api/v1/projects/{project_id}/images")).json()["items"]
    return [(await person.get(f"/api/v1/images/{item['id']}")).json() for item in items]


async def test_a_plate_folder_is_shown_and_then_added(lab: Any) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    files = operetta() | {"Plate1/notes.txt": b"day 3", "Plate1/movie.avi": b"RIFF" + bytes(200)}
    set_id = await send(alice, project_id, files)
    await lab.work()
    found = await set_of(alice, set_id)
    assert (found["state"], found["n_arrived"], found["reason"]) == ("understood", len(files), None)
    seen = found["found"]
    assert seen["plates"][0]["summary"].startswith("Operetta/Phenix plate")
    assert (seen["n_images"], seen["n_unreadable"], seen["n_beside"]) == (2, 0, 1)
    first = seen["images"][0]
    assert (first["well"], first["n_channels"], first["n_slices"], first["n_files"]) == ("A01", 2, 2, 4)
    assert first["pixel_size_um"] == pytest.approx([0.296, 0.296])
    assert "Harmony" in first["pixel_size_from"]
    assert not first["is_size_doubtful"]
    assert {entry["name"]: entry["reason"] for entry in seen["left_out"]} == {
        "Plate1/movie.avi": "a video file: it is not read; export its frames as a TIFF stack",
        "Plate1/notes.txt": "no image",
    }
    assert await images_of(alice, project_id) == [], "nothing is added before somebody says so"

    assert (await alice.post(f"/api/v1/upload-sets/{set_id}/add")).json()["state"] == "adding"
    await lab.work()
    await lab.work()  # what was added is prepared
    assert (await set_of(alice, set_id))["n_added"] == 2
    images = await images_of(alice, project_id)
    assert [(image["state"], image["name"], image["well"]) for image in images] == [
        ("ready", "A01_f1.ome.tif", "A01"),
        ("ready", "A02_f1.ome.tif", "A02"),
    ]
    for image in images:
        assert (image["n_channels"], image["n_slices"], image["n_frames"], image["field"]) == (2, 2, 1, 1)
        assert image["pixel_size_um"]["x"] == pytest.approx(0.296)
        assert image["pixel_size_source"] == "operetta"
        assert image["relative_path"] == "Plate1"
    raw = (await alice.get(f"/api/v1/images/{images[1]['id']}/file")).content
    np.testing.assert_array_equal(tifffile.imread(io.BytesIO(raw))[..., 0, 0].ravel(), [100, 101, 110, 111])
    async with lab.state.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(Upload)) == 0
    assert [entry.key async for entry in lab.state.storage.list("uploads")] == []
    assert (await alice.get(f"/api/v1/projects/{project_id}/upload-sets")).json() == []


async def test_a_file_whose_answer_was_lost_is_taken_again_and_a_new_one_is_not(lab: Any) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    files = operetta()
    set_id = await send(alice, project_id, files)
    path, content = next(iter(files.items()))
    again = await send_one(alice, project_id, set_id, path, content)  # the page was loaded anew before it heard
    assert (again.status_code, again.headers["Upload-Offset"]) == (201, str(len(content)))
    assert again.headers["Location"].rpartition("/")[0].endswith("/uploads")
    for other in (("Plate1/new.tif", content), (path, content + b"x")):
        refused = await send_one(alice, project_id, set_id, *other)
        assert (refused.status_code, refused.json()["detail"]) == (422, "the set waits for no more files")
    await lab.work()
    found = await set_of(alice, set_id)
    assert (found["state"], found["n_arrived"]) == ("understood", len(files))


async def test_files_beside_an_image_are_used_and_others_keep_their_bytes(lab: Any) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    photo = io.BytesIO()
    PIL.Image.fromarray(np.full((20, 30, 3), 90, np.uint8)).save(photo, "PNG")
    plain = tiff(7, imagej=False)
    files = {
        "day 1/B03_c1.png": photo.getvalue(),
        "day 1/B03_metadata.xml": ZEN.encode(),
        "day 2/C05.tif": plain,
    }
    set_id = await send(alice, project_id, files)
    await lab.work()
    await alice.post(f"/api/v1/upload-sets/{set_id}/add")
    await lab.work()
    await lab.work()  # what was added is prepared
    zen, other = await images_of(alice, project_id)
    assert (zen["name"], zen["relative_path"], zen["is_rgb"]) == ("B03_c1.ome.tif", "day 1", True)
    assert (zen["pixel_size_um"]["x"], zen["pixel_size_source"]) == (0.645, "zen")
    assert zen["well"] == "B03"
    assert (other["name"], other["well"]) == ("C05.tif", "C05")
    assert other["sha256"] == hashlib.sha256(plain).hexdigest()


def files_below(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


@pytest.mark.parametrize("version", ["0.4", "0.5"])
async def test_folders_of_ome_zarr_are_images_and_plates(lab: Any, tmp_path: Path, version: str) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    (tmp_path / "scan").mkdir()
    data = write_zarr_image(tmp_path / "scan" / "a.zarr", version, chunk_px=64)
    fields = write_zarr_plate(tmp_path / "scan" / "plate.zarr", version, chunk_px=64)
    set_id = await send(alice, project_id, files_below(tmp_path))
    await lab.work()
    seen = (await set_of(alice, set_id))["found"]
    assert (seen["n_images"], seen["n_unreadable"], seen["left_out"]) == (5, 0, [])
    assert {(image["plate"], image["well"], image["field"]) for image in seen["images"]} == {
        ("", "", None), ("drug", "A01", 1), ("drug", "A01", 2), ("drug", "B02", 1), ("drug", "B02", 2),
    }  # fmt: skip
    await alice.post(f"/api/v1/upload-sets/{set_id}/add")
    await lab.work()
    await lab.work()  # what was added is prepared
    images = {(image["well"], image["field"]): image for image in await images_of(alice, project_id)}
    assert {image["state"] for image in images.values()} == {"ready"}
    for place, values in {("", None): data, ("B02", 2): fields["B/2", "1"]}.items():
        image = images[place]
        assert (image["n_frames"], image["n_channels"], image["n_slices"]) == (2, 2, 3)
        assert (image["pixel_size_um"]["x"], image["pixel_size_um"]["y"]) == pytest.approx((0.7, 0.65))
        raw = (await alice.get(f"/api/v1/images/{image['id']}/file")).content
        np.testing.assert_array_equal(tifffile.imread(io.BytesIO(raw)).ravel(), values.ravel())


async def test_ndtiff_of_micromanager_is_one_image(lab: Any, tmp_path: Path) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    data = np.arange(3 * 2 * 24 * 32, dtype=np.uint16).reshape(3, 2, 24, 32)
    write_ndtiff(tmp_path / "scan" / "Full resolution", data)
    write_ndtiff(tmp_path / "scan" / "Downsampled_x2", data[..., ::2, ::2])
    set_id = await send(alice, project_id, files_below(tmp_path))
    await lab.work()
    seen = (await set_of(alice, set_id))["found"]
    assert (seen["n_images"], seen["n_left_out"]) == (1, 1)
    assert seen["left_out"][0]["reason"] == "reduced copies of NDTiff"
    await alice.post(f"/api/v1/upload-sets/{set_id}/add")
    await lab.work()
    await lab.work()  # what was added is prepared
    (image,) = await images_of(alice, project_id)
    assert (image["n_frames"], image["n_channels"], image["n_slices"]) == (3, 2, 1)
    assert (image["pixel_size_um"]["x"], image["state"]) == (0.325, "ready")


async def test_masks_in_a_folder_are_left_out(lab: Any, tmp_path: Path) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    grey = np.random.default_rng(0).integers(0, 4096, (40, 64)).astype(np.uint16)
    for folder, values in (("images", grey), ("masks", (grey > 9999).astype(np.uint8))):
        (tmp_path / "d" / folder).mkdir(parents=True)
        tifffile.imwrite(tmp_path / "d" / folder / "A01.tif", values)
    set_id = await send(alice, project_id, files_below(tmp_path))
    await lab.work()
    seen = (await set_of(alice, set_id))["found"]
    assert [image["source"] for image in seen["images"]] == ["d/images/A01.tif"]
    assert seen["left_out"] == [{"name": "d/masks/A01.tif", "reason": "label masks beside their images"}]


def operetta_with_a_cut_field() -> dict[str, bytes]:
    """A plate of two fields, of which all planes of the second one were cut off."""
    return {name: content[:90] if "c02" in name else content for name, content in operetta().items()}


async def test_one_field_that_cannot_be_read_fails_alone(lab: Any) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    files = operetta_with_a_cut_field()
    set_id = await send(alice, project_id, files)
    await lab.work()
    await alice.post(f"/api/v1/upload-sets/{set_id}/add")
    await lab.work()
    await lab.work()  # what was added is prepared
    good, bad = await images_of(alice, project_id)
    assert (good["state"], good["well"]) == ("ready", "A01")
    assert (bad["state"], bad["name"]) == ("failed", "A02_f1")
    assert bad["failure_reason"]


async def test_pages_of_unknown_meaning_are_asked_for(lab: Any) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    stream = io.BytesIO()
    tifffile.imwrite(
        stream, np.arange(3 * 40 * 40, dtype=np.uint16).reshape(3, 40, 40), metadata=None, photometric="minisblack"
    )
    set_id = await send(alice, project_id, {"set/a.tif": stream.getvalue(), "set/b.tif": tiff(3)})
    await lab.work()
    seen = (await set_of(alice, set_id))["found"]
    assert (seen["asks_axes"], seen["images"][0]["frames_are"]) == (True, "page")
    project = await alice.get(f"/api/v1/projects/{project_id}")
    changed = await alice.patch(
        f"/api/v1/projects/{project_id}",
        json={"preferences": {"axes": "time", "interval": "4h"}},
        headers={"If-Match": project.headers["etag"]},
    )
    assert changed.status_code == 200, changed.text
    await alice.post(f"/api/v1/upload-sets/{set_id}/read")
    await lab.work()
    seen = (await set_of(alice, set_id))["found"]
    assert (seen["asks_axes"], seen["asks_interval"]) == (False, False)
    assert (seen["images"][0]["frames_are"], seen["images"][0]["has_times"]) == ("time", True)
    assert seen["images"][1]["n_frames"] == 1, "one plane stays one plane"
    await alice.post(f"/api/v1/upload-sets/{set_id}/add")
    await lab.work()
    await lab.work()  # what was added is prepared
    image = (await images_of(alice, project_id))[0]
    frames = (await alice.get(f"/api/v1/images/{image['id']}/frames")).json()
    assert [frame["time_s"] for frame in frames] == [0, 14_400, 28_800]


async def test_a_run_follows_when_the_images_of_a_set_are_prepared(lab: Any) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    files = operetta_with_a_cut_field()
    set_id = await send(alice, project_id, files)
    url = f"/api/v1/projects/{project_id}/upload-batches"
    asked = {"n_files": len(files), "set": set_id, "run": {"model": "classical"}}
    made = await alice.post(url, json=asked)
    assert (made.status_code, made.json()["id"], made.json()["state"]) == (201, set_id, "arriving")
    assert (await alice.post(url, json=asked)).status_code == 409
    await lab.work()
    assert (await alice.get(f"/api/v1/projects/{project_id}/runs")).json()["items"] == [], "nobody said add"
    await alice.post(f"/api/v1/upload-sets/{set_id}/add")
    await lab.work()
    await lab.work()  # what was added is prepared
    await lab.work()  # and the run begins
    (run,) = (await alice.get(f"/api/v1/projects/{project_id}/runs")).json()["items"]
    assert run["n_items"] == 1, "the field that could not be read is waited for no longer"
    assert (await alice.get(url)).json() == []


async def test_the_run_of_a_set_that_is_given_up_is_given_up(lab: Any) -> None:
    alice, bob = await lab.person("alice"), await lab.person("bob")
    project_id = await lab.project(alice)
    set_id = await send(alice, project_id, operetta())
    url = f"/api/v1/projects/{project_id}/upload-batches"
    asked = {"n_files": 8, "set": set_id, "run": {"model": "classical"}}
    other = await lab.project(bob)
    assert (await bob.post(f"/api/v1/projects/{other}/upload-batches", json=asked)).status_code == 404
    assert (await alice.post(url, json=asked)).status_code == 201
    assert (await alice.delete(f"/api/v1/upload-sets/{set_id}")).status_code == 204
    assert (await alice.get(url)).json() == []


async def test_what_was_added_before_a_death_is_not_added_twice(lab: Any) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    set_id = await send(alice, project_id, operetta())
    await lab.work()
    async with lab.state.database.session() as session:
        uploads = [upload.id for upload in await repository.arrived(session, set_id)]
    await alice.post(f"/api/v1/upload-sets/{set_id}/add")

    put, n_put = lab.state.storage.put, 0

    async def dies_at_the_second(key: str, data: Any) -> Any:
        nonlocal n_put
        if key.startswith("files/"):
            n_put += 1
            if n_put == 2:
                raise KeyboardInterrupt
        return await put(key, data)

    lab.state.storage.put = dies_at_the_second
    await lab.work()
    lab.state.storage.put = put
    async with lab.state.database.session() as session:
        assert len(uploads) == await session.scalar(select(func.count()).select_from(Upload))
        await enqueue(session, "sets:add", set_id=set_id)
    await lab.work()
    await lab.work()
    assert [image["well"] for image in await images_of(alice, project_id)] == ["A01", "A02"]
    assert (await set_of(alice, set_id))["n_added"] == 2


async def test_a_set_is_its_persons_and_can_be_given_up(lab: Any) -> None:
    alice, bob = await lab.person("alice"), await lab.person("bob")
    project_id = await lab.project(alice)
    await lab.member(project_id, bob, "editor")
    set_id = await send(alice, project_id, {"a/a.tif": tiff(1)}, n_files=2)
    for method, path in (("GET", ""), ("POST", "/read"), ("POST", "/add"), ("DELETE", "")):
        assert (await bob.request(method, f"/api/v1/upload-sets/{set_id}{path}")).status_code == 404
    assert (await bob.get(f"/api/v1/projects/{project_id}/upload-sets")).json() == []
    early = await alice.post(f"/api/v1/upload-sets/{set_id}/add")
    assert (early.status_code, early.json()["code"]) == (409, "conflict")
    await alice.post(f"/api/v1/upload-sets/{set_id}/read")  # the second file will not come
    await lab.work()
    assert (await set_of(alice, set_id))["state"] == "understood"
    late = {"filename": "b.tif", "set": set_id}
    pairs = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in late.items())
    answer = await alice.post(
        f"/api/v1/projects/{project_id}/uploads", headers=TUS | {"Upload-Length": "5", "Upload-Metadata": pairs}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_upload")
    assert (await alice.delete(f"/api/v1/upload-sets/{set_id}")).status_code == 204
    assert [entry.key async for entry in lab.state.storage.list("uploads")] == []


async def test_a_folder_without_images_says_so(lab: Any) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    set_id = await send(alice, project_id, {"a/readme.md": b"# hello", "a/table.csv": b"1,2"})
    await lab.work()
    found = await set_of(alice, set_id)
    assert (found["state"], found["found"]["n_images"], found["found"]["n_left_out"]) == ("understood", 0, 2)
    answer = await alice.post(f"/api/v1/upload-sets/{set_id}/add")
    assert (answer.status_code, answer.json()["detail"]) == (409, "There is no image among these files")


async def test_sets_that_nobody_adds_are_removed(lab: Any) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    await send(alice, project_id, {"a/a.tif": tiff(1)})
    await lab.work()
    async with lab.state.database.session() as session:
        await session.execute(update(UploadSet).values(expires_at=utc_now()))
        await repository.delete_expired(session, utc_now())
        assert await session.scalar(select(func.count()).select_from(Upload)) == 0
