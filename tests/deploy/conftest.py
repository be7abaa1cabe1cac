"""The deployment's files with the real programs: nginx, Prometheus and its checkers, a service that runs."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.deploy.cluster import Cluster, cluster  # noqa: F401 -- a fixture
from tests.deploy.programs import DEPLOY, ROOT, START_S, program, script, wait_for
from tests.fixtures.processes import free_port
from tests.fixtures.tools import missing


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """Open to the database's account and to nginx."""
    folder = Path(tempfile.mkdtemp(prefix="spheroseg-deploy-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def service(folder: Path) -> Iterator[int]:
    """Port of a service that stands behind a proxy."""
    if not (ROOT / "src/spheroseg/server/web/index.html").is_file():
        missing("the web app is not built (web/build.sh)")
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPHEROSEG_")}
    environment |= {"SPHEROSEG_TRUSTED_PROXIES": '["127.0.0.1"]', "SPHEROSEG_PUBLIC_URL": "https://localhost"}
    command = [str(Path(sys.executable).with_name("spheroseg")), "serve", "--port", str(port)]
    log = folder / "service.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*command, "--data-dir", str(folder / "data")], env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        wait_for(f"http://127.0.0.1:{port}/health/ready", process, log)
        yield port
    finally:
        process.terminate()
        process.wait(60)


@dataclass(frozen=True)
class Proxy:
    """An nginx with our configuration."""

    https: int
    http: int
    authority: Path
    folder: Path

    @property
    def url(self) -> str:
        return f"https://localhost:{self.https}"


@contextlib.contextmanager
def nginx_before(made: Path, backend: str) -> Iterator[Proxy]:
    """nginx with our configuration in a folder, and this as its backend.conf."""
    nginx = program("nginx")
    shutil.copytree(DEPLOY, made / "deploy", ignore=shutil.ignore_patterns("secrets"))
    subprocess.run([made / "deploy" / "secrets.sh", "localhost"], check=True, capture_output=True)
    secrets, work = made / "deploy" / "secrets", made / "nginx"
    for place in (work, work / "cache"):
        place.mkdir()
    (work / "backend.conf").write_text(backend)
    https, http = free_port(), free_port()
    for name in ("nginx.conf", "site.conf"):
        text = (DEPLOY / "proxy" / name).read_text()
        for old, new in (
            ("/etc/nginx/spheroseg", str(made)), ("/run/secrets", str(secrets)), ("/tmp/nginx", str(work)),
            ("[::]:8443", f"[::1]:{https}"), ("[::]:8080", f"[::1]:{http}"), ("listen 8081;", f"listen 127.0.0.1:{free_port()};"),
            ("listen 8443", f"listen 127.0.0.1:{https}"), ("listen 8080", f"listen 127.0.0.1:{http}"),
        ):  # fmt: skip
            text = text.replace(old, new)
        (made / name).write_text(text)
    command = [nginx, "-c", str(made / "nginx.conf"), "-g", "daemon off;"]
    log = made / "log"
    with log.open("wb") as output:
        subprocess.run([*command, "-t"], check=True, stdout=output, stderr=output)
        process = subprocess.Popen(command, stdout=output, stderr=output)
    try:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", https)) == 0:
                    break
            time.sleep(0.1)
        yield Proxy(https, http, secrets / "authority_certificate", work)
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="session")
def proxy(folder: Path, service: int) -> Iterator[Proxy]:
    """nginx before the service, and before a second replica that is dead."""
    replicas = f"server 127.0.0.1:{free_port()} max_fails=0; server 127.0.0.1:{service} max_fails=0;"
    backend = f"upstream replicas {{ {replicas} }}\nmap $host $api_backend {{ default replicas; }}\n"
    with nginx_before(folder / "proxy", backend) as proxy:
        yield proxy


@pytest.fixture(scope="session")
def journey(cluster: Cluster, folder: Path) -> Path:  # noqa: F811 -- the fixture
    """What a person left in the cluster."""
    state = folder / "journey.json"
    script("journey.py", "begin", cluster.api, str(state))
    return state
