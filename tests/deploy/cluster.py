"""A cluster of this machine: every part a program of its own, as operators run them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from tests.deploy.programs import DEPLOY, program, wait_for
from tests.fixtures.processes import free_port

from spheroseg.server.processes.embedded import EmbeddedPostgres


@dataclass(frozen=True)
class Cluster:
    """Addresses of what runs, and the environment of its commands."""

    api: str
    prometheus: str
    environment: dict[str, str]


STOP_S = 180
"""A service that is told to end gives its parts 30 s and its database 20 s; a busy machine takes longer to do the same."""


@contextlib.contextmanager
def running(command: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs until the block ends, and must then end when it is asked to."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            written = log.read_text(encoding="utf-8", errors="replace")[-3000:]
            pytest.fail(f"{command[0]} did not end within {STOP_S} s of SIGTERM:\n{written}")


def spheroseg(*arguments: str) -> list[str]:
    return [str(Path(sys.executable).with_name("spheroseg")), *arguments]


@pytest.fixture(scope="session")
def cluster(folder: Path) -> Iterator[Cluster]:
    """Database, Redis, one API process, one worker, backups, exporters, nginx, Prometheus: each a program of its own."""
    place = folder / "cluster"
    place.mkdir()
    names = (
        "api",
        "worker",
        "backup",
        "redis",
        "postgres-exporter",
        "redis-exporter",
        "node",
        "nginx",
        "nginx-exporter",
        "prometheus",
    )
    ports = {name: free_port() for name in names}
    database = EmbeddedPostgres(folder / "database", server_settings={"fsync": "off"})
    database.start()
    base = {name: value for name, value in os.environ.items() if not name.startswith("SPHEROSEG_")}
    environment = base | {
        "SPHEROSEG_DATABASE_URL": database.url(),
        "SPHEROSEG_REDIS_URL": f"redis://127.0.0.1:{ports['redis']}/0",
        "SPHEROSEG_STORAGE_URL": str(place / "files"),
        "SPHEROSEG_DATA_DIR": str(place),
        "SPHEROSEG_SECRET_KEY": "k" * 40,
    }
    (place / "nginx.conf").write_text(
        f"pid {place}/nginx.pid; error_log stderr; events {{}} http {{ access_log off; client_body_temp_path {place}/body;"
        f" server {{ listen 127.0.0.1:{ports['nginx']}; location = /stub_status {{ stub_status; }} }} }}"
    )
    jobs = {
        "api": "api", "worker": "worker", "backup": "backup", "postgres": "postgres-exporter", "redis": "redis-exporter",
        "node": "node", "nginx": "nginx-exporter",
    }  # fmt: skip
    configuration = yaml.safe_load((DEPLOY / "monitoring" / "prometheus.yaml").read_text())
    assert set(jobs) < {job["job_name"] for job in configuration["scrape_configs"]}
    (place / "prometheus.yaml").write_text(
        yaml.safe_dump(
            {
                "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
                "rule_files": [str(DEPLOY / "monitoring" / "rules.yaml")],
                "scrape_configs": [
                    {"job_name": job, "static_configs": [{"targets": [f"127.0.0.1:{ports[name]}"]}]}
                    for job, name in jobs.items()
                ],
            }
        )
    )

    def exporter(name: str, *arguments: str) -> list[str]:
        return [program(f"prometheus-{name}-exporter"), *arguments]

    def listening(name: str) -> str:
        return f"--web.listen-address=127.0.0.1:{ports[name]}"

    nginx_status = f"http://127.0.0.1:{ports['nginx']}/stub_status"
    commands: dict[str, tuple[list[str], dict[str, str]]] = {
        "redis": ([program("redis-server"), "--port", str(ports["redis"]), "--save", "", "--bind", "127.0.0.1"], base),
        "api": (spheroseg("api"), {"SPHEROSEG_PORT": str(ports["api"])}),
        "worker": (spheroseg("worker"), {"SPHEROSEG_METRICS_PORT": str(ports["worker"])}),
        "backup": (
            spheroseg("backup", str(place / "backups"), "--every-h", "24"),
            {"SPHEROSEG_METRICS_PORT": str(ports["backup"])},
        ),
        "postgres-exporter": (
            exporter("postgres", listening("postgres-exporter")),
            {"DATA_SOURCE_NAME": database.url() + "&sslmode=disable"},
        ),
        "redis-exporter": (
            exporter("redis", "--redis.addr", f"redis://127.0.0.1:{ports['redis']}", f"--web.listen-address=127.0.0.1:{ports['redis-exporter']}"),
            {},
        ),
        "node": (exporter("node", listening("node")), {}),
        "nginx": ([program("nginx"), "-c", str(place / "nginx.conf"), "-g", "daemon off;"], {}),
        "nginx-exporter": (
            exporter("nginx", "-nginx.scrape-uri", nginx_status, "-web.listen-address", f"127.0.0.1:{ports['nginx-exporter']}"),
            {},
        ),
        "prometheus": (
            [program("prometheus"), f"--config.file={place}/prometheus.yaml", f"--storage.tsdb.path={place}/metrics", listening("prometheus")],
            {},
        ),
    }  # fmt: skip
    try:
        subprocess.run(spheroseg("migrate"), env=environment, check=True)
        with contextlib.ExitStack() as stack:
            for name, (command, more) in commands.items():
                log = place / f"{name}.log"
                process = stack.enter_context(running(command, environment | more, log))
                if name == "api":
                    wait_for(f"http://127.0.0.1:{ports['api']}/health/ready", process, log)
                if name == "prometheus":
                    wait_for(f"http://127.0.0.1:{ports['prometheus']}/-/ready", process, log)
            yield Cluster(
                f"http://127.0.0.1:{ports['api']}",
                f"http://127.0.0.1:{ports['prometheus']}",
                environment | {"SPHEROSEG_PORT": str(ports["api"]), "SPHEROSEG_METRICS_PORT": str(ports["worker"])},
            )
    finally:
        database.stop()
