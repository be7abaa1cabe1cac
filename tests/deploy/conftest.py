"""The deployment's files with the real programs: nginx, Prometheus' checkers, a service that runs."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.fixtures.tools import missing

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
START_S = 180


def program(name: str) -> str:
    """A program of this host."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        missing(f"{name} is not installed (make test-deploy installs it)")
    return found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until something answers at an address; fail with its last words when it ends instead."""
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail(f"{url} does not answer:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")


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


@pytest.fixture(scope="session")
def proxy(folder: Path, service: int) -> Iterator[Proxy]:
    """nginx before the service, and before a second replica that is dead."""
    nginx = program("nginx")
    made = folder / "proxy"
    shutil.copytree(DEPLOY, made / "deploy", ignore=shutil.ignore_patterns("secrets"))
    subprocess.run([made / "deploy" / "secrets.sh", "localhost"], check=True, capture_output=True)
    secrets, work = made / "deploy" / "secrets", made / "nginx"
    for place in (work, work / "cache"):
        place.mkdir()
    (work / "backend.conf").write_text(
        f"upstream replicas {{ server 127.0.0.1:{free_port()} max_fails=0; server 127.0.0.1:{service}; }}\n"
        "map $host $api_backend { default replicas; }\n"
    )
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
