"""The web app's files: found, compressed, kept for ever or asked for again, and nothing else of the disk."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from tests.server.fixtures.people import Client

from spheroseg.server.config import Settings
from spheroseg.server.http.security_headers import SecurityHeaders
from spheroseg.server.http.static_files import WebPages, page_version


@pytest.fixture
def web(app: FastAPI, tmp_path: Path) -> Path:
    """A built web app."""
    folder = tmp_path / "web"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>SpheroSeg</title>")
    (folder / "manifest.webmanifest").write_text("{}")
    (folder / "assets" / "app-1a2b.js").write_text("let x = 1;" * 100)
    (folder / "assets" / "app-1a2b.js.gz").write_bytes(gzip.compress(b"let x = 1;" * 100))
    (tmp_path / "secret.txt").write_text("not for you")
    app.router.default = WebPages(folder)
    return folder


@pytest.mark.usefixtures("web")
async def test_every_page_is_the_app(client: httpx.AsyncClient) -> None:
    for path in ("/", "/projects/42", "/sign-in", "/index.html"):
        answer = await client.get(path)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["cache-control"] == "no-cache"
        assert "script-src 'self'" in answer.headers["content-security-policy"]
    again = await client.get("/", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.usefixtures("web")
async def test_assets_are_kept_for_ever_and_sent_compressed(client: httpx.AsyncClient) -> None:
    answer = await client.get("/assets/app-1a2b.js", headers={"Accept-Encoding": "gzip, br;q=0.5"})
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["vary"] == "Accept-Encoding"
    assert "javascript" in answer.headers["content-type"]
    assert answer.text.startswith("let x")
    plain = await client.get("/assets/app-1a2b.js", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert (await client.get("/assets/app-old.js")).status_code == 404
    manifest = await client.get("/manifest.webmanifest")
    assert manifest.headers["content-type"] == "application/manifest+json"


@pytest.mark.usefixtures("web")
@pytest.mark.parametrize(
    "path", ["/../secret.txt", "/%2e%2e/secret.txt", "/assets/..%2f..%2fsecret.txt", "//etc/passwd", "/a%00b"]
)
async def test_nothing_outside_its_folder_is_read(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert "not for you" not in answer.text
    assert "root:" not in answer.text
    assert answer.status_code in {200, 404}


@pytest.mark.usefixtures("web")
async def test_the_api_is_not_the_app(client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/nothing", "/health/nothing"):
        answer = await client.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert (await client.post("/projects/42")).status_code == 404


async def test_without_a_build_it_says_what_to_do(app: FastAPI, client: httpx.AsyncClient, tmp_path: Path) -> None:
    app.router.default = WebPages(tmp_path / "nothing")
    assert "make web" in (await client.get("/")).text


def test_a_page_is_known_by_its_first_script(tmp_path: Path) -> None:
    page = tmp_path / "index.html"
    assert page_version(page) is None
    page.write_text("<!doctype html><title>of something else</title>")
    assert page_version(page) is None
    page.write_text('<head><script type="module" crossorigin src="/assets/index-Ab1_-2.js"></script></head>')
    assert page_version(page) == "index-Ab1_-2.js"


async def test_every_answer_of_the_api_says_which_page_belongs_to_it(
    app: FastAPI, settings: Settings, tmp_path: Path
) -> None:
    page = tmp_path / "index.html"
    page.write_text('<script type="module" src="/assets/index-Ab1_-2.js"></script>')
    async with Client(SecurityHeaders(app, settings=settings, page=page)) as client:
        for path in ("/api/v1/auth/providers", "/api/v1/no-such-thing", "/api/v1/projects"):
            assert (await client.get(path)).headers["SpheroSeg-Page"] == "index-Ab1_-2.js"
        assert "SpheroSeg-Page" not in (await client.get("/")).headers


async def test_without_a_build_no_page_belongs_to_an_answer(settings: Settings, tmp_path: Path) -> None:
    async with Client(SecurityHeaders(FastAPI(), settings=settings, page=tmp_path / "index.html")) as client:
        assert "SpheroSeg-Page" not in (await client.get("/api/v1/projects")).headers
