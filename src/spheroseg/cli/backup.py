"""`spheroseg backup` and `spheroseg restore`: the whole service, from a laptop's data folder or from a cluster."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer

from spheroseg.cli.console import fail, messages, need, results

T = TypeVar("T")

DataDir = Annotated[
    Path | None,
    typer.Option("--data-dir", help="Data folder of the service.", show_default="your own, or what the settings say"),
]


def _run(work: Coroutine[Any, Any, T], stopped: str | None = None) -> T:
    """Run to its end, or until Ctrl-C or SIGTERM (in a container nothing else would end it).

    Args:
        work: what to run.
        stopped: what to say then; None where to be stopped is its only end.
    """

    async def until_stopped() -> T:
        task = asyncio.current_task()
        assert task is not None
        with contextlib.suppress(NotImplementedError):  # Windows
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await work

    try:
        return asyncio.run(until_stopped())
    except (KeyboardInterrupt, asyncio.CancelledError):
        if stopped is None:
            sys.exit(0)
        fail(f"stopped: {stopped}", code=130)


def backup(
    destination: Annotated[
        str, typer.Argument(help="Folder, or s3://bucket/prefix, gs://…, az://….", show_default=False)
    ],
    data_dir: DataDir = None,
    keep: Annotated[int | None, typer.Option("--keep", min=1, help="Remove all but so many of the newest.")] = None,
    encrypt_to: Annotated[
        str | None,
        typer.Option("--encrypt-to", envvar="SPHEROSEG_BACKUP_RECIPIENT", help="Recipient of age (age1…)."),
    ] = None,
    every_h: Annotated[
        float | None, typer.Option("--every-h", min=0.01, help="Go on, one backup every so many hours.")
    ] = None,
) -> None:
    """Copy database and files to another place, while the service runs; only what is new is copied again."""
    need("fastapi", "server")
    from spheroseg.server.config import load_settings
    from spheroseg.server.processes.backup import forget_old, take
    from spheroseg.server.processes.backup_schedule import keep_on
    from spheroseg.server.processes.backup_store import BackupStore, Cipher
    from spheroseg.server.resources.storage import Storage

    settings = load_settings(**({"data_dir": data_dir} if data_dir else {}))
    store = BackupStore(Storage.open(destination), Cipher(recipient=encrypt_to or None))

    async def once() -> None:
        manifest = await take(settings, store, messages.print)
        for name in await forget_old(store, keep) if keep else []:
            messages.print(f"removed {name}")
        results.print(manifest.name)

    if every_h is None:
        _run(once(), "nothing of this backup is left")
    else:
        store.check()  # what is wrong now will be wrong tomorrow; what fails later is tried again
        _run(keep_on(once, store, every_h, settings))


def restore(
    source: Annotated[str, typer.Argument(help="Where the backups are.", show_default=False)],
    data_dir: DataDir = None,
    name: Annotated[str | None, typer.Option("--name", help="Which backup.", show_default="the newest")] = None,
    identity: Annotated[
        Path | None,
        typer.Option(
            "--identity", exists=True, dir_okay=False, help="File with the age identity of an encrypted backup."
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only read all of it and see that it is whole.")] = False,
) -> None:
    """Bring a service back from a backup, into an empty data folder or an empty database and storage."""
    need("fastapi", "server")
    from spheroseg.server.config import load_settings
    from spheroseg.server.processes import backup as backups
    from spheroseg.server.processes.backup_store import BackupStore, Cipher
    from spheroseg.server.resources.storage import Storage

    if ("://" not in source or source.startswith("file://")) and not Path(source.removeprefix("file://")).is_dir():
        fail(f"{source}: there is no such folder")
    store = BackupStore(Storage.open(source), Cipher(identity=identity))
    if check:
        manifest = _run(backups.verify(store, name), "not all of it was read")
        messages.print(f"{manifest.name} is whole: {sum(manifest.rows.values())} rows, {len(manifest.files)} files")
        return
    settings = load_settings(**({"data_dir": data_dir} if data_dir else {}))
    _run(backups.restore(settings, store, name, messages.print), "restore it again to go on")
