"""A service in parts that a test can kill: a database, an API process and a worker, each a program of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import psutil
import psycopg
from tests.fixtures.processes import PATIENCE_S, free_port, wait_until
from tests.server.fixtures.database import SECRET_KEY
from tests.server.fixtures.pictures import spheroid_png

from spheroseg.client import Client
from spheroseg.client.connection import ServiceError
from spheroseg.server.migrations import upgrade
from spheroseg.server.processes.embedded import EmbeddedPostgres

T = TypeVar("T")

EMAIL, PASSWORD = "me@example.org", "correct horse battery"


class Machines:
    """Database, API and worker; each can be killed and started again.

    Args:
        folder: of the database, the files and the logs; open to the database's account.
        environment: further variables of API and worker.
    """

    def __init__(self, folder: Path, **environment: str) -> None:
        self.folder = folder
        folder.mkdir(mode=0o711)
        self.database = EmbeddedPostgres(folder / "database")
        self.database.start()
        upgrade(self.database.url())
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SPHEROSEG_")}
        self.environment = kept | {
            "SPHEROSEG_DATABASE_URL": self.database.url(),
            "SPHEROSEG_DATA_DIR": str(folder / "data"),
            "SPHEROSEG_SECRET_KEY": SECRET_KEY,
            "SPHEROSEG_PORT": str(self.port),
            "SPHEROSEG_RATE_LIMITS": "false",
            "SPHEROSEG_PASSWORD_MEMORY_MIB": "1",
            **environment,
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.client = Client(self.url)
        try:
            self.start("api")
            self.start("worker")
            self.client.sign_up(EMAIL, PASSWORD)
            self.client.sign_in(EMAIL, PASSWORD)
        except BaseException:  # what has started must not outlive a test that never begins
            self.close()
            raise

    def close(self) -> None:
        self.client.close()
        for process in self.processes.values():
            process.send_signal(signal.SIGCONT)
            process.terminate()
        for process in self.processes.values():
            process.wait(PATIENCE_S)
        self.database.stop()

    def start(self, name: str, **environment: str) -> None:
        """Start `api` or `worker`; the API answers when this returns."""
        command = [str(Path(sys.executable).with_name("spheroseg")), name]
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                command, env=self.environment | environment, stdout=log, stderr=subprocess.STDOUT
            )
        if name == "api":
            wait_until(self.is_ready, "the API answers")

    def is_ready(self) -> bool:
        assert self.processes["api"].poll() is None, self.log_of("api")
        with contextlib.suppress(OSError):
            return urllib.request.urlopen(f"{self.url}/health/ready", timeout=10).status == 200
        return False

    def log_of(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")

    def kill(self, victim: str) -> None:
        """kill -9, and start what died again: `api`, `worker`, `database`, or `child`, the worker's compute processes."""
        match victim:
            case "child":
                for child in psutil.Process(self.processes["worker"].pid).children():
                    with contextlib.suppress(psutil.NoSuchProcess):
                        child.kill()
            case "database":
                os.kill(self.database.pid, signal.SIGKILL)
                wait_until(lambda: self.database.poll() is not None, "the database is dead")
                self.database.restart()
            case _:
                process = self.processes[victim]
                process.kill()
                process.wait()
                self.start(victim)

    def ask(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """Look into the database."""
        with psycopg.connect(self.database.url()) as db:
            return db.execute(query, values).fetchall()

    def hold_at_work(self, task: str) -> None:
        """Let the worker go on until it is in the middle of a job of this task, and stop it there (SIGSTOP)."""
        process = self.processes["worker"]
        with psycopg.connect(self.database.url(), autocommit=True) as db:

            def is_at_work() -> bool:
                query = "SELECT 1 FROM procrastinate_jobs WHERE task_name = %s AND status = 'doing'"
                return db.execute(query, (task,)).fetchone() is not None

            deadline = time.monotonic() + PATIENCE_S
            while True:
                assert time.monotonic() < deadline, f"{task} was never at work:\n{self.log_of('worker')[-3000:]}"
                if is_at_work():
                    process.send_signal(signal.SIGSTOP)
                    if is_at_work():
                        return
                    process.send_signal(signal.SIGCONT)
                time.sleep(0.001)

    def release(self) -> None:
        """Let a held worker go on, if it lives."""
        if self.processes["worker"].poll() is None:
            self.processes["worker"].send_signal(signal.SIGCONT)

    def patiently(self, ask: Callable[[], T]) -> T:
        """The answer, from a service that may be starting again."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                return ask()
            except ServiceError as error:
                if error.status not in {0, 502, 503, 504} or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def is_idle(self) -> bool:
        """Whether no job waits or runs that may run now."""
        query = (
            "SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"
            " AND (scheduled_at IS NULL OR scheduled_at < now())"
        )
        return self.ask(query) == [(0,)]


def pictures(folder: Path, count: int, *, size_px: int = 900, first: int = 0) -> list[Path]:
    """So many different pictures of one spheroid each."""
    folder.mkdir(exist_ok=True)
    paths = []
    for number in range(first, first + count):
        path = folder / f"A{number + 1:02d}.png"
        path.write_bytes(spheroid_png(size_px=size_px, radius_px=size_px / 5 + number, seed=number))
        paths.append(path)
    return paths
