"""`spheroseg serve`: the whole service from one command.

Starts the embedded database, applies migrations, starts the API and the worker as processes of their own, says which of
them dies and starts it again, and stops all of them on Ctrl-C, on SIGTERM, and when it is killed itself.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import webbrowser
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from types import FrameType

from spheroseg.errors import SpheroSegError
from spheroseg.server.access.secret_key import secret_key_of
from spheroseg.server.config import PREFIX, STATUS_FILE, Settings, load_settings
from spheroseg.server.migrations import is_up_to_date
from spheroseg.server.processes.child_process import die_with_parent
from spheroseg.server.processes.embedded import EmbeddedPostgres
from spheroseg.server.processes.folder_lock import FolderLock
from spheroseg.server.processes.folders import check_folder, secure_folders, status_folder
from spheroseg.server.processes.gate import GATE, Gate
from spheroseg.server.processes.listener import ServeError, listen
from spheroseg.server.processes.postgres_programs import EmbeddedDatabaseError

CHECK_EVERY_S = 0.25
STOP_WITHIN_S = 30.0
MAX_DEATHS = 5
"""Of a process before the service was ever ready: then it cannot start here, and waiting helps nobody."""
DEATH_WINDOW_S = 60.0
LONGEST_PAUSE_S = 30.0
RESTART_WITHIN_S = 15.0
"""The database, after it died under us; longer would keep the other processes from being looked after."""
READY_WITHIN_S = 180.0
LEFTOVERS_END_WITHIN_S = 30.0
"""Processes of a supervisor that was killed: they end by themselves, and have the port until then."""


@dataclass
class Deaths:
    """When something died, and when it is started again: after pauses that grow, each process by itself."""

    times: list[float] = field(default_factory=list)
    again_at: float | None = None
    """None while it runs."""

    def count(self, now: float) -> int:
        """Count one; returns how many there were within `DEATH_WINDOW_S`."""
        self.times[:] = [at for at in self.times if now - at < DEATH_WINDOW_S] + [now]
        self.again_at = now + min(0.2 * 2 ** (len(self.times) - 1), LONGEST_PAUSE_S)
        return len(self.times)


@dataclass
class Child:
    """A process of the service, and when it died."""

    name: str
    command: list[str]
    inherited: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    gate: Gate | None = None
    """While it loads its modules and the database is not ready yet."""
    deaths: Deaths = field(default_factory=Deaths)


def say(line: str) -> None:
    """Tell the person at the terminal."""
    sys.stderr.write(f"spheroseg: {line}\n")
    sys.stderr.flush()


def cause_of_death(status: int) -> str:
    """An exit status in words."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        return f"was killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"was killed by signal {-status}"


class Supervisor:
    """Keeps the processes of one service.

    Args:
        settings: checked settings; without a database URL the embedded database is started.
        opens_browser: show the page when it is ready.
    """

    def __init__(self, settings: Settings, *, opens_browser: bool = False) -> None:
        self.settings = settings
        self._opens_browser = opens_browser
        check_folder(settings.data_dir)
        was_killed = FolderLock(settings.data_dir).holder_was_killed()
        self.listener = listen(settings.host, settings.port, patience_s=LEFTOVERS_END_WITHIN_S if was_killed else 0.0)
        self.port: int = self.listener.getsockname()[1]
        self.database: EmbeddedPostgres | None = None
        if settings.database_url is None:
            self.database = EmbeddedPostgres(settings.data_dir)
        self._database_deaths = Deaths()
        self._is_ready = False
        self._status_folder = status_folder()
        self._environment = dict(os.environ)
        self._stop = threading.Event()
        python = [sys.executable, "-m", "spheroseg.server.processes.entry"]
        fd = self.listener.fileno()
        self._migration = Child("migrate", [*python, "migrate"])
        self._apis = [
            Child(f"api-{number}" if settings.api_processes > 1 else "api", [*python, "api", str(fd)], (fd,))
            for number in range(1, settings.api_processes + 1)
        ]
        self._worker = Child("worker", [*python, "worker"])
        self.children = [*self._apis, self._worker]

    def run(self) -> int:
        """Serve until told to stop.

        Returns:
            The exit status: 0 when told to stop, 1 when something could not be kept up.
        """
        previous = {number: signal.signal(number, self._on_signal) for number in self._signals()}
        try:
            self._start()
            self._is_ready = True
            while not self._stop.wait(CHECK_EVERY_S):
                self._check()
        except SpheroSegError as error:
            if self._stop.is_set():  # what fails while it stops is no news
                return 0
            say(str(error))
            return 1
        finally:
            self._stop_all()
            for number, handler in previous.items():
                signal.signal(number, handler)
        return 0

    @staticmethod
    def _signals() -> list[signal.Signals]:
        return [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]

    def _on_signal(self, number: int, stack: FrameType | None) -> None:
        del stack
        if not self._stop.is_set():
            say(f"stopping ({signal.Signals(number).name})")
        self._stop.set()

    def _start(self) -> None:
        settings = self.settings
        metrics = self._status_folder / "metrics"
        metrics.mkdir()
        # read when the client of Prometheus is loaded
        self._environment["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
        self._environment[STATUS_FILE] = str(self._status_folder / "processes.json")
        is_new = self.database is not None and self.database.is_new
        for child in ([self._migration] if is_new else []) + self._apis:
            child.gate = Gate.new()
            self._spawn(child)
        before = dict(self._environment)
        if self.database is not None:
            say(f"starting the database in {settings.data_dir}")
            self.database.start(waits_for_disk=False)
            self._environment[f"{PREFIX}DATABASE_URL"] = self.database.url()
        os.umask(0o077)  # after the database made its folders, which another account may have to pass through
        self._environment |= {
            f"{PREFIX}DATA_DIR": str(settings.data_dir),
            f"{PREFIX}PUBLIC_URL": self._public_url(),
        }
        secure_folders(settings.data_dir, is_shared=self.database is not None and self.database.is_other_account)
        shutil.rmtree(settings.data_dir / "metrics", ignore_errors=True)  # where an earlier version kept them
        self._environment[f"{PREFIX}SECRET_KEY"] = secret_key_of(settings)
        self._tell_status()
        added = {name: value for name, value in self._environment.items() if before.get(name) != value}
        if not self._bring_up_to_date(added):
            return
        if self.database is not None:
            self.database.wait_until_durable()
        say("starting the web service and the worker")
        for child in self._apis:
            self._let_in(child, added)
        if not self._wait_until_answered():
            return
        self._spawn(self._worker)  # a run can be asked for and waits; until then the page has the processors for itself
        say(f"ready at {self._public_url()} (Ctrl-C stops it)")
        if self._opens_browser:
            webbrowser.open(self._public_url())

    def _bring_up_to_date(self, added: dict[str, str]) -> bool:
        """Apply migrations where any are missing; returns False when told to stop meanwhile."""
        migration = self._migration
        if migration.process is None:
            if self.database is not None and is_up_to_date(self.database.url()):
                return True
            self._spawn(migration)
        else:
            self._let_in(migration, added)
        say("bringing the database up to date")
        assert migration.process is not None
        while migration.process.poll() is None:
            if self._stop.wait(0.02):
                return False
        if migration.process.returncode != 0:
            raise ServeError("the database could not be brought to this version's schema (see above)")
        return True

    def _let_in(self, child: Child, added: dict[str, str]) -> None:
        assert child.gate is not None
        child.gate.open(added | self._log_file(child))
        child.gate = None

    def _public_url(self) -> str:
        # the default names the default port; whoever sets an address of their own knows it better
        if "public_url" in self.settings.model_fields_set:
            return self.settings.public_url
        host = "127.0.0.1" if self.settings.host in {"0.0.0.0", "::"} else self.settings.host  # noqa: S104 -- compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def _spawn(self, child: Child) -> None:
        environment = self._environment | self._log_file(child)
        inherited = child.inherited
        if child.gate is not None:
            environment[GATE] = str(child.gate.theirs)
            inherited = (*inherited, child.gate.theirs)
        child.process = subprocess.Popen(  # noqa: S603 -- our own module
            child.command,
            env=environment,
            pass_fds=inherited,
            stdin=subprocess.DEVNULL,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 -- two system calls that were loaded before
            start_new_session=True,  # Ctrl-C is for us; they are stopped in order
        )
        if child.gate is not None:
            os.close(child.gate.theirs)

    def _log_file(self, child: Child) -> dict[str, str]:
        if self.settings.log_file is not None:
            return {}
        # one file a process: two cannot rotate the same
        return {f"{PREFIX}LOG_FILE": str(self.settings.data_dir / "logs" / f"{child.name}.log")}

    def _wait_until_answered(self) -> bool:
        """Wait for the page and its database; returns False when told to stop meanwhile."""
        host = "127.0.0.1" if self.settings.host == "0.0.0.0" else self.settings.host  # noqa: S104 -- compared, not bound
        url = f"http://{f'[{host}]' if ':' in host else host}:{self.port}/health/ready"
        deadline = time.monotonic() + READY_WITHIN_S
        while not self._stop.wait(0.05):
            with contextlib.suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(url, timeout=2).close()
                return True
            self._check()
            if time.monotonic() > deadline:
                raise ServeError(f"not ready after {READY_WITHIN_S:.0f} s")
        return False

    def _check(self) -> None:
        """Start again what died, each after a pause of its own; the rest goes on meanwhile.

        Raises:
            ServeError: something dies again and again before the service was ready once.
        """
        if self.database is not None:
            self._check_one("database", self.database.poll, self._restart_database, self._database_deaths)
        for child in self.children:
            if child.process is not None:
                self._check_one(child.name, child.process.poll, partial(self._spawn, child), child.deaths)

    def _check_one(self, name: str, poll: Callable[[], int | None], start: Callable[[], None], deaths: Deaths) -> None:
        now = time.monotonic()
        if deaths.again_at is None:
            status = poll()
            if status is not None:
                self._count_death(name, cause_of_death(status), deaths)
        elif now >= deaths.again_at:
            deaths.again_at = None
            try:
                start()
            except (OSError, EmbeddedDatabaseError) as error:  # no room on the disk, no memory: that may pass
                self._count_death(name, f"cannot be started ({error})", deaths)
            self._tell_status()

    def _restart_database(self) -> None:
        assert self.database is not None
        self.database.restart(timeout_s=RESTART_WITHIN_S)

    def _count_death(self, name: str, cause: str, deaths: Deaths) -> None:
        count = deaths.count(time.monotonic())
        if not self._is_ready and count >= MAX_DEATHS:
            raise ServeError(f"{name} died {count} times within {DEATH_WINDOW_S:.0f} s; stopping everything")
        assert deaths.again_at is not None
        pause_s = deaths.again_at - time.monotonic()
        say(f"{name} {cause}; starting it again" + (f" in {pause_s:.0f} s" if pause_s >= 1 else ""))
        self._tell_status()

    def _tell_status(self) -> None:
        """What runs and what waits to be started again, for `/health/ready`."""
        known = {child.name: child.deaths for child in self.children}
        if self.database is not None:
            known["database"] = self._database_deaths
        status = {name: "running" if deaths.again_at is None else "restarting" for name, deaths in known.items()}
        draft = self._status_folder / "processes.draft"
        with contextlib.suppress(OSError):
            draft.write_text(json.dumps(status), encoding="utf-8")
            draft.replace(self._status_folder / "processes.json")

    def _stop_all(self) -> None:
        for child in (self._migration, *self.children):
            if child.gate is not None:
                child.gate.close()
        running = [
            child
            for child in (self._migration, *self.children)
            if child.process is not None and child.process.poll() is None
        ]
        for child in running:
            assert child.process is not None
            child.process.terminate()
        deadline = time.monotonic() + STOP_WITHIN_S
        for child in running:
            assert child.process is not None
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                say(f"{child.name} did not stop within {STOP_WITHIN_S:.0f} s; killing it")
                child.process.kill()
                child.process.wait()
        if self.database is not None:
            self.database.stop()
        self.listener.close()
        shutil.rmtree(self._status_folder, ignore_errors=True)


def serve(
    data_dir: Path | None = None, host: str | None = None, port: int | None = None, *, opens_browser: bool = False
) -> int:
    """Run the whole service until Ctrl-C or SIGTERM.

    Args:
        data_dir: folder of database and files; a folder of the account's when none is given.
        host: address to listen on; 127.0.0.1 when none is given.
        port: TCP port; 8000 when none is given, any free one when 0.
        opens_browser: show the page in the browser when it is ready.

    Returns:
        The exit status.

    Raises:
        SettingsError: a setting makes no sense.
        ServeError: the address is in use.
        DataFolderError: the data folder cannot be used.
    """
    given = {"data_dir": data_dir, "host": host, "port": port}
    settings = load_settings(**{name: value for name, value in given.items() if value is not None})
    return Supervisor(settings, opens_browser=opens_browser).run()
