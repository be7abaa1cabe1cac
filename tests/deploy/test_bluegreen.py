"""A new version beside the old one, under load: nobody notices, whether it is good or broken."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.deploy.cluster import Cluster, running, spheroseg
from tests.deploy.conftest import Proxy, nginx_before
from tests.deploy.programs import DEPLOY, program, script, wait_for
from tests.fixtures.processes import free_port

LOAD_S = 1200

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]  # the cluster starts with the first of these tests
BROKEN = """#!{python}
import http.server, os, sys
if sys.argv[1] != "api":
    sys.exit(0)
answered = 0
class Green(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        global answered
        fine = self.path in ("/health/ready", "/metrics")
        answered += not fine
        body = b'spheroseg_requests_total{{method="GET",route="/",status="500"}} %d\\n' % answered
        self.send_response(200 if fine else 500)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["SPHEROSEG_PORT"])), Green).serve_forever()
"""


class Shift:
    """nginx before the running version, and the script that brings the next one."""

    def __init__(self, proxy: Proxy, cluster: Cluster) -> None:
        self.proxy, self.cluster = proxy, cluster
        self.backend = proxy.folder / "backend.conf"
        self.green = f"127.0.0.1:{free_port()}"

    def to(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        environment = self.cluster.environment | {
            "BACKEND": str(self.backend),
            "NGINX_RELOAD": f"{program('nginx')} -c {self.proxy.folder.parent / 'nginx.conf'} -s reload",
            "GREEN": self.green,
            "GREEN_LOG": str(self.proxy.folder / "green.log"),
            "WEIGHTS": "20 60 100",
            "STEP_S": "4",
            "START_S": "300",
        }
        return subprocess.run(
            [str(DEPLOY / "bluegreen.sh"), *command], env=environment, capture_output=True, text=True, check=False
        )


@pytest.fixture
def shift(cluster: Cluster, tmp_path: Path, folder: Path, request: pytest.FixtureRequest) -> Iterator[Shift]:
    blue = free_port()
    log = tmp_path / "blue.log"
    environment = cluster.environment | {"SPHEROSEG_PORT": str(blue), "SPHEROSEG_RATE_LIMITS": "false"}
    backend = f"upstream blue {{ server 127.0.0.1:{blue}; }}\nmap $host $api_backend {{ default blue; }}\n"
    with running(spheroseg("api"), environment, log) as process:
        wait_for(f"http://127.0.0.1:{blue}/health/ready", process, log)
        with nginx_before(folder / f"nginx-{request.node.name}", backend) as proxy:
            yield Shift(proxy, cluster)


def under_load(shift: Shift, journey: Path, command: list[str]) -> tuple[subprocess.CompletedProcess[str], str]:
    """What the script said and what the callers saw meanwhile."""
    lines: list[str] = []
    load = subprocess.Popen(
        [sys.executable, str(DEPLOY / "load.py"), shift.proxy.url, str(journey), str(LOAD_S), "3"],
        env=os.environ | {"SSL_CERT_FILE": str(shift.proxy.authority)}, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert load.stdout is not None
    assert load.stdout.readline() == "load: begun\n"
    reader = threading.Thread(target=lambda: lines.extend(load.stdout or ()))
    reader.start()
    try:
        answer = shift.to(command)
    finally:
        load.send_signal(signal.SIGINT)
        load.wait(60)
        reader.join()
        load.stdout.close()
    seen = "".join(lines)
    assert int(seen.split("load: ")[1].split(" requests")[0]) > 0
    return answer, seen


def test_a_good_version_takes_over_and_no_request_fails(shift: Shift, journey: Path) -> None:
    answer, seen = under_load(shift, journey, spheroseg())
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert ", 0 failed once, 0 after a retry" in seen
    assert shift.backend.read_text().startswith(f"upstream blue {{ server {shift.green};")
    script("journey.py", "check", shift.proxy.url, str(journey), trust=shift.proxy.authority)
    os.kill(int(answer.stdout.split("process ")[1].split(")")[0]), signal.SIGTERM)


def test_a_version_that_fails_every_request_is_taken_back_and_no_caller_sees_it(
    shift: Shift, journey: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken"
    broken.write_text(BROKEN.format(python=sys.executable))
    broken.chmod(0o755)
    answer, seen = under_load(shift, journey, [str(broken)])
    assert answer.returncode == 1
    assert "server errors at 20 %" in answer.stdout
    assert ", 0 failed once, 0 after a retry" in seen
    script("journey.py", "check", shift.proxy.url, str(journey), trust=shift.proxy.authority)


def test_a_version_that_does_not_start_is_never_asked(shift: Shift, tmp_path: Path) -> None:
    dead = tmp_path / "dead"
    dead.write_text('#!/bin/sh\n[ "$1" = migrate ]\n')
    dead.chmod(0o755)
    answer = shift.to([str(dead)])
    assert answer.returncode == 1
    assert "green does not start" in answer.stdout
    assert "% to green" not in answer.stdout
