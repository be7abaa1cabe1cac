"""The processes of the service, each as a plain function: `api`, `worker`, `migrate`; what `supervise` starts.

In a cluster they are started by themselves (`spheroseg api`, `spheroseg worker`); they take their settings from the
environment.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import sys
import threading
import time

import uvicorn
from pydantic import SecretStr

from spheroseg.server.resources.unloaded import without

# before anything else loads them: structlog would draw tracebacks with rich, and socketio brings clients and other ways from
# process to process than ours
with without("rich", "aiohttp", "requests", "redis", "tornado"):
    import socketio  # type: ignore[import-untyped]  # noqa: F401
    import structlog  # noqa: F401

from spheroseg.errors import SpheroSegError
from spheroseg.server.config import Settings, SettingsError, load_settings
from spheroseg.server.http.bounds import BoundedProtocol
from spheroseg.server.http.telemetry import set_up_logs
from spheroseg.server.processes.gate import pass_through
from spheroseg.version import __version__


class MigrationError(SpheroSegError):
    """The database is not of this version's schema and cannot be brought to it, and why, in one line."""


def run_api(settings: Settings, *, socket_fd: int | None = None) -> None:
    """Serve HTTP until SIGTERM or SIGINT.

    Args:
        settings: checked settings.
        socket_fd: a listening socket that was inherited; host and port of the settings count when there is none.
    """
    from spheroseg.server.app import build_app  # noqa: PLC0415 -- a worker or a migration need not wait for it

    set_up_logs(settings)
    config = uvicorn.Config(
        build_app(settings),
        host=settings.host,
        port=settings.port,
        fd=socket_fd,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=",".join(settings.trusted_proxies),
        timeout_keep_alive=75,  # longer than a proxy's 60 s, so that it is never us who hangs up first
        http=BoundedProtocol,
        timeout_graceful_shutdown=15,
    )
    uvicorn.Server(config).run()


def run_worker(settings: Settings) -> None:
    """Run jobs until SIGTERM or SIGINT."""
    from spheroseg.server.worker import work  # noqa: PLC0415 -- an API process does not need it

    set_up_logs(settings)
    asyncio.run(work(settings))


def run_migrations(settings: Settings) -> None:
    """Bring the database to the schema of this version, and make the partitions of the coming months.

    Raises:
        MigrationError: the database cannot be reached or has no room, or a newer version has worked with it.
    """
    from alembic.util import CommandError  # noqa: PLC0415 -- as above
    from sqlalchemy.exc import OperationalError  # noqa: PLC0415 -- as above

    from spheroseg.server.audit.service import keep_partitions  # noqa: PLC0415 -- as above
    from spheroseg.server.migrations import upgrade  # noqa: PLC0415 -- as above
    from spheroseg.server.resources.db import Database  # noqa: PLC0415 -- as above

    async def partitions() -> None:
        url = SecretStr(_database_of(settings))  # the database itself, not its pooler
        itself = {"database_url": url, "database_direct_url": None, "database_reading_url": None}
        database = Database(settings.model_copy(update=itself), application_name="spheroseg-migrate")
        async with database.session() as session:
            await keep_partitions(session, months=settings.audit_months)
        await database.close()

    try:
        upgrade(_database_of(settings))
        asyncio.run(partitions())
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise MigrationError(f"the database cannot be brought to this version's schema: {reason}") from None
    except CommandError as error:
        raise MigrationError(
            f"the database has a schema that SpheroSeg {__version__} does not know ({error}): a newer version has worked with it;"
            " start that one, or restore a backup"
        ) from None


def _database_of(settings: Settings) -> str:
    if settings.database_url is None:
        raise SettingsError("setting SPHEROSEG_DATABASE_URL: is missing (`spheroseg serve` needs none)")
    return (settings.database_direct_url or settings.database_url).get_secret_value()


def _follow_parent() -> None:
    """End with the parent where the kernel does not see to it."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    if not sys.platform.startswith("linux"):
        threading.Thread(target=watch, daemon=True).start()


_LOADED = {
    "api": "spheroseg.server.app",
    "worker": "spheroseg.server.worker",
    "migrate": "spheroseg.server.migrations",
}
"""The module that each process needs most of its time for."""


def _run(arguments: list[str]) -> None:
    os.umask(0o077)
    _follow_parent()
    gc.disable()  # what is loaded stays: looking through it again and again takes a tenth of the time
    importlib.import_module(_LOADED[arguments[0]])  # if there is a gate, while the database starts
    gc.freeze()
    gc.enable()
    if not pass_through():
        return
    settings = load_settings()
    _database_of(settings)
    match arguments:
        case ["api", *rest]:
            run_api(settings, socket_fd=int(rest[0]) if rest else None)
        case ["worker"]:
            run_worker(settings)
        case ["migrate"]:
            run_migrations(settings)
        case _:
            raise SettingsError(f"no such process: {' '.join(arguments)}")


def main(arguments: list[str]) -> int:
    """Be the process that the first argument names; the second is a socket's number.

    Returns:
        The exit status.
    """
    try:
        _run(arguments)
    except SpheroSegError as error:
        sys.stderr.write(f"spheroseg: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
