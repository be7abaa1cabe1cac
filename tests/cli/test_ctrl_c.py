"""Ctrl-C while a command still loads: one line or none, never a traceback, and the status that says so."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

INSTALLED = Path(sys.executable).with_name("spheroseg")
"""What a person types; `python -m spheroseg` begins at the same line."""


def stopped_when(module: str, folder: Path, *arguments: str) -> tuple[int, list[str]]:
    """Exit status and lines of a command that gets Ctrl-C the moment Python has loaded a module for it."""
    process = subprocess.Popen(
        [sys.executable, "-X", "importtime", INSTALLED, *arguments],
        cwd=folder,
        env=os.environ | {"NO_COLOR": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # a shell's background jobs, such as these tests may be, ignore Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 -- no threads here
    )
    assert process.stderr is not None
    lines, is_sent = [], False
    with process:
        for line in process.stderr:
            if not line.startswith("import time:"):
                lines.append(line.rstrip())
            elif line.rpartition("|")[2].strip() == module:
                os.killpg(process.pid, signal.SIGINT)  # a terminal tells all processes of the command
                is_sent = True
    assert is_sent, f"it never loads {module}"
    return process.returncode, [line for line in lines if line]


@pytest.mark.parametrize(
    "module", ["spheroseg.cli", "rich", "numpy._core.multiarray", "pydantic", "spheroseg.cli.train"]
)
def test_before_a_command_begins(tmp_path: Path, module: str) -> None:
    assert stopped_when(module, tmp_path, "serve", "--data-dir", "data", "--port", "0") == (130, ["spheroseg: stopped"])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "module",
    ["http.client", "pydantic_settings.main", "spheroseg.server.migrations", "spheroseg.server.processes.listener"],
)
def test_while_serve_loads(tmp_path: Path, module: str) -> None:
    status, lines = stopped_when(module, tmp_path, "serve", "--data-dir", "data", "--port", "0")
    assert (status, len(lines) <= 1) == (130, True), lines
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("module", ["spheroseg.imaging", "scipy", "cv2", "numba", "spheroseg.pipeline"])
def test_while_the_libraries_of_images_load(tmp_path: Path, examples: Path, module: str) -> None:
    status, lines = stopped_when(module, tmp_path, "segment", str(examples), "--out", str(tmp_path / "out"))
    assert (status, len(lines) <= 1) == (130, True), lines
    assert not (tmp_path / "out").exists()


def test_while_a_mistake_is_told(tmp_path: Path) -> None:
    status, lines = stopped_when("markdown_it", tmp_path, "doctor")
    assert status == 130
    assert lines[-1] == "spheroseg: stopped"
    assert not any("Traceback" in line for line in lines)
