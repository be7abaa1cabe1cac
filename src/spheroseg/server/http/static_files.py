"""The web app's files: built by `make web` into `server/web/`; every address that is no file is the app itself."""

from __future__ import annotations

import mimetypes
import re
from email.utils import formatdate
from pathlib import Path

import anyio
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

FOLDER = Path(__file__).parents[1] / "web"
NOT_BUILT = "The web app is not built here: run `make web`. The API is at /api/v1.\n"
FOREVER = "public, max-age=31536000, immutable"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
"""Compressed twins that may lie beside a file, the smallest first."""

OURS = ("/api/", "/health/", "/metrics")


_ENTRY = re.compile(r'<script type="module"[^>]* src="/assets/([^"]+)"')


def page_version(page: Path = FOLDER / "index.html") -> str | None:
    """What tells one build of the page from another: its first script, whose name hashes all others; `None` if not built."""
    found = _ENTRY.search(page.read_text(encoding="utf-8")) if page.is_file() else None
    return found and found[1]


class WebPages:
    """Serves the built web app.

    Args:
        folder: what the build wrote; need not exist.
    """

    def __init__(self, folder: Path = FOLDER) -> None:
        self.folder = folder.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a GET or HEAD that no route of the API took."""
        path: str = scope["path"]
        if path.startswith(OURS) or scope["method"] not in {"GET", "HEAD"}:
            raise HTTPException(404)
        response = await anyio.to_thread.run_sync(self._response, path, Headers(scope=scope))
        await response(scope, receive, send)

    def _response(self, path: str, headers: Headers) -> Response:
        file = self._file(path)
        if file is None:
            if path.startswith("/assets/"):
                raise HTTPException(404)  # an old page asks for a file of an old build: the app would be no answer
            file = self.folder / "index.html"
        if not file.is_file():
            return PlainTextResponse(NOT_BUILT)
        media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        if file.suffix == ".webmanifest":
            media_type = "application/manifest+json"
        own = {
            "Cache-Control": FOREVER if path.startswith("/assets/") else "no-cache",
            "Vary": "Accept-Encoding",
        }
        accepted = {part.split(";")[0].strip() for part in headers.get("accept-encoding", "").split(",")}
        for name, suffix in ENCODINGS:
            twin = file.with_name(file.name + suffix)
            if name in accepted and twin.is_file():
                file, own["Content-Encoding"] = twin, name
                break
        stat = file.stat()
        tag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
        if headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=own | {"ETag": tag})
        own |= {"ETag": tag, "Last-Modified": formatdate(stat.st_mtime, usegmt=True)}
        return FileResponse(file, media_type=media_type, headers=own, stat_result=stat)

    def _file(self, path: str) -> Path | None:
        """The file that an address names; `None` when there is none, or it lies outside the folder."""
        if "\0" in path:
            return None
        file = (self.folder / path.lstrip("/")).resolve()
        return file if file.is_relative_to(self.folder) and file.is_file() else None
