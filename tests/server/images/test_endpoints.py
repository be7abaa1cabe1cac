"""Images as users see them: upload, list, correct, trash, pictures."""

import asyncio
import io

import PIL.Image


async def test_an_uploaded_picture_becomes_an_image(lab, make_png):
    alice = await lab.person()
    project_id = await lab.project(alice)
    (image,) = await lab.upload(alice, project_id, plate1_B03_s1__png=make_png())
    assert image["state"] == "processing"
    await lab.work()
    answer = await alice.get(f"/api/v1/images/{image['id']}")
    assert answer.status_code == 200
    detail = answer.json()
    assert detail["state"] == "ready", detail
    assert (detail["width"], detail["height"], detail["dtype"]) == (200, 200, "uint8")
    assert detail["well"] == "B03"
    assert detail["n_frames"] == 1
    thumbnail = await alice.get(f"/api/v1/images/{image['id']}/thumbnail")
    assert thumbnail.headers["content-type"] == "image/webp"
    assert PIL.Image.open(io.BytesIO(thumbnail.content)).size == (200, 200)
    assert "immutable" in thumbnail.headers["cache-control"]
    again = await alice.get(
        f"/api/v1/images/{image['id']}/thumbnail", headers={"If-None-Match": thumbnail.headers["etag"]}
    )
    assert again.status_code == 304


async def test_nothing_waits(lab):
    await asyncio.sleep(0)
