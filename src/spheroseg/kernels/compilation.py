"""How the array kernels are compiled: once per machine, kept on disk where that is possible."""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numba

P = ParamSpec("P")
R = TypeVar("R")

_SETTINGS: Any = numba.config  # numba's types do not know its settings
_PACKAGE = Path(__file__).parents[1]
_UNUSED_DAYS = 14


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """Compile a kernel to machine code at its first call; later processes load it from disk.

    The kernel releases the GIL, so threads of a server run side by side. Division by zero gives inf or NaN as
    in NumPy, never an exception in the middle of an array.
    """
    return _compiled(function, fastmath=False)


def compiled_contracting(function: Callable[P, R]) -> Callable[P, R]:
    """`compiled`, with products and sums joined into one rounding where the processor can: the last bit may differ."""
    return _compiled(function, fastmath={"contract"})


def _compiled(function: Callable[P, R], *, fastmath: bool | set[str]) -> Callable[P, R]:
    folder = cache_folder()
    before = _SETTINGS.CACHE_DIR
    _SETTINGS.CACHE_DIR = str(folder or "")  # read once, when the function is wrapped
    try:
        kernel: Callable[P, R] = numba.njit(
            cache=folder is not None, nogil=True, error_model="numpy", fastmath=fastmath
        )(function)
    finally:
        _SETTINGS.CACHE_DIR = before
    return kernel


@functools.cache
def cache_folder() -> Path | None:
    """The folder of compiled kernels, or None where none can be written.

    numba compares a kernel's own file with what it has on disk, and not the files of the kernels that it calls: after
    an update it would run old code. So the folder's name holds a digest of every file with kernels. It lies in
    NUMBA_CACHE_DIR, else in the package, else in the user's cache folder.
    """
    name = f"kernels-{_digest()}"
    user = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "spheroseg"
    for root in (_SETTINGS.CACHE_DIR, _PACKAGE / "__pycache__", user):
        if not root:
            continue
        folder = Path(root) / name
        try:
            new = not folder.exists()
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError:
            continue
        if new:
            _remove_old(folder)
        return folder
    return None


def _digest() -> str:
    digest = hashlib.sha256(numba.__version__.encode())
    for file in sorted(_PACKAGE.rglob("*.py")):
        source = file.read_bytes()
        if b"@compiled" in source:
            digest.update(source)
    return digest.hexdigest()[:16]


def _remove_old(folder: Path) -> None:
    """Remove the kernels of versions that have not been started for a while."""
    for other in folder.parent.glob("kernels-*"):
        if other != folder and time.time() - other.stat().st_mtime > _UNUSED_DAYS * 86_400:
            shutil.rmtree(other, ignore_errors=True)
