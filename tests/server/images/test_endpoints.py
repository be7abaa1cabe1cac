"""Images as users see them: upload, list, correct, trash, pictures."""

import io
import json

import numpy as np
import PIL.Image
import tifffile
from sqlalchemy import func, select

from spheroseg.server.access.services import set_worker_services
from spheroseg.server.images.tasks import empty_trash, sweep_all
from spheroseg.server.tables.images import File, ImageRow


def stack(n_frames=3, n_channels=2, side_px=96):
    """A time-lapse of two channels, 12 bit in 16, with a pixel size, as OME-TIFF."""
    data = np.random.default_rng(5).integers(100, 4000, (n_frames, n_channels, side_px, side_px), dtype=np.uint16)
    stream = io.BytesIO()
    about = {
        "axes": "TCYX", "PhysicalSizeX": 0.65, "PhysicalSizeXUnit": "µm", "PhysicalSizeY": 0.65,
        "PhysicalSizeYUnit": "µm", "TimeIncrement": 60.0, "TimeIncrementUnit": "s",
    }  # fmt: skip
    tifffile.imwrite(stream, data, ome=True, metadata=about)
    return stream.getvalue(), data


async def test_an_uploaded_picture_becomes_an_image(lab, make_png):
    alice = await lab.person()
    project_id = await lab.project(alice)
    (image,) = await lab.upload(alice, project_id, plate1_B03_s1__png=make_png())
    assert image["state"] == "processing"
    waiting = await alice.get(f"/api/v1/images/{image['id']}/thumbnail")
    assert (waiting.status_code, waiting.json()["code"]) == (409, "image_not_ready")
    await lab.work()
    detail = (await alice.get(f"/api/v1/images/{image['id']}")).json()
    assert detail["state"] == "ready", detail
    assert (detail["width"], detail["height"], detail["dtype"]) == (200, 200, "uint8")
    assert (detail["well"], detail["n_frames"]) == ("B03", 1)
    thumbnail = await alice.get(f"/api/v1/images/{image['id']}/thumbnail")
    assert thumbnail.headers["content-type"] == "image/webp"
    assert PIL.Image.open(io.BytesIO(thumbnail.content)).size == (200, 200)
    assert "immutable" in thumbnail.headers["cache-control"]
    tag = {"If-None-Match": thumbnail.headers["etag"]}
    assert (await alice.get(f"/api/v1/images/{image['id']}/thumbnail", headers=tag)).status_code == 304


async def test_a_time_lapse_of_16_bit_is_shown_by_tiles_with_a_window_a_channel(lab):
    alice = await lab.person()
    project_id = await lab.project(alice)
    data, planes = stack()
    (image,) = await lab.upload(alice, project_id, A01__tif=data)
    await lab.work()
    url = f"/api/v1/images/{image['id']}"
    detail = (await alice.get(url)).json()
    assert (detail["n_frames"], detail["n_channels"], detail["pixel_size_x_um"]) == (3, 2, 0.65), detail
    frames = (await alice.get(f"{url}/frames")).json()
    assert [frame["time_s"] for frame in frames] == [0, 60, 120]
    first = await alice.get(f"{url}/tiles/0/0/0")
    assert (first.status_code, first.headers["cache-control"]) == (200, "private, no-cache")
    chosen = await alice.get(f"{url}/tiles/0/0/0", params={"c": "1:100:4000:ffffff", "frame": 2})
    assert "immutable" in chosen.headers["cache-control"]
    grey = np.asarray(PIL.Image.open(io.BytesIO(chosen.content)).convert("L")).astype(float)
    wanted = (planes[2, 1].astype(float) - 100) / 3900 * 255
    assert np.abs(grey - wanted).mean() < 12  # WebP of noise
    raw = await alice.get(f"{url}/tiles/0/0/0", params={"c": "1:0:1:ffffff", "frame": 1, "raw": True})
    assert (np.frombuffer(raw.content, "<u2").reshape(96, 96) == planes[1, 1]).all()
    assert (await alice.get(f"{url}/tiles/0/1/0")).json()["code"] == "no_such_tile"
    assert (await alice.get(f"{url}/tiles/0/0/0", params={"frame": 9})).json()["code"] == "no_such_tile"
    for wrong in ("7:0:1:ffffff", "0:5:1:ffffff", "0:nan:1:ffffff", "x"):
        assert (await alice.get(f"{url}/tiles/0/0/0", params={"c": wrong})).status_code == 404


