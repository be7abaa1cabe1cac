import os
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from spheroseg.cli.app import main

EXAMPLES = Path(str(files("spheroseg") / "examples"))
Run = Callable[..., subprocess.CompletedProcess]


@pytest.fixture
def run_process(tmp_path: Path) -> Run:
    """Runs the installed command in an empty folder, as a person would: one test of each command."""

    def run(*arguments: object, timeout: float = 280) -> subprocess.CompletedProcess:
        command = [sys.executable, "-W", "error", "-m", "spheroseg", *map(str, arguments)]
        environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1"}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=timeout
        )

    return run


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Run:
    """`run_process` in this process: a new Python loads the libraries for longer than most commands work."""

    def run(*arguments: object) -> subprocess.CompletedProcess:
        words = ["spheroseg", *map(str, arguments)]
        with monkeypatch.context() as here:
            here.chdir(tmp_path)
            here.setenv("COLUMNS", "100")
            here.setenv("NO_COLOR", "1")
            here.setattr(sys, "argv", words)
            with pytest.raises(SystemExit) as end:
                main()
        captured = capfd.readouterr()
        return subprocess.CompletedProcess(words, end.value.code or 0, captured.out, captured.err)

    return run


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """A folder with three of the shipped example images."""
    folder = tmp_path / "images"
    folder.mkdir()
    for name in ("example_compact_A01.tif", "example_touching_B01.tif", "example_nuclei_C02.tif"):
        (folder / name).write_bytes((EXAMPLES / name).read_bytes())
    return folder
