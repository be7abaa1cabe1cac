"""What one process of the service holds: settings, database, mail, limits and the parts that features bring."""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import cast

from starlette.requests import HTTPConnection

from spheroseg.server.access.actor import KnownActors
from spheroseg.server.access.limiter import Limiter
from spheroseg.server.access.oidc import OidcClient
from spheroseg.server.access.passwords import Passwords
from spheroseg.server.compute.pool import Compute
from spheroseg.server.config import Settings
from spheroseg.server.resources.cache import Cache
from spheroseg.server.resources.db import Database
from spheroseg.server.resources.mail import Mailer
from spheroseg.server.resources.storage import Storage


@dataclass
class Services:
    """The parts of a process, made once at its start by `app.build_services`."""

    settings: Settings
    secret_key: str = field(repr=False)
    database: Database
    mailer: Mailer
    limiter: Limiter
    known_actors: KnownActors
    oidc: dict[str, OidcClient]
    passwords: Passwords
    storage: Storage
    cache: Cache
    compute: Compute
    compute_slots: asyncio.Semaphore
    """Held by a job until its model is done with it; results are written outside of it."""

    async def close(self) -> None:
        """Close what has to be closed; the database last."""
        await self.compute.close()
        await self.cache.close()
        await self.limiter.close()
        await self.database.close()


def app_services(connection: HTTPConnection) -> Services:
    """The state of the application that a request came to."""
    return cast("Services", connection.app.state.parts)


_state: ContextVar[Services] = ContextVar("worker_services")


def worker_services() -> Services:
    """The parts of the worker process that runs this job."""
    return _state.get()


def set_worker_services(state: Services) -> None:
    """Say what `worker_services` answers in this context and those that begin in it."""
    _state.set(state)
