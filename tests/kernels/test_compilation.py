"""Compiled kernels: kept between processes, never in the way of work where nothing can be kept."""

import os
import subprocess
import sys
from pathlib import Path


def run(code: str, **environment: str) -> str:
    """What a fresh interpreter prints."""
    return subprocess.run(
        [sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True, check=True
    ).stdout


def test_kernels_work_where_no_cache_can_be_written():
    # a path below a file cannot become a folder, whoever asks
    blocked = str(Path(__file__) / "below")
    code = (
        "from spheroseg.kernels import compilation as kernels\n"
        "kernels._PACKAGE = kernels.Path(kernels.__file__) / 'below'\n"
        "print(kernels.cache_folder(), kernels.compiled(lambda x: x + 1)(2))"
    )
    assert run(code, NUMBA_CACHE_DIR=blocked, XDG_CACHE_HOME=blocked).strip() == "None 3"


def test_kernels_are_kept_in_a_folder_that_changes_with_their_sources(tmp_path):
    code = (
        "import numpy as np\n"
        "from spheroseg.kernels import compilation as kernels\nfrom spheroseg.geometry import trace\n"
        "trace(np.ones((2, 2), np.uint16))\n"
        "print(kernels.cache_folder())"
    )
    first = Path(run(code, NUMBA_CACHE_DIR=str(tmp_path)).strip())
    assert first.parent == tmp_path
    assert list(first.rglob("*.nbi"))
    changed = "from spheroseg.kernels import compilation as kernels\nkernels.numba.__version__ += 'x'\nprint(kernels.cache_folder())"
    assert Path(run(changed, NUMBA_CACHE_DIR=str(tmp_path)).strip()) != first
