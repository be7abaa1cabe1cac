"""Import direction, beyond what the contracts in pyproject.toml can say."""

import os
import subprocess
import sys

import pytest

SLOW_TO_LOAD = ("torch", "onnxruntime", "openvino", "cv2", "matplotlib", "numba", "pandas")


def loaded_by(statement: str, names: tuple[str, ...]) -> set[str]:
    """Which of the modules are in memory after the statement ran in a fresh interpreter."""
    code = f"{statement}\nimport sys\nprint(' '.join(name for name in {names!r} if name in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_import_contracts_hold() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c()"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_check_sees_a_heavy_import() -> None:
    assert loaded_by("import numba", SLOW_TO_LOAD) >= {"numba"}


def test_import_spheroseg_is_light() -> None:
    assert loaded_by("import spheroseg", SLOW_TO_LOAD) == set()


def test_the_command_line_starts_light() -> None:
    # `spheroseg --help` must answer at once: engines and kernels are loaded by the commands that use them
    assert loaded_by("import spheroseg.cli.app", ("torch", "onnxruntime", "openvino", "cv2", "matplotlib")) == set()


def test_hardly_anything_loads_before_ctrl_c_is_heard() -> None:
    # `typing` brings `re` and much else: without them our part of that time is half
    before = "import lazy_loader, signal; import sys; had = set(sys.modules); import spheroseg.__main__"
    code = f"{before}; print(*sorted(set(sys.modules) - had))"
    done = subprocess.run([sys.executable, "-S", "-c", code], env={"PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.split() == ["__future__", "spheroseg", "spheroseg.__main__", "spheroseg.version"]


@pytest.mark.parametrize("room", ["imaging", "segmentation", "geometry", "measurement", "analysis", "formats"])
def test_rooms_load_no_torch_and_no_web(room: str) -> None:
    assert loaded_by(f"import spheroseg.{room}", ("torch", "fastapi", "sqlalchemy", "starlette")) == set()
