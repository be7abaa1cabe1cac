"""The database: declarative base, connections, and the one transaction of a request."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import select
import time
import uuid
from collections.abc import AsyncGenerator
from typing import Annotated, Any

import psycopg
from fastapi import Depends, Request
from sqlalchemy import BigInteger, DateTime, Integer, LargeBinary, MetaData, Text, Uuid, event, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from spheroseg.server.config import Settings, SettingsError
from spheroseg.server.resources.json_object import JsonObject
from spheroseg.server.resources.replica import READS, Replica

BigInt = Annotated[int, mapped_column(BigInteger)]
"""A column for numbers beyond 2³¹: bytes, counts of rows."""


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 -- SQLAlchemy's own declaration
        str: Text,
        int: Integer,
        bytes: LargeBinary,
        uuid.UUID: Uuid,
        dt.datetime: DateTime(timezone=True),
        JsonObject: JSONB,
    }


def new_id() -> uuid.UUID:
    """A UUID of version 7 (RFC 9562): 48 bits of milliseconds, then 74 random bits. Ordered by time, not guessable."""
    milliseconds = time.time_ns() // 1_000_000
    random_bits = int.from_bytes(os.urandom(10))
    value = (milliseconds << 80) | (random_bits & ((1 << 80) - 1))
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    value = (value & ~(0x3 << 62)) | (0x2 << 62)
    return uuid.UUID(int=value)


def utc_now() -> dt.datetime:
    """This moment, with its time zone."""
    return dt.datetime.now(dt.UTC)


class Stamped:
    """When a row was made and last changed."""

    created_at: Mapped[dt.datetime] = mapped_column(default=utc_now)
    updated_at: Mapped[dt.datetime] = mapped_column(default=utc_now, onupdate=utc_now)


def driver_url(url: str) -> URL:
    """A database URL as people write it, for SQLAlchemy with psycopg 3."""
    return make_url(url).set(drivername="postgresql+psycopg")


def session_options(settings: Settings) -> str:
    """What each connection sets at its start, as libpq's `options`."""
    return (
        f"-c statement_timeout={settings.statement_timeout_ms} -c lock_timeout={settings.lock_timeout_ms}"
        " -c idle_in_transaction_session_timeout=60000 -c timezone=UTC"
        # the planner's default is a turning disk's: on today's it would read whole tables where an index is at hand
        " -c random_page_cost=1.1"
        # compiling a query takes longer than any of ours runs
        " -c jit=off"
    )


READING = " -c default_transaction_read_only=on -c enable_seqscan=off"
"""For connections that answer readers: where one project is most of a table and a search finds little, the planner would
rather read the whole table than the project's part of an index, which is right for one reader and wrong for fifty."""


KEEPS_EVENTS = "keeps_events"
"""In a session's `info`: whether its events are stored in the outbox, see `emit`."""