async def test_the_same_content_is_stored_once_and_the_same_file_is_one_image(lab, make_png):
    alice, bob = await lab.person(), await lab.person("bob")
    hers, his = await lab.project(alice), await lab.project(bob)
    picture = make_png()
    (image,) = await lab.upload(alice, hers, A01__png=picture)
    (again,) = await lab.upload(alice, hers, A01__png=picture)
    (other,) = await lab.upload(alice, hers, A02__png=picture)
    (stranger,) = await lab.upload(bob, his, A01__png=picture)
    assert image["id"] == again["id"]
    assert len({image["id"], other["id"], stranger["id"]}) == 3
    async with lab.state.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(File)) == 1
    assert len([entry async for entry in lab.state.storage.list("files")]) == 1


async def test_a_request_sent_twice_doubles_nothing(lab, make_png):
    alice = await lab.person()
    project_id = await lab.project(alice)
    parts = [("files", ("a.png", make_png())), ("files", ("sub/b.png", make_png(seed=1)))]
    url, key = f"/api/v1/projects/{project_id}/images", {"Idempotency-Key": "once"}
    first = await alice.post(url, files=parts, headers=key)
    second = await alice.post(url, files=parts, headers=key)
    assert [one["image"]["id"] for one in first.json()["items"]] == [
        one["image"]["id"] for one in second.json()["items"]
    ]
    assert first.json()["items"][1]["image"]["relative_path"] == "sub"
    assert len((await alice.get(url)).json()["items"]) == 2
    assert len([entry async for entry in lab.state.storage.list("files")]) == 2


async def test_what_is_no_image_is_refused_at_the_door_or_says_why_later(lab, make_png):
    alice = await lab.person()
    project_id = await lab.project(alice)
    url = f"/api/v1/projects/{project_id}/images"
    answer = await alice.post(url, files=[("files", ("a.png", make_png())), ("files", ("b.png", b"MZ" + b"\0" * 999))])
    assert (answer.status_code, answer.json()["code"]) == (415, "not_an_image")
    assert (await alice.post(url, files=[("files", ("a.png", b""))])).json()["code"] == "bad_upload"
    assert (await alice.post(url, content=b"hello", headers={"Content-Type": "text/plain"})).json()[
        "code"
    ] == "bad_upload"
    assert [entry async for entry in lab.state.storage.list("files")] == []
    (image,) = await lab.upload(alice, project_id, broken__png=make_png()[:400])
    await lab.work()
    detail = (await alice.get(f"/api/v1/images/{image['id']}")).json()
    assert (detail["state"], detail["failure_code"]) == ("failed", "unreadable")
    assert "/" not in detail["failure_reason"]  # no path of ours
    assert "truncated" in detail["failure_reason"]


async def test_a_file_may_be_larger_than_a_json_body(lab):
    alice = await lab.person()
    project_id = await lab.project(alice)
    assert lab.state.settings.max_request_bytes < 17 * 2**20
    stream = io.BytesIO()
    tifffile.imwrite(stream, np.random.default_rng(1).integers(0, 255, (3000, 6200), dtype=np.uint8))
    (image,) = await lab.upload(alice, project_id, large__tif=stream.getvalue())
    assert image["size_bytes"] > 17 * 2**20
    lab.state.settings = lab.state.settings.model_copy(update={"max_upload_bytes": 100_000})
    url = f"/api/v1/projects/{project_id}/images"
    refused = await alice.post(url, files=[("files", ("x.tif", stream.getvalue()[:200_000]))])
    assert (refused.status_code, refused.json()["code"]) == (413, "file_too_large")
    assert len([entry async for entry in lab.state.storage.list("files")]) == 1


