"""What every answer carries: the security headers, and of the API which page belongs to it."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from spheroseg.server.config import Settings
from spheroseg.server.http.static_files import FOLDER, page_version

EMPTY_STYLE = "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
"""MUI puts an empty <style> into the page and adds rules to it by script, which no policy is asked about."""


NO_TRANSITIONS = "'sha256-GNF74DLkXb0fH3ILHgILFjk1ozCF3SNXQ5mQb7WLu/Y='"
"""What MUI puts into the page for a moment while light becomes dark, so that nothing fades."""

GRID_VARIABLES = "'sha256-bm7Sn/VoHbsFC4HfqcsA4Piufcl+zg6X5kKl8GDbIjw='"
"""What MUI's data grid puts into the page: names for colours and distances of the theme, without which it has neither."""

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)


def content_security_policy(public_url: str, page: Path = FOLDER / "index.html") -> str:
    """What our pages may load and where they may talk to: our own host, by HTTP and by WebSocket.

    Args:
        public_url: address of the service.
        page: the built page, whose own styles are allowed by their hashes; need not exist.
    """
    html = page.read_text(encoding="utf-8") if page.is_file() else ""
    hashes = [base64.b64encode(hashlib.sha256(style.encode()).digest()).decode() for style in _STYLE.findall(html)]
    styles = " ".join([EMPTY_STYLE, NO_TRANSITIONS, GRID_VARIABLES, *(f"'sha256-{each}'" for each in hashes)])
    parts = urlsplit(public_url)
    socket = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
    return "; ".join((
        "default-src 'self'",
        "script-src 'self'",
        f"style-src 'self' {styles}",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        f"connect-src 'self' {socket}",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ))  # fmt: skip


API_POLICY = "default-src 'none'; frame-ancestors 'none'"
"""For answers that are no pages: even a file that claims to be HTML does nothing."""


class SecurityHeaders:
    """Sets the security headers of every answer, and on those of the API the version of the page that belongs to it.

    Args:
        app: what answers.
        settings: the public address, and whether it is a secure one.
        page: the built page; need not exist.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings, page: Path = FOLDER / "index.html") -> None:
        self.app = app
        self.is_secure = settings.is_secure
        self.page_policy = content_security_policy(settings.public_url)
        self.page_version = page_version(page)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with the headers added."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._add(MutableHeaders(scope=message), scope["path"])
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _add(self, headers: MutableHeaders, path: str) -> None:
        # by its address: a 304 states no type, and its headers replace those of the page that the browser kept
        is_page = not path.startswith(("/api/", "/health/", "/metrics"))
        headers.setdefault("Content-Security-Policy", self.page_policy if is_page else API_POLICY)
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        headers["Referrer-Policy"] = "same-origin"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), microphone=(), geolocation=(), payment=()"
        if path.startswith("/api/"):
            if self.page_version is not None:
                headers["SpheroSeg-Page"] = self.page_version  # a page that is another one offers to be loaded again
            headers.setdefault("Cache-Control", "no-store")
            if "immutable" in headers["Cache-Control"]:
                # a picture that is kept is kept for this session: the next person at the machine has other cookies
                headers.add_vary_header("Cookie")
        if self.is_secure:
            headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
