"""Whether int8 pays on this machine: measured once, kept for the host.

A processor's flags say what it can do and not how fast: without 8-bit instructions int8 was still twice as fast as fp32 on
one host. So both are timed when a model is first opened, and what was found is kept in the user's cache folder.
"""

from __future__ import annotations

import json
import os
import platform
import tempfile
import time
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ParameterError

#: Environment variable that states whether int8 is fast here, which is believed instead of a measurement.
FAST_INT8_VARIABLE = "SPHEROSEG_FAST_INT8"
#: Int8 costs a little exactness, so it has to be this much faster: its time is at most this share of fp32's.
PAYS_UP_TO = 0.8
SIDE_PX = 256
ROUNDS = 5


class Runs(Protocol):
    """What is timed."""

    runtime: str

    def run(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Logits of a batch (n, 1, h, w)."""
        ...


def stated_int8() -> bool | None:
    """What the environment says; None: nothing.

    Raises:
        ParameterError: the variable is neither 0 nor 1.
    """
    stated = os.environ.get(FAST_INT8_VARIABLE, "")
    if stated not in {"", "0", "1"}:
        raise ParameterError(f"{FAST_INT8_VARIABLE} is 0 or 1, not {stated!r}")
    return None if not stated else stated == "1"


def stored_times_ms(key: str) -> dict[str, float] | None:
    """What was measured under this key before; None: nothing, or the file is damaged."""
    try:
        times = json.loads(cache_path().read_text(encoding="utf-8"))[key]
        times_ms = {name: float(times[name]) for name in ("fp32", "int8")}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return times_ms if all(np.isfinite(value) and value > 0 for value in times_ms.values()) else None


def measure_ms(fp32: Runs, int8: Runs, multiple_px: int) -> dict[str, float]:
    """Shortest time of each over several turns, so that a busy machine is equally unfair to both; ms."""
    side = -(-SIDE_PX // multiple_px) * multiple_px
    picture = np.random.default_rng(0).uniform(-1, 1, (1, 1, side, side)).astype(np.float32)
    best = {"fp32": np.inf, "int8": np.inf}
    for attempt in range(ROUNDS + 1):
        for name, network in (("fp32", fp32), ("int8", int8)):
            started = time.perf_counter()
            network.run(picture)
            if attempt:  # the first warms up
                best[name] = min(best[name], 1000 * (time.perf_counter() - started))
    return best


def keep_times_ms(key: str, times: dict[str, float]) -> None:
    """Writes what was measured; where nothing can be written it is measured again next time."""
    path = cache_path()
    try:
        known = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    known = (known if isinstance(known, dict) else {}) | {key: {n: round(v, 3) for n, v in times.items()}}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False, encoding="utf-8") as fresh:
            json.dump(known, fresh, indent=1)
        Path(fresh.name).replace(path)
    except OSError:
        return


def host_key(runtime: str, threads: int, fp32_sha256: str, int8_sha256: str) -> str:
    """What a measurement is valid for: processor, engine, threads and network files."""
    return "; ".join((_processor(), runtime, f"{threads} threads", fp32_sha256[:12], int8_sha256[:12]))


def cache_path() -> Path:
    """The file that holds what was measured, in `XDG_CACHE_HOME` or ~/.cache."""
    folder = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(folder) / "spheroseg" / "engines.json"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith(("model name", "stepping"))]
    return " ".join(names[:2]) or platform.machine()
