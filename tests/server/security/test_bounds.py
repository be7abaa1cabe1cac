"""What one request, one file and one person may take: bounds that are told in one sentence."""

from __future__ import annotations

import asyncio
import io
import json
import shutil
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from spheroseg.server.tables.images import Upload

API = "/api/v1"
TUS = {"Tus-Resumable": "1.0.0"}


async def announce(person: Any, project_id: str, length: int) -> httpx.Response:
    headers = TUS | {"Upload-Length": str(length), "Upload-Metadata": "filename YS5wbmc="}
    answer: httpx.Response = await person.post(f"{API}/projects/{project_id}/uploads", headers=headers)
    return answer


def with_settings(lab: Any, **values: Any) -> None:
    lab.state.settings = lab.state.settings.model_copy(update=values)


async def test_so_many_uploads_may_be_open(lab: Any) -> None:
    alice, bob = await lab.person(), await lab.person("bob")
    project_id, other = await lab.project(alice), await lab.project(bob)
    with_settings(lab, max_open_uploads=5)
    answers = await asyncio.gather(*(announce(alice, project_id, 1000) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] * 5 + [409] * 7
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert refused.json()["code"] == "too_many_uploads"
    assert "at most 5" in refused.json()["detail"]
    assert (await announce(bob, other, 1000)).status_code == 201
    async with lab.state.database.session() as session:
        upload_id = (await session.scalars(select(Upload.id).where(Upload.user_id == alice.user_id))).first()
    assert (await alice.delete(f"{API}/uploads/{upload_id}", headers=TUS)).status_code == 204
    assert (await announce(alice, project_id, 1000)).status_code == 201


async def test_bytes_that_were_announced_count(lab: Any) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    with_settings(lab, max_person_bytes=10_000)
    assert (await announce(alice, project_id, 9_000)).status_code == 201
    answer = await announce(alice, project_id, 2_000)
    assert (answer.status_code, answer.json()["code"]) == (413, "quota_exceeded")
    assert answer.json()["detail"].startswith("You have 9.0 kB of 10.0 kB; 2.0 kB more do not fit.")


async def test_bytes_that_came_count_for_person_and_project(lab: Any, make_png: Any) -> None:
    alice, bob = await lab.person(), await lab.person("bob")
    project_id = await lab.project(alice)
    await lab.member(project_id, bob, "editor")
    data = make_png()
    await lab.upload(alice, project_id, a__png=data)
    with_settings(lab, max_project_bytes=len(data) + 1000)
    files = [("files", ("b.png", make_png(seed=1)))]
    answer = await bob.post(f"{API}/projects/{project_id}/images", files=files)
    assert (answer.status_code, answer.json()["code"]) == (413, "quota_exceeded")
    assert answer.json()["detail"].startswith("The project has")
    with_settings(lab, max_project_bytes=10**9, max_project_images=1)
    answer = await bob.post(f"{API}/projects/{project_id}/images", files=files)
    assert answer.json()["code"] == "quota_exceeded"


async def test_a_disk_that_is_nearly_full_takes_nothing_and_serves_on(lab: Any, make_png: Any) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    (image,) = await lab.upload(alice, project_id, a__png=make_png())
    await lab.work()
    with_settings(lab, min_free_bytes=shutil.disk_usage(lab.state.storage.root).free + 10**12)
    for answer in (
        await announce(alice, project_id, 1000),
        await alice.post(f"{API}/projects/{project_id}/images", files=[("files", ("b.png", make_png(seed=1)))]),
    ):
        assert (answer.status_code, answer.json()["code"]) == (507, "storage_full")
        assert "are free" in answer.json()["detail"]
    thumbnail = await alice.get(f"{API}/images/{image['id']}/thumbnail")
    assert thumbnail.status_code == 200
    # kept by the browser for ever, and for this session only
    assert "immutable" in thumbnail.headers["Cache-Control"]
    assert "Cookie" in thumbnail.headers["Vary"]


async def test_a_file_that_is_gone_from_the_storage_is_told_as_gone(lab: Any, make_png: Any) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    (image,) = await lab.upload(alice, project_id, a__png=make_png())
    await lab.work()
    await lab.state.storage.delete([entry.key async for entry in lab.state.storage.list("files")])
    answer = await alice.get(f"{API}/images/{image['id']}/file")
    assert (answer.status_code, answer.json()["code"]) == (410, "lost")


@pytest.mark.parametrize(("n_fields", "n_bytes"), [(101, 1), (3, 40_000)])
async def test_form_fields_that_nobody_reads_are_bounded(lab: Any, make_png: Any, n_fields: int, n_bytes: int) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    fields = {f"field{number}": "x" * n_bytes for number in range(n_fields)}
    answer = await alice.post(
        f"{API}/projects/{project_id}/images", data=fields, files=[("files", ("a.png", make_png()))]
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_upload")
    assert (await alice.get(f"{API}/projects/{project_id}/images")).json()["items"] == []


@pytest.mark.parametrize("path", ["images", "runs"])
@pytest.mark.parametrize("values", [[None, None], [None], [[], {}], {}, ["a" * 50, None]])
async def test_a_cursor_of_something_else_is_refused(alice: Any, make_project: Any, path: str, values: Any) -> None:
    import base64  # noqa: PLC0415 -- only here

    project = await make_project(alice)
    cursor = base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")
    answer = await alice.get(f"{API}/projects/{project['id']}/{path}", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


@pytest.mark.parametrize("depth", [17, 300, 900, 20_000])
async def test_preferences_are_not_nested_without_end(alice: Any, depth: int) -> None:
    body = '{"preferences": {"a": ' + "[" * depth + "]" * depth + "}}"
    answer = await alice.patch(
        f"{API}/users/me", content=body, headers={"If-Match": '"1"', "Content-Type": "application/json"}
    )
    assert answer.status_code in {400, 422}


async def test_preferences_of_a_reasonable_depth_are_kept(alice: Any) -> None:
    wanted = {"columns": {"table": [["a", {"b": [1]}]]}}
    answer = await alice.patch(f"{API}/users/me", json={"preferences": wanted}, headers={"If-Match": '"1"'})
    assert answer.json()["preferences"] == wanted


class TestHeaders:
    """A real socket, because it is what reads them that is bounded."""

    async def talk(self, url: str, *pieces: bytes) -> bytes:
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        try:
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
            return await asyncio.wait_for(reader.read(4096), 60)
        except (ConnectionResetError, BrokenPipeError):
            return b""
        finally:
            writer.close()

    async def test_too_many_or_too_long_ones_are_refused(self, bounded: str) -> None:
        begin = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"
        assert b"200 OK" in await self.talk(bounded, begin + b"Connection: close\r\n\r\n")
        many = b"".join(b"X-%d: 1\r\n" % number for number in range(10_000))
        assert b" 431 " in (await self.talk(bounded, begin + many + b"\r\n"))[:40]
        long = b"X-Long: " + b"a" * 1_000_000
        assert b" 431 " in (await self.talk(bounded, begin + long))[:40]

    async def test_ones_that_never_end_are_not_waited_for(self, bounded: str, monkeypatch: pytest.MonkeyPatch) -> None:
        from spheroseg.server.http import bounds  # noqa: PLC0415 -- only here

        monkeypatch.setattr(bounds, "HEAD_TIMEOUT_S", 0.2)
        assert b" 408 " in (await self.talk(bounded, b"GET /health/live HTTP/1.1\r\nHost: x\r\n"))[:40]
        assert b" 408 " in (await self.talk(bounded, b""))[:40]

    async def test_a_long_body_is_not_counted_as_headers(self, bounded: str) -> None:
        body = json.dumps({"email": "a@example.org", "password": "x" * 200_000}).encode()
        async with httpx.AsyncClient(base_url=bounded) as client:
            answer = await client.post(
                f"{API}/auth/sign-in", content=io.BytesIO(body).read(), headers={"Content-Type": "application/json"}
            )
            assert answer.status_code == 422
            assert (await client.get("/health/live")).status_code == 200


@pytest.fixture
async def bounded(app: Any) -> Any:
    """The address of the application, read as `spheroseg api` reads it."""
    import uvicorn  # noqa: PLC0415 -- only here

    from spheroseg.server.http.bounds import BoundedProtocol  # noqa: PLC0415 -- only here

    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_config=None, http=BoundedProtocol))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving
