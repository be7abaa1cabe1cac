"""The audit log: written with the change, never changed, one partition a month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.access.actor import Actor
from spheroseg.server.access.audit_record import record
from spheroseg.server.access.services import Services
from spheroseg.server.audit.repository import erase_person
from spheroseg.server.audit.service import add_months, keep_partitions
from spheroseg.server.resources.db import new_id
from spheroseg.server.tables.audit import AuditEntry

API = "/api/v1"
SOMEBODY = Actor(user_id=new_id(), ip="203.0.113.7", user_agent="browser", request_id="r-1")


async def partitions(session: AsyncSession) -> list[str]:
    rows = await session.scalars(
        text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_log'::regclass ORDER BY 1")
    )
    return list(rows)


async def test_an_entry_stands_when_the_change_does(live_state: Services) -> None:
    async with live_state.database.session() as session:
        await record(session, SOMEBODY, "kept.change", subject_type="thing")
    with pytest.raises(RuntimeError):
        await change_and_fail(live_state)
    async with live_state.database.session() as session:
        assert (await session.scalars(select(AuditEntry.action))).all() == ["kept.change"]


async def change_and_fail(state: Services) -> None:
    async with state.database.session() as session:
        await record(session, SOMEBODY, "lost.change", subject_type="thing")
        await session.flush()
        raise RuntimeError


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_log SET action = 'nothing'",
        "UPDATE audit_log SET ip = NULL",
        "DELETE FROM audit_log",
        "UPDATE audit_log_default SET at = now()",
    ],
)
async def test_entries_cannot_be_changed(session: AsyncSession, statement: str) -> None:
    await record(session, SOMEBODY, "some.change", subject_type="thing")
    await session.flush()
    with pytest.raises(DBAPIError, match="append-only"):
        await session.execute(text(statement))


async def test_erasing_a_person_blanks_where_they_came_from_and_nothing_else(session: AsyncSession) -> None:
    await record(session, SOMEBODY, "some.change", subject_type="thing", details={"a": 1})
    await record(session, Actor(user_id=new_id(), ip="198.51.100.1"), "other.change", subject_type="thing")
    await session.flush()
    assert SOMEBODY.user_id is not None
    await erase_person(session, SOMEBODY.user_id)
    session.expire_all()
    mine, other = (await session.scalars(select(AuditEntry).order_by(AuditEntry.at))).all()
    assert (mine.action, mine.actor_id, mine.ip, mine.user_agent) == ("some.change", SOMEBODY.user_id, None, None)
    assert mine.details == {}
    assert other.ip == "198.51.100.1"
    with pytest.raises(DBAPIError, match="append-only"):  # and the way is closed again
        await session.execute(text("UPDATE audit_log SET ip = NULL, user_agent = NULL, details = '{}'"))


async def test_partitions_are_made_ahead_and_dropped_when_old(session: AsyncSession) -> None:
    for day in (dt.date(2030, 1, 31), dt.date(2030, 2, 1)):
        await keep_partitions(session, months=24, today=day)
    assert await partitions(session) == ["audit_log_2030_01", "audit_log_2030_02", "audit_log_2030_03", "audit_log_2030_04", "audit_log_default"]  # fmt: skip
    session.add(
        AuditEntry(at=dt.datetime(2030, 2, 28, 23, 59, tzinfo=dt.UTC), action="x.y", subject_type="t", details={})
    )
    await session.flush()
    assert await session.scalar(text("SELECT count(*) FROM audit_log_2030_02")) == 1
    await keep_partitions(session, months=24, today=dt.date(2032, 3, 15))
    assert [name for name in await partitions(session) if "2030" in name] == ["audit_log_2030_03", "audit_log_2030_04"]
    assert await session.scalar(select(func.count()).select_from(AuditEntry)) == 0


def test_months() -> None:
    assert add_months(dt.date(2026, 11, 1), 2) == dt.date(2027, 1, 1)
    assert add_months(dt.date(2026, 1, 1), -1) == dt.date(2025, 12, 1)
    assert add_months(dt.date(2026, 1, 1), -24) == dt.date(2024, 1, 1)


async def test_members_read_the_log_of_their_project_without_addresses(
    alice: Any, bob: Any, make_project: Callable[..., Awaitable[dict[str, Any]]]
) -> None:
    project = await make_project(alice)
    await make_project(alice)
    url = f"{API}/projects/{project['id']}"
    for version in range(1, 4):
        await alice.patch(url, json={"name": f"P{version}"}, headers={"If-Match": f'"{version}"'})
    first = (await alice.get(f"{url}/log", params={"limit": 3})).json()
    rest = (await alice.get(f"{url}/log", params={"limit": 3, "cursor": first["next_cursor"]})).json()
    rows = first["items"] + rest["items"]
    assert [row["action"] for row in rows] == ["project.change"] * 3 + ["project.create"]
    assert rest["next_cursor"] is None
    assert all("ip" not in row and "actor_email" not in row for row in rows)
    name = (await alice.get(f"{API}/users/me")).json()["name"]
    assert {row["actor"] for row in rows} == {name}
    assert (await bob.get(f"{url}/log")).status_code == 404


async def test_administrators_read_all_of_it(
    alice: Any, admin: Any, make_project: Callable[..., Awaitable[dict[str, Any]]]
) -> None:
    project = await make_project(alice)
    answer = await admin.get(f"{API}/admin/log", params={"actor_id": str(alice.user_id), "action": "project.create"})
    assert [(row["subject_id"], row["ip"]) for row in answer.json()["items"]] == [(project["id"], "203.0.113.7")]
    email = (await alice.get(f"{API}/users/me")).json()["email"]
    assert [row["actor_email"] for row in answer.json()["items"]] == [email]
    assert [(row["subject_name"], row["project_name"]) for row in answer.json()["items"]] == [(project["name"],) * 2]
    assert (await alice.get(f"{API}/admin/log")).status_code == 403
    answer = await admin.get(f"{API}/admin/log", params={"subject_id": str(new_id())})
    assert answer.json()["items"] == []  # of nothing there are no names to ask for
