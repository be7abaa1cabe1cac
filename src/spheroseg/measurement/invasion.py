"""Core, rim and invasion of spheroids whose dense core is outlined too."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ParameterError
from spheroseg.geometry import Polygons, rasterise, trace
from spheroseg.geometry.trace import as_label_image
from spheroseg.measurement.definitions import DEFINITIONS
from spheroseg.records import check_pixel_size

if TYPE_CHECKING:
    import pandas as pd

CORE_MEASURES = tuple(name for name, definition in DEFINITIONS.items() if definition.group == "core")
_NEED_CORE = tuple(
    name for name in CORE_MEASURES if name not in {"whole_area", "n_fragments", "largest_fragment_fraction"}
)
_RADIAL = ("radial_front_mean", "radial_front_max", "radial_front_q95")
N_ANGLES = 360


def measure_core(
    whole: NDArray[Any] | Polygons,
    core: NDArray[Any] | Polygons,
    *,
    shape: tuple[int, int] | None = None,
    pixel_size_um: float | tuple[float, float] | None = None,
    one_spheroid: bool = False,
) -> pd.DataFrame:
    """Core, rim, front and scatter of every spheroid: the "core" group of `DEFINITIONS`, one row a spheroid.

    The core of a spheroid is what of the core mask lies inside of it, holes filled. Everything is measured on pixels:
    outlines are drawn into a label image first. Without a core, the measures that need one are NA.

    Args:
        whole: (y, x) labels of the spheroids, fragments carrying their spheroid's label; or outlines.
        core: (y, x) mask or labels of the dense cores (any non-zero pixel is core); or outlines.
        shape: (height, width) of the image, needed where both are outlines.
        pixel_size_um: µm a pixel, or (y, x) where pixels are not square.
        one_spheroid: take all objects of the image for one spheroid and its fragments, labelled 1.

    Returns:
        Rows in ascending order of label with `na_reasons`; `attrs` as of `measure`.

    Raises:
        ParameterError: the shapes do not fit, or both are outlines without a shape.
    """
    from spheroseg.measurement.columns import Columns  # noqa: PLC0415 -- pandas and numba load slowly

    spacing = check_pixel_size(pixel_size_um)
    labels, cores = _as_images(whole, core, shape)
    if one_spheroid:
        labels = (labels > 0).astype(np.uint16)
    numbers, boxes = _boxes(labels)
    rows = [
        _measure_one(labels[box], int(label), cores[box], spacing or (1.0, 1.0))
        for label, box in zip(numbers, boxes, strict=True)
    ]
    columns = Columns(len(rows))
    columns.arrays["label", ""] = numbers
    for name in CORE_MEASURES:
        values = np.array([row.get(name, np.nan) for row in rows], dtype=np.float64)
        columns.arrays[name, ""] = values.astype(np.int64) if name == "n_fragments" else values
    coreless = np.array(["core_area" not in row for row in rows], dtype=np.bool_)
    for name in _NEED_CORE:
        columns.empty(name, "no_core", coreless)
    for name in _RADIAL:
        columns.empty(name, "core_off_centre", ~coreless & np.isnan(columns.arrays[name, ""]))
    table = columns.table(calibrated=spacing is not None)
    table.attrs = {"region": "filled", "pixel_size_um": spacing, "unit": "px" if spacing is None else "µm"}
    return table


def _as_images(
    whole: NDArray[Any] | Polygons, core: NDArray[Any] | Polygons, shape: tuple[int, int] | None
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    known = {each.shape for each in (whole, core) if not isinstance(each, Polygons)} | ({shape} if shape else set())
    if len(known) != 1:
        raise ParameterError(
            f"spheroids, cores and shape do not fit each other: (height, width) {sorted(known)}"
            if known
            else "outlines of spheroids and cores need the image's shape"
        )
    size = known.pop()
    labels = rasterise(whole, size) if isinstance(whole, Polygons) else as_label_image(whole)
    cores = rasterise(core, size) if isinstance(core, Polygons) else np.asarray(core)
    return labels, cores != 0


def _boxes(labels: NDArray[Any]) -> tuple[NDArray[np.int64], list[tuple[slice, slice]]]:
    """Labels of an image, ascending, and the box of rows and columns around each."""
    outlines = trace(labels)
    numbers, first = np.unique(outlines.labels, return_index=True)
    if len(numbers) == 0:
        return numbers, []
    # polygons are in order of label, so the vertices of one label are one stretch
    starts = outlines.vertex_start[outlines.ring_start[first]]
    low = np.minimum.reduceat(outlines.vertices, starts).astype(np.int64)
    high = np.maximum.reduceat(outlines.vertices, starts).astype(np.int64)
    return numbers, [(slice(y0, y1), slice(x0, x1)) for (x0, y0), (x1, y1) in zip(low, high, strict=True)]


def _measure_one(
    labels: NDArray[Any], label: int, cores: NDArray[np.bool_], spacing: tuple[float, float]
) -> dict[str, float]:
    """Measures of one spheroid, in its box.

    Args:
        labels: (y, x) spheroids.
        label: the one to measure.
        cores: (y, x) core pixels, of any spheroid.
        spacing: (y, x) length of a pixel.

    Returns:
        measure → value; what is undefined is left out.
    """
    pixel_area = spacing[0] * spacing[1]
    own = labels == label
    whole = _filled(own)
    part_of, part_sizes = _parts(whole)
    n_whole = int(part_sizes.sum())
    found = {
        "whole_area": n_whole * pixel_area,
        "n_fragments": float(len(part_sizes)),
        "largest_fragment_fraction": float(part_sizes.max()) / n_whole,
    }
    core = _filled(cores & whole & (own | (labels == 0))) & whole
    n_core = int(core.sum())
    if n_core == 0:
        return found
    with_core = np.unique(part_of[core])
    found["core_area"] = n_core * pixel_area
    found["rim_area"] = (n_whole - n_core) * pixel_area
    found["core_fraction"] = n_core / n_whole
    found["invasion_index"] = (n_whole - n_core) / n_core
    found["dispersed_fraction"] = 1 - float(part_sizes[with_core - 1].sum()) / n_whole
    y, x = np.nonzero(core)
    centre = ((y.mean() + 0.5) * spacing[0], (x.mean() + 0.5) * spacing[1])
    found["disintegration_index"] = _disintegration(whole, centre, math.sqrt(n_core * pixel_area / math.pi), spacing)
    pixel = int(centre[0] / spacing[0]), int(centre[1] / spacing[1])
    if core[pixel]:
        front = _outer_radii(np.isin(part_of, with_core), centre, spacing) - _outer_radii(core, centre, spacing)
        found["radial_front_mean"] = float(front.mean())
        found["radial_front_max"] = float(front.max())
        found["radial_front_q95"] = float(np.quantile(front, 0.95))
    return found


def _filled(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """A mask with the holes of its parts filled."""
    outlines = trace(mask)
    if len(outlines) == 0:
        return mask
    outer = Polygons.from_list(type(polygon)(polygon.exterior) for polygon in outlines)
    return rasterise(outer, mask.shape, dtype=np.uint8) > 0


def _parts(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(y, x) number of the 4-connected part of each pixel from 1, 0 outside; number of pixels of each part."""
    from scipy.ndimage import label  # noqa: PLC0415 -- loads slowly

    part_of, n = label(mask)
    return part_of.astype(np.int64), np.bincount(part_of.ravel(), minlength=n + 1)[1:]


