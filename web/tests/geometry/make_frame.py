"""Writes frame.bin with the service's own encoder: what the browser must be able to read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from spheroseg.server.compute.outlines import Outline, encode, frame_bytes


def ring(*values: float) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """A ring from x0, y0, x1, y1 and so on."""
    return np.array(values, dtype=np.float64).reshape(-1, 2)


whole = encode([[ring(0, 0, 40, 0, 40, 30, 0, 30), ring(10, 10, 10, 20, 20, 20, 20, 10)]])
drawn = encode([[ring(5.5, 5.25, 9, 5.25, 9, 8.00390625)]])
parts = encode([[ring(50, 50, 60, 50, 60, 60)], [ring(70, 70, 80, 70, 80, 80)]])
outlines = [
    Outline(1, "spheroid", 0.915, ["touches_border", "low_contrast"], False, whole),
    Outline(2, "core", None, [], True, drawn),
    Outline(300, "spheroid", 0.5, ["touches_border"], False, parts),
]
about = {"result_id": "00000000-0000-7000-8000-000000000000", "version": 7, "frame": 0}
Path(__file__).with_name("frame.bin").write_bytes(frame_bytes(outlines, about))
