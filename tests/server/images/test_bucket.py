"""The whole way of an image with its files in a bucket of S3 instead of a folder."""

import base64

from spheroseg.server.images import tasks
from spheroseg.server.resources.storage import Storage


async def test_files_live_in_a_bucket_from_the_upload_to_the_end(lab, bucket, make_png):
    lab.state.storage = storage = Storage.open(bucket)
    alice = await lab.person()
    project_id = await lab.project(alice, pixel_size_um=1.0)
    (sent,) = await lab.upload(alice, project_id, a__png=make_png())

    # a resumable upload in two requests: two objects, put together by the worker
    data = make_png(size_px=1200, radius_px=200, seed=1)
    tus = {"Tus-Resumable": "1.0.0"}
    name = base64.b64encode(b"b.png").decode()
    created = await alice.post(
        f"/api/v1/projects/{project_id}/uploads",
        headers=tus | {"Upload-Length": str(len(data)), "Upload-Metadata": f"filename {name}"},
    )
    half = len(data) // 2
    for offset, part in ((0, data[:half]), (half, data[half:])):
        headers = tus | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        answer = await alice.patch(created.headers["location"], content=part, headers=headers)
        assert answer.status_code == 204, answer.text
    await lab.work()
    images = (await alice.get(f"/api/v1/projects/{project_id}/images")).json()["items"]
    assert [(one["name"], one["state"], one["width"]) for one in images] == [
        ("a.png", "ready", 200),
        ("b.png", "ready", 1200),
    ]

    url = f"/api/v1/images/{images[1]['id']}"
    assert (await alice.get(f"{url}/file")).content == data
    part = await alice.get(f"{url}/file", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, data[100:200])
    assert (await alice.get(f"{url}/thumbnail")).content[8:12] == b"WEBP"
    assert (await alice.get(f"{url}/tiles/0/2/2")).content[8:12] == b"WEBP"

    run = await alice.post(
        f"/api/v1/projects/{project_id}/runs", json={"model": "classical", "image_ids": [sent["id"]]}
    )
    assert run.status_code == 201, run.text
    await lab.work()
    frames = (await alice.get(f"/api/v1/images/{sent['id']}/frames")).json()
    assert frames[0]["n_objects"] == 1
    kept = {entry.key.split("/")[0] for entry in [entry async for entry in storage.list("artefacts")]}
    assert kept == {"artefacts"}
    preview = await alice.get(f"/api/v1/results/{frames[0]['result_id']}/threshold", params={"value": 0.4})
    assert preview.status_code == 200

    for one in images:
        await alice.delete(f"/api/v1/images/{one['id']}")
        assert (await alice.delete(f"/api/v1/images/{one['id']}", params={"forever": True})).status_code == 204
    await lab.work()
    await tasks.sweep()
    left = [
        entry.key for prefix in ("files", "uploads", "derived", "artefacts") async for entry in storage.list(prefix)
    ]
    assert left == []
