"""While a new version takes over, a browser goes over once: page, files and answers come from one version."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from tests.deploy.programs import DEPLOY, program, wait_for
from tests.fixtures.processes import free_port

pytestmark = pytest.mark.slow
COLOUR = """#!{python}
import http.server, os, sys
if sys.argv[1] != "api":
    sys.exit(0)
class Colour(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = sys.argv[0].rpartition("/")[2].encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments): pass
http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["SPHEROSEG_PORT"])), Colour).serve_forever()
"""
NGINX = """daemon off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  include {folder}/backend.conf;
  server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://$api_backend; }} }}
}}
"""

RELOADED_S = 1.0


@contextlib.contextmanager
def started(command: list[str], ready: str, log: Path, **environment: str) -> Iterator[None]:
    """A program, until the end of the block."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=os.environ | environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        wait_for(ready, process, log)
        yield
    finally:
        process.terminate()
        process.wait(60)


def colour_of(url: str, **headers: str) -> str:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with urllib.request.urlopen(urllib.request.Request(url, headers=names), timeout=30) as answer:
        return str(answer.read().decode())


def test_a_browser_goes_over_once_and_scripts_request_by_request(tmp_path: Path) -> None:
    for name in ("blue", "green"):
        (tmp_path / name).write_text(COLOUR.format(python=sys.executable))
        (tmp_path / name).chmod(0o755)
    blue, green, port = free_port(), free_port(), free_port()
    url, backend, conf = f"http://127.0.0.1:{port}/", tmp_path / "backend.conf", tmp_path / "nginx.conf"
    backend.write_text(f"upstream blue {{ server 127.0.0.1:{blue}; }}\nmap $host $api_backend {{ default blue; }}\n")
    conf.write_text(NGINX.format(folder=tmp_path, port=port))
    nginx = [program("nginx"), "-c", str(conf)]
    seen: dict[str, list[str]] = {f"Browser/{number}": [] for number in range(12)}
    scripts: list[set[str]] = []
    with (
        started(
            [str(tmp_path / "blue"), "api"], f"http://127.0.0.1:{blue}/", tmp_path / "log", SPHEROSEG_PORT=str(blue)
        ),
        started(nginx, url, tmp_path / "nginx.log"),
    ):
        shift = subprocess.Popen(
            [str(DEPLOY / "bluegreen.sh"), str(tmp_path / "green")],
            env=os.environ
            | {"BACKEND": str(backend), "NGINX_RELOAD": f"{' '.join(nginx)} -s reload", "GREEN": f"127.0.0.1:{green}"}
            | {"WEIGHTS": "30 60 100", "STEP_S": "3", "GREEN_LOG": str(tmp_path / "green.log")},
            stdout=subprocess.PIPE,
            text=True,
        )
        while shift.poll() is None:
            # a reload leaves nginx' old workers answering for a moment: which one takes a connection is chance
            is_reloaded = time.time() - backend.stat().st_mtime > RELOADED_S
            for browser, colours in seen.items() if is_reloaded else ():
                colours.append(colour_of(url, User_Agent=browser))
            scripts.append({colour_of(url, User_Agent="script", Authorization="Bearer t") for _ in range(12)})
        output = shift.communicate()[0]
        assert shift.returncode == 0, output
        last = {browser: colour_of(url, User_Agent=browser) for browser in seen}
        os.kill(int(output.split("process ")[1].split(")")[0]), signal.SIGTERM)
    changes = {browser: sum(a != b for a, b in pairwise(colours)) for browser, colours in seen.items()}
    assert max(changes.values()) <= 1, changes
    assert set(last.values()) == {"green"}
    gone_over = [colours.index("green") for colours in seen.values() if "green" in colours]
    assert len(set(gone_over)) > 1, "not all browsers at once"
    assert {"blue", "green"} in scripts, "of one script's requests some are drawn for either"
