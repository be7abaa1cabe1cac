"""Queries of the audit log."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, text, tuple_, union_all
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.tables.accounts import User
from spheroseg.server.tables.audit import AuditEntry
from spheroseg.server.tables.images import ImageRow
from spheroseg.server.tables.projects import Folder, Project


@dataclass(frozen=True)
class AuditFilter:
    """Which entries are listed; what is null does not matter."""

    actor_id: uuid.UUID | None = None
    project_id: uuid.UUID | None = None
    subject_id: uuid.UUID | None = None
    action: str | None = None


async def list_entries(
    session: AsyncSession, wanted: AuditFilter, *, after: tuple[dt.datetime, uuid.UUID] | None, limit: int
) -> Sequence[AuditEntry]:
    """Entries, the newest first.

    Args:
        session: the transaction.
        wanted: which of them.
        after: time and id of the last entry of the page before.
        limit: how many at most.
    """
    statement = select(AuditEntry).order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(limit)
    for column, value in (
        (AuditEntry.actor_id, wanted.actor_id),
        (AuditEntry.project_id, wanted.project_id),
        (AuditEntry.subject_id, wanted.subject_id),
        (AuditEntry.action, wanted.action),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if after is not None:
        statement = statement.where(tuple_(AuditEntry.at, AuditEntry.id) < after)
    return (await session.scalars(statement)).all()


async def actors_of(session: AsyncSession, entries: Sequence[AuditEntry]) -> dict[uuid.UUID | None, tuple[str, str]]:
    """(name, e-mail) of those who did something, as far as their accounts are there."""
    wanted = {entry.actor_id for entry in entries if entry.actor_id is not None}
    people = await session.execute(select(User.id, User.name, User.email).where(User.id.in_(wanted)))
    return {person_id: (name, email) for person_id, name, email in people}


async def names_of(session: AsyncSession, entries: Sequence[AuditEntry]) -> dict[uuid.UUID | None, str]:
    """Names of the projects, folders, images and accounts that entries are about, as far as they are there."""
    ids = {entry.subject_id for entry in entries} | {entry.project_id for entry in entries}
    named = (
        select(table.id, column).where(table.id.in_(ids - {None}))
        for table, column in (
            (Project, Project.name), (Folder, Folder.name), (ImageRow, ImageRow.name), (User, User.email),
        )
    )  # fmt: skip
    return {row[0]: row[1] for row in await session.execute(union_all(*named))}


async def erase_person(session: AsyncSession, user_id: uuid.UUID) -> None:
    """Blank addresses and browsers in a person's entries; that something happened, and when, stays."""
    await session.execute(text("SET LOCAL spheroseg.erasing = 'on'"))
    await session.execute(
        text("UPDATE audit_log SET ip = NULL, user_agent = NULL, details = '{}' WHERE actor_id = :user_id"),
        {"user_id": user_id},
    )
    await session.execute(text("SET LOCAL spheroseg.erasing = 'off'"))


async def has_partition(session: AsyncSession, name: str) -> bool:
    """Whether there is a table of this name."""
    return await session.scalar(text("SELECT to_regclass(:name)"), {"name": name}) is not None


async def add_partition(session: AsyncSession, name: str, first: dt.date, after: dt.date) -> None:
    """Make the partition of the entries from a day on, and before another."""
    await session.execute(
        text(f"CREATE TABLE {name} PARTITION OF audit_log FOR VALUES FROM ('{first}') TO ('{after}')")
    )


async def partitions(session: AsyncSession) -> Sequence[str]:
    """Names of all partitions of the log."""
    names = await session.scalars(
        text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_log'::regclass")
    )
    return names.all()


async def drop_partition(session: AsyncSession, name: str) -> None:
    """Drop a partition with its entries."""
    await session.execute(text(f"DROP TABLE {name}"))
