"""Objects without a network: flattened light, a threshold on brightness or texture, distance watershed.

For comparison with the networks, and where no model is at hand. It knows nothing about spheroids: whatever differs
from an even ground is an object.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from spheroseg.imaging import percentile_range
from spheroseg.segmentation.assembly import assemble
from spheroseg.segmentation.instances import SplitRule, fill_small_holes
from spheroseg.segmentation.planes import checked_plane
from spheroseg.segmentation.prediction import Prediction, ScaleChoice
from spheroseg.segmentation.resampling import enlarge_map, resample
from spheroseg.segmentation.scale import isotropy, network_shape, stated_diameter_px

#: What `--model` calls this engine.
CLASSICAL = "classical"

LONGEST_SIDE_PX = 1024
MIN_DEPTH = 0.12
MIN_DIAMETER_FRACTION = 0.25
SMALLEST_DIAMETER_PX = 6.0


def classical(
    plane: NDArray[Any],
    *,
    pixel_size_um: tuple[float, float] | None = None,
    diameter_um: float | None = None,
    diameter_px: float | None = None,
    threshold: float | None = None,
    expected_objects: int | None = None,
) -> Prediction:
    """Outline whatever stands out from the ground of a plane.

    Three pictures compete: brighter than the ground, darker than the ground, and rougher than the ground. The one
    whose Otsu threshold separates the pixels best, and whose foreground covers little of the frame's edge, wins.

    Args:
        plane: (y, x) raw values; not changed.
        pixel_size_um: (y, x) µm per pixel.
        diameter_um: typical object diameter in µm; objects of less than a quarter of it are left out.
        diameter_px: the same in px.
        threshold: shifts the outline: 0.5 is Otsu's threshold, more is tighter.
        expected_objects: flags the plane `several_objects` when more are found.

    Raises:
        ParameterError: the plane is no 2-D array of real numbers, or a parameter makes no sense.
    """
    plane = checked_plane(plane)
    stated = stated_diameter_px(diameter_um, diameter_px, pixel_size_um)
    square = isotropy(pixel_size_um)
    factor = min(1.0, LONGEST_SIDE_PX / max(plane.shape[0] * square[0], plane.shape[1] * square[1]))
    factors = (factor * square[0], factor * square[1])
    small = resample(plane, network_shape(plane.shape, factors))
    low, high = percentile_range(small, 0.1, 99.9)
    if high > low:
        values = (small - np.float32(low)) / np.float32(high - low)
        probability = foreground_probability(values)
    else:
        probability = np.zeros(small.shape, dtype=np.uint8)
    distance = normalised_distance(probability >= 128)
    smallest = SMALLEST_DIAMETER_PX / factor if stated is None else MIN_DIAMETER_FRACTION * stated
    rule = SplitRule(
        threshold=0.5 if threshold is None else threshold,
        min_depth=MIN_DEPTH,
        min_peak=0.3,
        min_area_px=max(1, round(np.pi / 4.0 * smallest**2)),
    )
    maps = {"foreground": enlarge_map(probability, plane.shape), "distance": enlarge_map(distance, plane.shape)}
    reason = "the threshold works at a longest side of 1024 px"
    scale = ScaleChoice(factors, stated, "none" if stated is None else "stated", reason)
    return assemble(
        plane,
        maps,
        rule,
        scale=scale,
        class_name="object",
        engine={"name": CLASSICAL},
        expected_objects=expected_objects,
    )


def foreground_probability(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """How clearly each pixel stands out from the ground, (y, x) uint8, 128 at the threshold.

    Args:
        values: (y, x) float32, mostly 0…1.
    """
    relief = values - ground(values)
    smooth = _float32(cv2.GaussianBlur(relief, (0, 0), 1.5))
    mean = _float32(cv2.boxFilter(relief, -1, (9, 9)))
    square_mean = _float32(cv2.boxFilter(relief * relief, -1, (9, 9)))
    roughness = _float32(np.sqrt(np.maximum(square_mean - mean * mean, 0.0)))
    best: NDArray[np.float32] | None = None
    best_score = -1.0
    for picture in (smooth, -smooth, roughness):
        level, separation = otsu(picture)
        margin = picture - np.float32(level)
        foreground = margin > 0
        edge = np.concatenate([foreground[0], foreground[-1], foreground[:, 0], foreground[:, -1]])
        score = separation * (1.0 - float(edge.mean()))
        if score > best_score:
            spread = float(margin[foreground].mean()) if foreground.any() else 1.0
            best, best_score = margin / np.float32(max(spread, 1e-6)), score
    assert best is not None
    filled = _filled(best)
    return np.asarray(127.5 * (1.0 + np.tanh(2.0 * filled)) + 0.5, dtype=np.float32).astype(np.uint8)


def ground(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Uneven illumination: a quadratic surface through the pixels that are no objects (refitted four times)."""
    height, width = values.shape
    step = max(1, min(height, width) // 96)
    sample = values[::step, ::step]
    y, x = np.mgrid[0:height:step, 0:width:step]
    terms = _surface_terms(y / height - 0.5, x / width - 0.5).reshape(6, -1).T
    targets = sample.ravel().astype(np.float64)
    kept = np.ones(len(targets), dtype=bool)
    coefficients: NDArray[np.float64] = np.zeros(6)
    for _ in range(4):
        if kept.sum() < 12:
            break
        coefficients = np.asarray(np.linalg.lstsq(terms[kept], targets[kept], rcond=None)[0], dtype=np.float64)
        residual = targets - terms @ coefficients
        middle = np.median(residual[kept])
        spread = 1.4826 * np.median(np.abs(residual[kept] - middle))
        kept = np.abs(residual - middle) <= 2.5 * max(spread, 1e-6)
    rows, columns = np.ogrid[0:height, 0:width]
    surface = np.tensordot(coefficients, _surface_terms(rows / height - 0.5, columns / width - 0.5), axes=1)
    return np.asarray(surface, dtype=np.float32)


def otsu(picture: NDArray[np.float32]) -> tuple[float, float]:
    """Otsu's threshold, and the share of the variance that lies between the two classes (0…1).

    Source: Otsu, IEEE Trans. SMC 9 (1979).
    """
    low, high = percentile_range(picture, 0.05, 99.95)
    if not high > low:
        return float(high), 0.0
    counts, edges = np.histogram(np.clip(picture, low, high), bins=256)
    centres = 0.5 * (edges[1:] + edges[:-1])
    weight = np.cumsum(counts)[:-1].astype(np.float64)
    total, total_sum = float(counts.sum()), float((counts * centres).sum())
    below = np.cumsum(counts * centres)[:-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        between = (total_sum * weight / total - below) ** 2 / (weight * (total - weight))
    between = np.nan_to_num(between)
    best = int(np.argmax(between))
    variance = float((counts * (centres - total_sum / total) ** 2).sum() / total)
    return float(edges[best + 1]), float(between[best] / total / max(variance, 1e-12))


def normalised_distance(foreground: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Distance to the background over its largest value in the connected component, (y, x) uint8."""
    mask = foreground.view(np.uint8)
    distance = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    distance = _float32(cv2.GaussianBlur(distance, (0, 0), 1.0))
    count, components = cv2.connectedComponents(mask, connectivity=4, ltype=cv2.CV_32S)
    component = np.asarray(components, dtype=np.int32)
    largest = np.full(count, 1e-6, dtype=np.float32)
    np.maximum.at(largest, component.ravel(), distance.ravel())
    return np.asarray(np.clip(distance / largest[component], 0.0, 1.0) * 255.0 + 0.5, dtype=np.float32).astype(np.uint8)


def _float32(values: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(values, dtype=np.float32)


def _surface_terms(y: NDArray[np.float64], x: NDArray[np.float64]) -> NDArray[np.float64]:
    y, x = np.broadcast_arrays(y, x)
    return np.stack([np.ones_like(y), y, x, y * y, x * y, x * x])


def _filled(margin: NDArray[np.float32]) -> NDArray[np.float32]:
    """The margin with thin lines opened away and holes of objects raised to just above the threshold."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    foreground = (cv2.morphologyEx(margin, cv2.MORPH_CLOSE, kernel) > 0).view(np.uint8)
    opened = np.asarray(cv2.morphologyEx(foreground, cv2.MORPH_OPEN, kernel), dtype=np.uint8)
    filled = fill_small_holes(opened, opened.size // 4)
    result = np.where(filled > 0, np.maximum(margin, 0.25), np.minimum(margin, -0.05))
    return np.asarray(result, dtype=np.float32)
