"""Talking to a service: one connection, its session, its problems as errors."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx

from spheroseg.errors import SpheroSegError


class ServiceError(SpheroSegError):
    """The service refused or failed.

    Attributes:
        status: HTTP status; 0 when it could not be reached.
        code: stable name of the problem ("not_found", "unknown_model", …).
        detail: what happened, for people.
    """

    def __init__(self, status: int, code: str, detail: str) -> None:
        self.status, self.code, self.detail = status, code, detail
        super().__init__(detail or code)


class Connection:
    """HTTP to one service.

    Args:
        url: of the service.
        token: a personal token, or None to sign in.
        timeout_s: for one answer.
        transport: of httpx, for special networks.
    """

    def __init__(self, url: str, token: str | None, timeout_s: float, transport: httpx.BaseTransport | None) -> None:
        self.http = httpx.Client(
            base_url=f"{url.rstrip('/')}/api/v1",
            timeout=httpx.Timeout(timeout_s, connect=10.0),
            headers={"User-Agent": "spheroseg-client"},
            transport=transport,
        )
        self._refresh_token: str | None = None
        if token is not None:
            self.http.headers["Authorization"] = f"Bearer {token}"

    def keep(self, answer: dict[str, Any]) -> None:
        """Go on with the tokens of a session."""
        self.http.headers["Authorization"] = f"Bearer {answer['access_token']}"
        self._refresh_token = answer["refresh_token"]

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:  # noqa: ANN401 -- httpx's arguments
        """One request; an ended session is continued once.

        Raises:
            ServiceError: the service refused or cannot be reached.
        """
        response = self._send(method, path, **request)
        if response.status_code == 401 and self._refresh_token is not None and not path.startswith("/auth/"):
            self.keep(self.ask("POST", "/auth/refresh", json={"refresh_token": self._refresh_token}).json())
            for _, (_, stream) in request.get("files", ()):
                stream.seek(0)
            response = self._send(method, path, **request)
        check(response)
        return response

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:  # noqa: ANN401 -- httpx's arguments
        try:
            return self.http.request(method, path, **request)
        except httpx.TransportError as error:
            raise ServiceError(0, "unreachable", f"the service cannot be reached: {error}") from error

    def pages(self, path: str, **params: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 -- query parameters
        """The items of all pages of a listing."""
        cursor: str | None = None
        while True:
            answer = self.ask(
                "GET", path, params=params | {"limit": 200} | ({"cursor": cursor} if cursor else {})
            ).json()
            yield from answer["items"]
            cursor = answer["next_cursor"]
            if cursor is None:
                return


def check(response: httpx.Response) -> None:
    """Raise what a problem says.

    Raises:
        ServiceError: the answer is one.
    """
    if response.status_code < 400:
        return
    try:
        answer = response.json()
    except ValueError:
        answer = {}
    detail = answer.get("detail") or answer.get("title") or f"the service answered with status {response.status_code}"
    raise ServiceError(response.status_code, answer.get("code", "unknown"), detail)
