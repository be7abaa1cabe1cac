"""The wheel by itself: installed into an empty environment with the extra `server`, far from this checkout and without make."""

from __future__ import annotations

import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from tests.deploy.cluster import running
from tests.deploy.programs import DEPLOY, ROOT, wait_for
from tests.fixtures.processes import free_port
from tests.fixtures.tools import missing

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]  # some 500 MB are downloaded and installed


def test_pip_install_and_serve(folder: Path, tmp_path: Path) -> None:
    if not (ROOT / "src/spheroseg/server/web/index.html").is_file():
        missing("the web app is not built (web/build.sh)")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=ROOT, check=True)
    (wheel,) = tmp_path.glob("spheroseg-*.whl")
    programs = tmp_path / "environment" / "bin"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "environment"], check=True)
    subprocess.run([programs / "pip", "install", "-q", f"{wheel}[server]"], cwd=tmp_path, check=True)

    # no variable and no folder of the checkout: what runs is what was installed
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("SPHEROSEG_", "PYTHON", "VIRTUAL_ENV"))
    }
    where = subprocess.run(
        [programs / "python", "-c", "import spheroseg; print(spheroseg.__file__)"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert Path(where.strip()).is_relative_to(tmp_path / "environment")
    port, log = free_port(), tmp_path / "log"
    url = f"http://127.0.0.1:{port}"
    command = [str(programs / "spheroseg"), "serve", "--port", str(port), "--data-dir", str(folder / "wheel")]
    with running(command, environment, log) as process:
        wait_for(f"{url}/health/ready", process, log)
        assert b'<div id="root">' in urllib.request.urlopen(url, timeout=30).read()
        subprocess.run(
            [programs / "python", DEPLOY / "journey.py", "begin", url, tmp_path / "journey.json"],
            cwd=tmp_path, env=environment, check=True,
        )  # fmt: skip
