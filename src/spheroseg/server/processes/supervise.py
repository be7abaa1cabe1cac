"""`spheroseg serve`: the whole service from one command.

Starts the embedded database, applies migrations, starts the API and the worker as processes of their own, says which of
them dies and starts it again, and stops all of them on Ctrl-C, on SIGTERM, and when it is killed itself.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from spheroseg.errors import SpheroSegError
from spheroseg.server.config import PREFIX, Settings, load_settings
from spheroseg.server.processes.embedded import EmbeddedPostgres, die_with_parent
from spheroseg.server.processes.postgres_programs import EmbeddedDatabaseError

CHECK_EVERY_S = 0.25
STOP_WITHIN_S = 30.0
MAX_DEATHS = 5
DEATH_WINDOW_S = 60.0
READY_WITHIN_S = 180.0


class ServeError(SpheroSegError):
    """The service cannot be started or kept up, and why, in one line."""


@dataclass
class Child:
    """A process of the service, and when it died."""

    name: str
    command: list[str]
    inherited: tuple[int, ...] = ()
    process: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)


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


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; made before anything else, so that a port in use is told at once.

    Raises:
        ServeError: the address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ServeError(f"cannot listen on {host}:{port}: {reason}") from None
    listener.listen(2048)
    listener.set_inheritable(True)
    return listener


class Supervisor:
    """Keeps the processes of one service.

    Args:
        settings: checked settings; without a database URL the embedded database is started.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.listener = listen(settings.host, settings.port)
        self.port: int = self.listener.getsockname()[1]
        self.database: EmbeddedPostgres | None = None
        if settings.database_url is None:
            self.database = EmbeddedPostgres(settings.data_dir)
        self._database_deaths: list[float] = []
        self._environment = dict(os.environ)
        self._stop = threading.Event()
        python = [sys.executable, "-m", "spheroseg.server.processes.entry"]
        fd = self.listener.fileno()
        self._migrate = [*python, "migrate"]
        self.children = [
            Child(f"api-{number}" if settings.api_processes > 1 else "api", [*python, "api", str(fd)], (fd,))
            for number in range(1, settings.api_processes + 1)
        ]
        self.children.append(Child("worker", [*python, "worker"]))

    def run(self) -> int:
        """Serve until told to stop.

        Returns:
            The exit status: 0 when told to stop, 1 when something could not be kept up.
        """
        previous = {number: signal.signal(number, self._told_to_stop) for number in self._signals()}
        try:
            self._start()
            while not self._stop.wait(CHECK_EVERY_S):
                self._check()
        except SpheroSegError as error:
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

    def _told_to_stop(self, number: int, frame: FrameType | None) -> None:
        del frame
        if not self._stop.is_set():
            say(f"stopping ({signal.Signals(number).name})")
        self._stop.set()

    def _start(self) -> None:
        settings = self.settings
        if self.database is not None:
            self.database.start()
            self._environment[f"{PREFIX}DATABASE_URL"] = self.database.url()
        self._environment |= {
            f"{PREFIX}DATA_DIR": str(settings.data_dir),
            f"{PREFIX}PUBLIC_URL": self._public_url(),
        }
        metrics = settings.data_dir / "metrics"
        shutil.rmtree(metrics, ignore_errors=True)  # counts of processes that are gone
        metrics.mkdir(parents=True)
        self._environment["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
        migrated = subprocess.run(  # noqa: S603 -- our own module
            self._migrate, env=self._environment, check=False, preexec_fn=die_with_parent(signal.SIGKILL)
        )
        if self._stop.is_set():
            return
        if migrated.returncode != 0:
            raise ServeError("the database could not be brought to this version's schema (see above)")
        for child in self.children:
            self._spawn(child)
        self._wait_until_ready()

    def _public_url(self) -> str:
        # the default names the default port; whoever sets an address of their own knows it better
        if "public_url" in self.settings.model_fields_set:
            return self.settings.public_url
        host = "127.0.0.1" if self.settings.host in {"0.0.0.0", "::"} else self.settings.host  # noqa: S104 -- compared, not bound
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def _spawn(self, child: Child) -> None:
        environment = dict(self._environment)
        if self.settings.log_file is None:  # one file a process: two cannot rotate the same
            environment[f"{PREFIX}LOG_FILE"] = str(self.settings.data_dir / "logs" / f"{child.name}.log")
        child.process = subprocess.Popen(  # noqa: S603 -- our own module
            child.command,
            env=environment,
            pass_fds=child.inherited,
            stdin=subprocess.DEVNULL,
            preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 -- two system calls that were loaded before
            start_new_session=True,  # Ctrl-C is for us; they are stopped in order
        )

    def _wait_until_ready(self) -> None:
        host = "127.0.0.1" if self.settings.host == "0.0.0.0" else self.settings.host  # noqa: S104 -- compared, not bound
        url = f"http://{f'[{host}]' if ':' in host else host}:{self.port}/health/ready"
        deadline = time.monotonic() + READY_WITHIN_S
        while not self._stop.wait(0.1):
            with contextlib.suppress(urllib.error.URLError, OSError):
                urllib.request.urlopen(url, timeout=2).close()
                say(f"ready at {self._public_url()} (Ctrl-C stops it)")
                return
            self._check()
            if time.monotonic() > deadline:
                raise ServeError(f"not ready after {READY_WITHIN_S:.0f} s")

    def _check(self) -> None:
        """Start again what died.

        Raises:
            ServeError: it dies too often.
        """
        if self.database is not None and (status := self.database.poll()) is not None:
            say(f"database {cause_of_death(status)}; starting it again")
            self._count_death("database", self._database_deaths)
            try:
                self.database.restart()
            except EmbeddedDatabaseError as error:
                raise ServeError(str(error)) from None
        for child in self.children:
            if child.process is not None and (status := child.process.poll()) is not None:
                say(f"{child.name} {cause_of_death(status)}; starting it again")
                self._count_death(child.name, child.deaths)
                self._spawn(child)

    def _count_death(self, name: str, deaths: list[float]) -> None:
        now = time.monotonic()
        deaths[:] = [at for at in deaths if now - at < DEATH_WINDOW_S] + [now]
        if len(deaths) >= MAX_DEATHS:
            raise ServeError(f"{name} died {len(deaths)} times within {DEATH_WINDOW_S:.0f} s; stopping everything")
        # a pause that grows, so that what dies at once does not burn the processor
        self._stop.wait(min(0.2 * 2 ** (len(deaths) - 1), 5.0))

    def _stop_all(self) -> None:
        running = [child for child in self.children if child.process is not None and child.process.poll() is None]
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


def serve(data_dir: Path | None = None, host: str | None = None, port: int | None = None) -> int:
    """Run the whole service until Ctrl-C or SIGTERM.

    Args:
        data_dir: folder of database and files; a folder of the account's when none is given.
        host: address to listen on; 127.0.0.1 when none is given.
        port: TCP port; 8000 when none is given, any free one when 0.

    Returns:
        The exit status.

    Raises:
        SettingsError: a setting makes no sense.
        ServeError: the address is in use.
    """
    given = {"data_dir": data_dir, "host": host, "port": port}
    return Supervisor(load_settings(**{name: value for name, value in given.items() if value is not None})).run()
