"""The audit log: what was changed by whom, written in the transaction of the change."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.audit import repository
from spheroseg.server.audit.partitions import DEFAULT_PARTITION, add_months, partition_name
from spheroseg.server.resources.db import utc_now

MONTHS_AHEAD = 2
"""Partitions that exist before they are needed; a default one takes what comes later still."""


async def keep_partitions(session: AsyncSession, *, months: int, today: dt.date | None = None) -> None:
    """Make the partitions of this and the next months, and drop those that are older than the log is kept.

    Args:
        session: a transaction of its own.
        months: how long entries are kept.
        today: the day to reckon from.
    """
    month = (today or utc_now().date()).replace(day=1)
    for ahead in range(MONTHS_AHEAD + 1):
        first, after = add_months(month, ahead), add_months(month, ahead + 1)
        name = partition_name(first)
        if not await repository.has_partition(session, name):
            await repository.add_partition(session, name, first, after)
    oldest = partition_name(add_months(month, -months))
    for name in await repository.partitions(session):
        if name != DEFAULT_PARTITION and name < oldest:
            await repository.drop_partition(session, name)