def _disintegration(
    mask: NDArray[np.bool_], centre: tuple[float, float], core_radius: float, spacing: tuple[float, float]
) -> float:
    """Hyperbolic tangent of the mean distance between the pixels' sorted radii and those of a disc of the core's size."""
    y, x = np.nonzero(mask)
    radii = np.sort(np.hypot((y + 0.5) * spacing[0] - centre[0], (x + 0.5) * spacing[1] - centre[1])) / core_radius
    disc = np.sqrt((np.arange(len(radii)) + 0.5) / len(radii))
    return math.tanh(float(np.abs(radii - disc).mean()))


def _outer_radii(
    mask: NDArray[np.bool_], centre: tuple[float, float], spacing: tuple[float, float]
) -> NDArray[np.float64]:
    """Distance from a point inside of a mask to its outermost edge in `N_ANGLES` directions."""
    outlines = trace(mask)
    radii = np.zeros(N_ANGLES)
    angles = np.arange(N_ANGLES) * 2 * math.pi / N_ANGLES
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
    for polygon in outlines:
        x, y = (polygon.exterior * (spacing[1], spacing[0]) - (centre[1], centre[0])).T
        # rows are rays, columns edges: where an edge's ends lie on either side of the ray's line it crosses the line
        for edges in np.array_split(np.arange(len(x)), max(1, len(x) // 4096)):
            after = (edges + 1) % len(x)
            side_a, side_b = cos * y[edges] - sin * x[edges], cos * y[after] - sin * x[after]
            along_a, along_b = cos * x[edges] + sin * y[edges], cos * x[after] + sin * y[after]
            with np.errstate(divide="ignore", invalid="ignore"):
                crossing = along_a + side_a / (side_a - side_b) * (along_b - along_a)
            crosses = (side_a >= 0) != (side_b >= 0)
            radii = np.maximum(radii, np.where(crosses, crossing, 0.0).max(axis=1))
    return radii
