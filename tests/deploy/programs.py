"""The programs that these tests run, and waiting for them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.request
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


def script(name: str, *arguments: str, trust: Path | None = None) -> str:
    """Run a script of deploy/ to its good end; what it said.

    Args:
        name: of the file.
        arguments: of the script.
        trust: certificate of the authority that it shall trust.
    """
    answer = subprocess.run(
        [sys.executable, str(DEPLOY / name), *arguments],
        cwd=ROOT,
        env=os.environ | ({"SSL_CERT_FILE": str(trust)} if trust else {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout
