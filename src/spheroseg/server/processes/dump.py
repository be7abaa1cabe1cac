"""The database of a service, wherever it is, and PostgreSQL's own programs to dump and restore it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from spheroseg.server.config import Settings
from spheroseg.server.processes.backup_store import BackupError
from spheroseg.server.processes.embedded import EmbeddedPostgres, running_url
from spheroseg.server.processes.folder_lock import FolderInUseError
from spheroseg.server.processes.postgres_programs import program_folders


@contextlib.contextmanager
def database_of(settings: Settings) -> Iterator[str]:
    """URL of the database: the one that is set, else that of the data folder, started for the while if nobody runs it."""
    if settings.database_url is not None:
        yield (settings.database_direct_url or settings.database_url).get_secret_value()
        return
    server = EmbeddedPostgres(settings.data_dir)
    try:
        server.start()
    except FolderInUseError:
        yield running_url(settings.data_dir)
        return
    try:
        yield server.url()
    finally:
        server.stop()


def rows_by_table(connection: psycopg.Connection) -> dict[str, int]:
    """Rows of each table, partitions one by one."""
    names = connection.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"
    ).fetchall()
    counts = {}
    for (name,) in names:
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
        counts[str(name)] = int(row[0]) if row else 0
    return counts


async def _count(connection: psycopg.Connection) -> dict[str, int]:
    """As `rows_by_table`; who is told to stop does not wait for millions of rows."""
    try:
        return await asyncio.to_thread(rows_by_table, connection)
    except asyncio.CancelledError:
        connection.cancel()
        raise


async def dump(url: str, path: Path) -> tuple[int, dict[str, int]]:
    """Dump a database while it is used.

    Args:
        url: of the database.
        path: of the file to write.

    Returns:
        The server's major version, and the rows by table at the moment of the dump.

    Raises:
        BackupError: it does not answer, is empty, or pg_dump failed.
    """
    try:
        with psycopg.connect(url) as connection:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
            connection.execute("SET statement_timeout = 0")
            row = connection.execute("SELECT pg_export_snapshot()").fetchone()
            assert row is not None
            major = connection.info.server_version // 10_000
            counts = await _count(connection)
            if not counts:
                raise BackupError("the database has no tables: there is nothing to back up")
            arguments = ["--format=custom", f"--snapshot={row[0]}", "--no-owner", "--no-privileges", f"--file={path}"]
            await _run("pg_dump", major, url, arguments)
    except psycopg.Error as error:
        raise BackupError(f"the database cannot be read: {str(error).strip().splitlines()[0]}") from None
    return major, counts


def refuse_tables(url: str) -> int:
    """See that a database is empty; returns its server's major version.

    Raises:
        BackupError: it is not, or does not answer.
    """
    try:
        with psycopg.connect(url) as connection:
            if rows_by_table(connection):
                raise BackupError("the database has tables already: a backup is restored into an empty one")
            return connection.info.server_version // 10_000
    except psycopg.Error as error:
        raise BackupError(f"the database cannot be read: {str(error).strip().splitlines()[0]}") from None


async def load(url: str, path: Path) -> dict[str, int]:
    """Fill an empty database from a dump, all or nothing.

    Returns:
        The rows by table that are in it now.

    Raises:
        BackupError: the database is not empty, or pg_restore failed.
    """
    major = refuse_tables(url)
    try:
        arguments = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges", str(path)]
        await _run("pg_restore", major, url, arguments)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("ANALYZE")
            return rows_by_table(connection)
    except psycopg.Error as error:
        raise BackupError(f"the database cannot be filled: {str(error).strip().splitlines()[0]}") from None


async def _run(program: str, server_major: int, url: str, arguments: list[str]) -> None:
    parts = conninfo_to_dict(url)
    password = parts.pop("password", None)  # arguments can be seen by everybody on the machine
    where = make_conninfo("", **{name: str(value) for name, value in parts.items() if value is not None})
    command = [_client(program, server_major), f"--dbname={where}", *arguments]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    if password is not None:
        environment["PGPASSWORD"] = str(password)
    nothing, errors = asyncio.subprocess.DEVNULL, asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdout=nothing, stderr=errors)
    try:
        lines = (await process.communicate())[1].decode("utf-8", "replace").strip().splitlines()
    except asyncio.CancelledError:
        process.terminate()
        await process.wait()
        raise
    if process.returncode != 0:
        raise BackupError(f"{program} failed: {lines[0] if lines else f'status {process.returncode}'}")


def _client(program: str, server_major: int) -> str:
    """The program of the server's version or the next newer one: an older one refuses."""
    found: dict[int, str] = {}
    for folder in program_folders():
        path = folder / program
        if not os.access(path, os.X_OK):
            continue
        answer = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 -- as above
        match = re.search(r"\b(\d+)(?:\.\d+|devel|beta\d+|rc\d+)", answer.stdout)
        if match:
            found.setdefault(int(match.group(1)), str(path))
    fitting = sorted(major for major in found if major >= server_major)
    if not fitting:
        have = ", ".join(map(str, sorted(found))) or "none"
        raise BackupError(f"the server is PostgreSQL {server_major}, and this machine has {program} {have}")
    return found[fitting[0]]
