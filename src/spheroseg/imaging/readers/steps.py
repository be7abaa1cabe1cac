"""Times of frames, as files state them one by one, → a step."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np


def from_first(times_s: Sequence[float]) -> tuple[float, ...]:
    """Seconds after the first frame; () where there are fewer than two, or where time does not go forward."""
    if len(times_s) < 2 or any(later <= earlier for earlier, later in itertools.pairwise(times_s)):
        return ()
    return tuple(float(f"{time - times_s[0]:.9g}") for time in times_s)


def even_step_s(times_s: Sequence[float]) -> float | None:
    """The usual distance of frames (the median), or None for fewer than two."""
    return float(f"{np.median(np.diff(times_s)):.6g}") if len(times_s) > 1 else None
