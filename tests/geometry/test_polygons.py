import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from spheroseg.errors import GeometryError
from spheroseg.geometry import Polygon, Polygons, trace

SOURCE = Path(__file__).parents[2] / "src"


def test_polygons_pack_and_unpack():
    labels = np.zeros((9, 9), np.uint8)
    labels[1:6, 1:6], labels[3, 3], labels[7, 7] = 4, 0, 9
    packed = trace(labels, confidences={4: 0.5})
    again = Polygons.from_list(packed)
    assert np.array_equal(again.vertices, packed.vertices)
    assert np.array_equal(again.vertex_start, packed.vertex_start)
    assert np.array_equal(again.ring_start, packed.ring_start)
    assert np.array_equal(again.confidences, packed.confidences, equal_nan=True)
    assert [p.label for p in packed[1:]] == [9]
    assert packed[-1].label == 9
    assert [p.confidence for p in packed] == [0.5, None]
    with pytest.raises(IndexError):
        packed[2]


@pytest.mark.parametrize("ring", [np.zeros((2, 2)), np.zeros((4, 3)), np.zeros(4)])
def test_what_is_no_ring_is_refused(ring):
    with pytest.raises(GeometryError, match="ring"):
        Polygon(ring)
    with pytest.raises(GeometryError, match="ring"):
        Polygon(np.eye(3, 2), (ring,))


def run(code: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, **environment}, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_importing_geometry_and_measurement_loads_no_compiler_and_no_tables():
    loaded = run(
        "import sys, spheroseg.geometry, spheroseg.measurement;"
        "print([m for m in ('numba', 'pandas', 'scipy.ndimage', 'torch', 'cv2') if m in sys.modules])"
    )
    assert loaded.strip() == "[]"