class Database:
    """The connections of one process, and its transactions.

    Attributes:
        sessions: transactions that change something.
        reading_sessions: for endpoints that only look. Each statement is a transaction of its own, so that neither BEGIN
            nor COMMIT has to travel; nothing may be changed by them.

    Behind a pooler that lends connections by the transaction (`database_direct_url` says where the database itself is) what a
    session sets belongs to nobody: the pooler sets it (`deploy/database/pgbouncer.ini`), and statements are not prepared.
    """

    def __init__(self, settings: Settings, *, application_name: str = "spheroseg") -> None:
        if settings.database_url is None:
            raise SettingsError("setting SPHEROSEG_DATABASE_URL: is missing (`spheroseg serve` needs none)")
        self.url = driver_url(settings.database_url.get_secret_value())
        direct = settings.database_direct_url
        self._direct_url = self.url if direct is None else driver_url(direct.get_secret_value())
        self.engine = self._engine(settings, self.url, application_name)
        self._reading_engine = self._reader(settings, self.url, application_name)
        self._replica: Replica | None = None
        self._engines = [self.engine, self._reading_engine]
        self.sessions: async_sessionmaker[AsyncSession] = async_sessionmaker(
            self.engine, expire_on_commit=False, info={KEEPS_EVENTS: settings.stream_url is not None}
        )
        self.reading_sessions: async_sessionmaker[AsyncSession] = async_sessionmaker(
            self._reading_engine, expire_on_commit=False, autoflush=False
        )
        if settings.database_reading_url is not None:
            url = driver_url(settings.database_reading_url.get_secret_value())
            engine = self._reader(settings, url, application_name)
            self._engines.append(engine)
            self._replica = Replica(self._reading_engine, engine)
            self._replica_sessions = async_sessionmaker(engine, expire_on_commit=False, autoflush=False)

    def _reader(self, settings: Settings, url: URL, application_name: str) -> AsyncEngine:
        return self._engine(settings, url, application_name, READING, isolation_level="AUTOCOMMIT")

    def _engine(
        self,
        settings: Settings,
        url: URL,
        application_name: str,
        further_options: str = "",
        **arguments: Any,  # noqa: ANN401 -- SQLAlchemy's
    ) -> AsyncEngine:
        is_pooled = settings.database_direct_url is not None
        engine = create_async_engine(
            url,
            pool_size=settings.database_pool_size,
            max_overflow=0,
            pool_timeout=10,
            pool_recycle=1800,
            connect_args={
                **(
                    {"prepare_threshold": None}
                    if is_pooled
                    else {"options": session_options(settings) + further_options}
                ),
                "application_name": application_name,
                "connect_timeout": 10,
                # a machine that is gone says nothing: noticed within a minute, whoever waits for an answer
                "keepalives_idle": 30,
                "keepalives_interval": 10,
                "keepalives_count": 3,
                "tcp_user_timeout": 30_000,
            },
            **arguments,
        )
        event.listen(engine.sync_engine, "checkout", _refuse_closed)
        return engine

    @contextlib.asynccontextmanager
    async def session(self) -> AsyncGenerator[AsyncSession]:
        """A transaction: committed at the end, rolled back when anything is raised."""
        async with self.sessions() as session:
            yield session
            await session.commit()

    @property
    def listening_url(self) -> str:
        """For connections of one's own, for whoever listens or holds a lock; never log it."""
        return self._direct_url.set(drivername="postgresql").render_as_string(hide_password=False)

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncSession]:
        """A session of a request that only looks: at the replica where one is set and has all that was committed so far."""
        if self._replica is not None and await self._replica.is_current():
            READS.labels("replica").inc()
            sessions = self._replica_sessions
        else:
            READS.labels("primary").inc()
            sessions = self.reading_sessions
        async with sessions() as session:
            yield session

    async def ping(self) -> None:
        """Ask the database something; raises what the driver raises when it does not answer."""
        async with self.sessions() as session:
            await session.execute(text("SELECT 1"))

    async def close(self) -> None:
        """Close all connections."""
        for engine in self._engines:
            await engine.dispose()


def _refuse_closed(connection: Any, record: object, proxy: object) -> None:  # noqa: ANN401 -- SQLAlchemy's, untyped
    """Take no connection out of the pool that the database has closed: a restart must not fail one request each.

    What was closed can be read from (its end); nobody else writes to a connection at rest. That asks this machine, where
    SQLAlchemy's `pool_pre_ping` asks the database and waits for its answer before every request.
    """
    del record, proxy
    driver: psycopg.AsyncConnection[Any] = connection.driver_connection
    if driver.closed or _has_something_to_read(driver.fileno()):
        raise DisconnectionError


def _has_something_to_read(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


async def request_session(request: Request) -> AsyncGenerator[AsyncSession]:
    """The transaction of a request: returning commits before the response is sent, raising rolls back."""
    database: Database = request.app.state.parts.database
    async with database.session() as session:
        yield session


async def reading_session(request: Request) -> AsyncGenerator[AsyncSession]:
    """A session of a request that changes nothing."""
    database: Database = request.app.state.parts.database
    async with database.reading() as session:
        yield session


async def commit_early(session: AsyncSession) -> None:
    """End a transaction before the request that began it; the next statement begins another.

    Requests and jobs commit when they end. This is the one exception: before pixels are computed or bytes travel, so that
    no connection and no lock is held meanwhile, and where what was written has to stand whatever follows. The caller says
    why beside it.
    """
    await session.commit()


SessionDep = Annotated[AsyncSession, Depends(request_session, scope="function")]
ReadingDep = Annotated[AsyncSession, Depends(reading_session, scope="function")]
