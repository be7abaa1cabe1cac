"""Live connections end with the session, the token or the account that they began with."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest
import socketio
from sqlalchemy import delete
from tests.server.fixtures.events import connect_events

from spheroseg.server.resources.emit import emit
from spheroseg.server.tables.accounts import Session, User

API = "/api/v1"


class Browser:
    """A live connection that says when it was hung up, and remembers what it heard."""

    def __init__(self) -> None:
        self.client = socketio.AsyncClient(reconnection=False)
        self.ended = asyncio.Event()
        self.heard: asyncio.Queue[Any] = asyncio.Queue()
        self.client.on("disconnect", lambda *_: self.ended.set())
        self.client.on("event", self.heard.put)

    async def connect(self, url: str, token: str) -> Browser:
        await connect_events(self.client, url, token)
        return self

    async def subscribe(self, topic: str) -> dict[str, Any]:
        answer: dict[str, Any] = await self.client.call("subscribe", {"topic": topic}, timeout=120)
        return answer

    async def hung_up(self) -> bool:
        await asyncio.wait_for(self.ended.wait(), 120)
        return True


@pytest.fixture
async def connect() -> Any:
    browsers: list[Browser] = []

    async def make(url: str, token: str) -> Browser:
        browsers.append(await Browser().connect(url, token))
        return browsers[-1]

    yield make
    for browser in browsers:
        await browser.client.disconnect()


async def sign_out(person: Any, lab: Any) -> None:
    del lab
    assert (await person.post(f"{API}/auth/sign-out")).status_code == 204


async def sign_out_everywhere(person: Any, lab: Any) -> None:
    del lab
    assert (await person.post(f"{API}/auth/sign-out-everywhere")).status_code == 200


async def disable(person: Any, lab: Any) -> None:
    admin = await lab.person("admin")
    async with lab.state.database.session() as session:
        (await session.get_one(User, admin.user_id)).role = "admin"
    answer = await admin.patch(f"{API}/admin/users/{person.user_id}", json={"is_disabled": True})
    assert answer.status_code == 200


@pytest.mark.parametrize("end", [sign_out, sign_out_everywhere, disable])
async def test_is_hung_up_at_once_when_the_session_ends(lab: Any, connect: Any, end: Any) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    async with lab.serving(with_worker=False) as url:
        browser = await connect(url, alice.token)
        assert (await browser.subscribe(f"project:{project_id}"))["ok"]
        await end(alice, lab)
        assert await browser.hung_up()
        while not browser.heard.empty():
            browser.heard.get_nowait()
        async with lab.state.database.session() as session:
            await emit(session, f"project:{project_id}", {"type": "secret", "id": project_id})
        await asyncio.sleep(0)
        assert browser.heard.empty()


async def test_other_people_stay_connected(lab: Any, connect: Any) -> None:
    alice, bob = await lab.person(), await lab.person("bob")
    project_id = await lab.project(bob)
    async with lab.serving(with_worker=False) as url:
        hers, his = await connect(url, alice.token), await connect(url, bob.token)
        await sign_out(alice, lab)
        assert await hers.hung_up()
        assert (await his.subscribe(f"project:{project_id}"))["ok"]


async def test_a_revoked_token_is_hung_up(lab: Any, connect: Any) -> None:
    alice = await lab.person()
    made = (await alice.post(f"{API}/auth/tokens", json={"name": "script", "scopes": ["read"]})).json()
    project_id = await lab.project(alice)
    async with lab.serving(with_worker=False) as url:
        browser, own = await connect(url, made["token"]), await connect(url, alice.token)
        assert (await browser.subscribe(f"project:{project_id}"))["ok"]
        assert (await alice.delete(f"{API}/auth/tokens/{made['id']}")).status_code == 204
        assert await browser.hung_up()
        assert (await own.subscribe(f"project:{project_id}"))["ok"]


async def test_asks_again_at_each_subscription(lab: Any, connect: Any) -> None:
    """Also where the notification was lost."""
    alice = await lab.person()
    project_id = await lab.project(alice)
    async with lab.serving(with_worker=False) as url:
        browser = await connect(url, alice.token)
        async with lab.state.database.session() as session:
            await session.execute(delete(Session).where(Session.user_id == alice.user_id))  # nobody is told
        assert await browser.subscribe(f"project:{project_id}") == {"ok": False, "code": "session_ended"}
        assert await browser.hung_up()


async def test_a_token_that_may_not_read_hears_nothing(lab: Any) -> None:
    alice = await lab.person()
    token = (await alice.post(f"{API}/auth/tokens", json={"name": "starter", "scopes": ["run"]})).json()["token"]
    async with lab.serving(with_worker=False) as url:
        with pytest.raises(socketio.exceptions.ConnectionError):
            await Browser().connect(url, token)


async def test_another_process_forgets_the_session_at_once(lab: Any, connect: Any) -> None:
    """Its cache of known sessions is emptied by the notification, not by time."""
    alice = await lab.person()
    async with lab.serving(with_worker=False) as url:
        browser = await connect(url, alice.token)
        session_id = next(key for key in lab.state.known_actors._entries if isinstance(key, uuid.UUID))
        assert lab.state.known_actors.get(session_id) is not None
        async with lab.state.database.session() as session:  # what another process does at sign-out
            await session.execute(delete(Session).where(Session.user_id == alice.user_id))
            await emit(session, f"user:{alice.user_id}", {"type": "credentials.ended", "id": str(alice.user_id)})
        assert await browser.hung_up()
        assert (await alice.get(f"{API}/users/me")).status_code == 401