async def test_correcting_an_image_needs_its_version(lab, make_png):
    alice = await lab.person()
    project_id = await lab.project(alice)
    (image,) = await lab.upload(alice, project_id, picture__png=make_png())
    await lab.work()
    url = f"/api/v1/images/{image['id']}"
    tag = (await alice.get(url)).headers["etag"]
    changed = await alice.patch(
        url, json={"well": "c7", "time_s": 3600, "pixel_size_x_um": 1.5}, headers={"If-Match": tag}
    )
    assert changed.status_code == 200, changed.text
    corrected = changed.json()
    assert (corrected["well"], corrected["time_s"], corrected["pixel_size_source"]) == ("C7", 3600, "user")
    assert (await alice.patch(url, json={"well": "A1"}, headers={"If-Match": tag})).status_code == 412
    assert (await alice.patch(url, json={"well": "A1"})).status_code == 428
    assert (await alice.patch(url, json={"nonsense": 1}, headers={"If-Match": tag})).status_code == 422
    found = (await alice.get(f"/api/v1/projects/{project_id}/images", params={"well": "C07"})).json()["items"]
    assert [one["id"] for one in found] == [image["id"]]


async def test_names_are_read_again_with_another_pattern(lab, make_png):
    alice = await lab.person()
    project_id = await lab.project(alice)
    await lab.upload(alice, project_id, x7_B2_48h__png=make_png(), odd__png=make_png(seed=1))
    await lab.work()
    url = f"/api/v1/projects/{project_id}/names"
    pattern = {"pattern": "{plate}_{well}_{time:d}h"}
    preview = (await alice.post(f"{url}/preview", json=pattern)).json()
    assert [(one["plate"], one["well"], one["time_s"]) for one in preview if one["name"].startswith("x7")] == [
        ("x7", "B02", 48 * 3600)
    ]
    refused = await alice.post(f"{url}/preview", json={"pattern": "{nonsense}"})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_pattern")
    assert (await alice.post(url, json=pattern)).json() == {"n_images": 2}
    await lab.work()
    rows = (await alice.get(f"/api/v1/projects/{project_id}/images")).json()["items"]
    assert [(row["name"], row["plate"], row["well"]) for row in rows] == [
        ("odd.png", "", ""),
        ("x7_B2_48h.png", "x7", "B02"),
    ]


async def test_the_trash_gives_back_and_is_emptied_with_its_files(lab, make_png):
    alice = await lab.person()
    project_id = await lab.project(alice)
    images = await lab.upload(alice, project_id, a__png=make_png(), b__png=make_png(seed=1))
    await lab.work()
    url = f"/api/v1/projects/{project_id}/images"
    ids = [image["id"] for image in images]
    assert (await alice.post(f"{url}/trash", json={"image_ids": ids})).json() == {"n_images": 2}
    assert (await alice.get(url)).json()["items"] == []
    assert len((await alice.get(url, params={"trash": True})).json()["items"]) == 2
    assert (await alice.post(f"{url}/restore", json={"image_ids": ids[:1]})).json() == {"n_images": 1}
    assert [one["id"] for one in (await alice.get(url)).json()["items"]] == ids[:1]
    refused = await alice.delete(f"/api/v1/images/{ids[0]}", params={"forever": True})
    assert refused.status_code == 409
    set_worker_services(lab.state)
    await empty_trash(timestamp=0)
    assert len((await alice.get(url, params={"trash": True})).json()["items"]) == 1  # 30 days are not over
    lab.state.settings = lab.state.settings.model_copy(update={"trash_days": 0})
    await empty_trash(timestamp=0)
    await lab.state.storage.put("files/orphan", b"written by a request that was killed before it committed")
    await sweep_all(timestamp=0)
    async with lab.state.database.session() as session:
        assert await session.scalar(select(func.count()).select_from(ImageRow)) == 1
        assert await session.scalar(select(func.count()).select_from(File)) == 1
    kept = [entry.key async for entry in lab.state.storage.list("files")]
    assert len(kept) == 2  # the other image's, and the young orphan: its request may still be running
    derived = [entry.key async for entry in lab.state.storage.list("derived")]
    assert len(derived) == 1


async def test_the_summary_follows_changes(lab, make_png):
    alice = await lab.person()
    project_id = await lab.project(alice)
    async with lab.serving(with_worker=False):
        url = f"/api/v1/projects/{project_id}/summary"
        assert (await alice.get(url)).json()["n_images"] == 0
        await lab.upload(alice, project_id, a__png=make_png())
        for _ in range(100):  # the event that forgets the kept answer is on its way
            summary = (await alice.get(url)).json()
            if summary["n_images"] == 1:
                break
        assert json.dumps(summary["by_state"]) == '{"processing": 1}'
