"""The database: ids, the one transaction of a request, timeouts."""

from __future__ import annotations

import asyncio
import time
import uuid

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import configure_mappers

from spheroseg.server.access.services import Services
from spheroseg.server.app import build_app
from spheroseg.server.http.errors import Conflict
from spheroseg.server.resources.db import SessionDep, new_id
from spheroseg.server.tables import METADATA
from spheroseg.server.tables.accounts import User
from spheroseg.server.tables.projects import Folder


def test_ids_are_ordered_by_time_and_not_guessable() -> None:
    before = time.time_ns() // 1_000_000
    ids = [new_id() for _ in range(1000)]
    after = time.time_ns() // 1_000_000
    assert all(each.version == 7 and each.variant == uuid.RFC_4122 for each in ids)
    assert all(before <= each.int >> 80 <= after for each in ids)
    assert len({each.int & ((1 << 62) - 1) for each in ids}) == 1000


def person(name: str) -> User:
    return User(email=f"{name}@x.org", email_key=f"{name}@x.org")


@pytest.fixture
def probe(live_state: Services) -> FastAPI:
    """An application with routes that change something and end in several ways."""
    app = build_app(live_state.settings, live_state)

    @app.post("/kept")
    async def kept(session: SessionDep) -> dict[str, str]:
        session.add(person("kept"))
        return {}

    @app.post("/refused")
    async def refused(session: SessionDep) -> None:
        session.add(person("refused"))
        await session.flush()
        raise Conflict

    @app.post("/late")
    async def late(session: SessionDep) -> dict[str, str]:
        session.add_all([person("late"), person("late")])  # the second is refused when it is committed
        return {"status": "all is well"}

    @app.post("/slow")
    async def slow(session: SessionDep) -> None:
        await session.execute(text("SET LOCAL statement_timeout = 100"))
        await session.execute(text("SELECT pg_sleep(5)"))

    return app


async def test_returning_commits_raising_rolls_back_and_a_failed_commit_is_no_success(
    probe: FastAPI, live_state: Services
) -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=probe), base_url="http://testserver") as client:
        assert (await client.post("/kept")).status_code == 200
        assert (await client.post("/refused")).json()["code"] == "conflict"
        late = await client.post("/late")
        assert (late.status_code, "well" in late.text) == (409, False)
        slow = await client.post("/slow")
        assert (slow.status_code, slow.json()["code"]) == (503, "unavailable")
        assert slow.headers["Retry-After"] == "1"
    async with live_state.database.session() as session:
        assert (await session.scalars(select(User.email))).all() == ["kept@x.org"]


async def test_what_is_locked_is_waited_for_only_so_long(live_state: Services) -> None:
    async with live_state.database.session() as session:
        session.add(person("x"))
    async with live_state.database.session() as first, live_state.database.session() as second:
        await first.execute(text("UPDATE users SET name = 'a'"))
        await second.execute(text("SET LOCAL lock_timeout = 50"))
        with pytest.raises(DBAPIError, match="lock timeout"):
            await second.execute(text("UPDATE users SET name = 'b'"))
        await second.rollback()


async def test_every_connection_has_its_timeouts(live_state: Services) -> None:
    async with live_state.database.session() as session:
        shown = [
            await session.scalar(text(f"SHOW {name}"))
            for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "timezone")
        ]
    assert shown == ["10min", "5s", "1min", "UTC"]  # the first as `settings` has it


async def test_a_killed_connection_is_replaced_before_it_is_noticed(live_state: Services) -> None:
    async with live_state.database.session() as session:
        pid = await session.scalar(text("SELECT pg_backend_pid()"))
    async with live_state.database.session() as one, live_state.database.session() as other:
        pids = {await one.scalar(text("SELECT pg_backend_pid()")), await other.scalar(text("SELECT pg_backend_pid()"))}
        assert pid in pids
        killer = one if await one.scalar(text("SELECT pg_backend_pid()")) != pid else other
        await killer.execute(text(f"SELECT pg_terminate_backend({pid})"))
        await killer.commit()
        for each in (one, other):
            if each is not killer:
                await each.invalidate()
    async with live_state.database.session() as session:
        assert await session.scalar(text("SELECT 1")) == 1


async def test_more_requests_than_connections_wait_their_turn(live_state: Services) -> None:
    async def ask() -> int:
        async with live_state.database.session() as session:
            await session.execute(text("SELECT pg_sleep(0.05)"))
            return await session.scalar(text("SELECT 1")) or 0

    assert sum(await asyncio.gather(*[ask() for _ in range(30)])) == 30


def test_no_relation_is_loaded_behind_our_back() -> None:
    configure_mappers()
    for mapper in Folder.registry.mappers:
        assert all(relation.lazy == "raise" for relation in mapper.relationships), mapper
    assert len(METADATA.tables) >= 15


async def test_connections_that_the_database_closed_cost_no_request(live_state: Services) -> None:
    database = live_state.database
    async with database.session() as one, database.session() as two, database.reading_sessions() as three:
        for session in (one, two, three):
            await session.execute(text("SELECT 1"))
    async with database.session() as session:
        others = "pid <> pg_backend_pid() AND application_name = 'spheroseg-api' AND datname = current_database()"
        ending = text(f"SELECT pid, pg_terminate_backend(pid) AS is_ended FROM pg_stat_activity WHERE {others}")
        ended = (await session.execute(ending)).all()
        assert [row.is_ended for row in ended] == [True, True]
        left = text("SELECT count(*) FROM pg_stat_activity WHERE pid = ANY(:pids)")
        while await session.scalar(left, {"pids": [row.pid for row in ended]}):
            await session.execute(text("SELECT pg_stat_clear_snapshot()"))  # else a transaction sees what it saw
    async with database.session() as one, database.session() as two, database.reading_sessions() as three:
        for session in (one, two, three):
            assert await session.scalar(text("SELECT 1")) == 1


async def test_readers_change_nothing(live_state: Services) -> None:
    async with live_state.database.reading_sessions() as session:
        with pytest.raises(DBAPIError, match="read-only"):
            await session.execute(text("DELETE FROM users"))
