"""Queries of administrators about the queue and the database."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.admin.schemas import DatabaseFacts, QueueRow, WorkerRow


async def queue_rows(session: AsyncSession) -> list[QueueRow]:
    """Jobs that are not done, and those that failed or were cancelled in the last day, counted."""
    rows = await session.execute(
        text(
            """
            SELECT queue_name AS queue, task_name AS task, status::text AS status, count(*) AS count,
                   extract(epoch FROM now() - min(COALESCE(scheduled_at, waiting.at)))::float8 AS oldest_wait_s
            FROM procrastinate_jobs AS job
            LEFT JOIN LATERAL (
                SELECT max(at) AS at FROM procrastinate_events AS event
                WHERE event.job_id = job.id AND event.type IN ('deferred', 'deferred_for_retry')
            ) AS waiting ON job.status = 'todo'
            WHERE status IN ('todo', 'doing', 'failed')
            GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            """
        )
    )
    return [QueueRow(**row) for row in rows.mappings()]


async def worker_rows(session: AsyncSession) -> list[WorkerRow]:
    """Worker processes, how long they have been silent and how many jobs each runs."""
    rows = await session.execute(
        text(
            """
            SELECT worker.id, extract(epoch FROM now() - last_heartbeat)::float8 AS silent_s, count(job.id) AS running
            FROM procrastinate_workers AS worker
            LEFT JOIN procrastinate_jobs AS job ON job.worker_id = worker.id AND job.status = 'doing'
            GROUP BY worker.id ORDER BY worker.id
            """
        )
    )
    return [WorkerRow(**row) for row in rows.mappings()]


async def active_users(session: AsyncSession, minutes: int) -> int:
    """People whose sessions were used within the last so many minutes."""
    return int(
        await session.scalar(
            text(
                "SELECT count(DISTINCT user_id) FROM sessions WHERE last_used_at > now() - make_interval(mins => :minutes)"
            ),
            {"minutes": minutes},
        )
        or 0
    )


async def database_facts(session: AsyncSession) -> DatabaseFacts:
    """Size, connections and counts."""
    rows = await session.execute(
        text(
            """
            SELECT current_setting('server_version') AS postgresql,
                   pg_database_size(current_database()) AS database_bytes,
                   (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()) AS connections,
                   current_setting('max_connections')::int AS connections_max,
                   (SELECT count(*) FROM users) AS users,
                   (SELECT count(*) FROM projects WHERE deleted_at IS NULL) AS projects,
                   (SELECT count(*) FROM images WHERE deleted_at IS NULL) AS images,
                   (SELECT COALESCE(sum(size_bytes), 0)::bigint FROM files) AS files_bytes,
                   extract(epoch FROM now() - pg_postmaster_start_time())::float8 AS uptime_s
            """
        )
    )
    return DatabaseFacts(**rows.mappings().one())
