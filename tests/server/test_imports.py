"""What the processes of the service load: no inference engine, no torch and no OpenCV in the API."""

from __future__ import annotations

import subprocess
import sys

SLOW_TO_LOAD = ("torch", "onnxruntime", "openvino", "cv2", "numba", "pandas", "matplotlib")


def loaded_by(module: str) -> set[str]:
    code = f"import {module}, sys; print(' '.join(name for name in {SLOW_TO_LOAD!r} if name in sys.modules))"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(answer.stdout.split())


def test_the_api_loads_no_engine() -> None:
    assert loaded_by("spheroseg.server.app") == set()


def test_neither_does_the_supervisor() -> None:
    assert loaded_by("spheroseg.server.processes.supervise, spheroseg.server.processes.entry") == set()
