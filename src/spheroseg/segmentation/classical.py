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
from spheroseg.imaging.plane import check_plane
from spheroseg.kernels.compilation import compiled
from spheroseg.segmentation.assembly import assemble
from spheroseg.segmentation.instances.splitting import SplitRule
from spheroseg.segmentation.prediction import Prediction, ScaleChoice
from spheroseg.segmentation.scale.choice import isotropy, stated_diameter_px
from spheroseg.segmentation.scale.resampling import enlarge_map, resample
from spheroseg.segmentation.scale.survey import network_shape

#: What `--model` calls this engine.
CLASSICAL = "classical"

LONGEST_SIDE_PX = 1024
MIN_DEPTH = 0.12
MIN_DIAMETER_FRACTION = 0.25
SMALLEST_DIAMETER_PX = 6.0
#: Width of the frame's edge, as a share of the frame.
EDGE_SHARE = 0.05


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

    Four pictures of two grounds compete: brighter than the ground, darker, either, and steeper. Each is cut at its Otsu threshold
    and filled. The one wins whose outline is steep compared with the rest of the plane, that holds much of all
    steepness, and that covers little of the frame's edge (the product of the three, the second to the power 0.7).

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
    plane = check_plane(plane)
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
    best = -1.0
    margin = values
    # a ground through everything bends itself round an object that fills half of the frame; one from the edge does not
    for surface in (ground(values), ground(values, from_edge=True)):
        relief = values - surface
        smooth = _blurred(relief, 1.5)
        slope = np.hypot(cv2.Sobel(smooth, -1, 1, 0), cv2.Sobel(smooth, -1, 0, 1))
        for picture in (smooth, -smooth, _blurred(np.abs(relief), 2.5), _blurred(slope, 3.0)):
            candidate = _filled(picture - np.float32(otsu(picture)))
            merit = _merit(candidate > 0, slope)
            if merit > best:
                best, margin = merit, candidate
    inside = margin > 0
    spread = max(float(margin[inside].mean()), 1e-6) if inside.any() else 1.0
    return np.asarray(127.5 * (1.0 + np.tanh(margin * (2.0 / spread))) + 0.5, dtype=np.float32).astype(np.uint8)


def ground(values: NDArray[np.float32], *, from_edge: bool = False) -> NDArray[np.float32]:
    """Uneven illumination: a surface through the pixels that are no objects (refitted four times).

    Args:
        values: (y, x) float32, mostly 0…1.
        from_edge: begin with a plane through the frame's edge instead of a quadratic surface through everything.
    """
    height, width = values.shape
    step = max(1, min(height, width) // 96)
    y = np.arange(height, dtype=np.float64) / height - 0.5
    x = np.arange(width, dtype=np.float64) / width - 0.5
    rows, columns = (grid.ravel() for grid in np.meshgrid(y[::step], x[::step], indexing="ij"))
    terms = np.stack([np.ones_like(rows), rows, columns, rows**2, rows * columns, columns**2], axis=1)
    targets = values[::step, ::step].ravel().astype(np.float64)
    kept = np.ones(len(targets), dtype=bool)
    if from_edge:
        kept = np.maximum(np.abs(rows), np.abs(columns)) > 0.5 - EDGE_SHARE
    fit: NDArray[np.float64] = np.zeros(6)
    for iteration in range(4):
        if kept.sum() < 12:
            break
        n = 3 if from_edge and iteration == 0 else 6
        fit = np.zeros(6)
        # normal equations: the terms lie within ±0.5, so nothing is lost, and a plane of pixels need not be decomposed
        chosen = terms[kept, :n]
        fit[:n] = np.linalg.lstsq(chosen.T @ chosen, chosen.T @ targets[kept], rcond=None)[0]
        residual = targets - terms @ fit
        middle = np.median(residual[kept])
        spread = 1.4826 * np.median(np.abs(residual[kept] - middle))
        kept = np.abs(residual - middle) <= 2.5 * max(float(spread), 1e-6)
    along_y = (fit[0] + fit[1] * y + fit[3] * y**2).astype(np.float32)
    along_x = (fit[2] * x + fit[5] * x**2).astype(np.float32)
    crossed = np.outer(y, fit[4] * x).astype(np.float32)
    return np.asarray(along_y[:, None] + along_x + crossed, dtype=np.float32)


def otsu(picture: NDArray[np.float32]) -> float:
    """Otsu's threshold on 256 levels between the outermost values.

    Source: Otsu, IEEE Trans. SMC 9 (1979).
    """
    sample = picture[:: max(1, picture.shape[0] // 512), :: max(1, picture.shape[1] // 512)]
    low, high = percentile_range(sample, 0.05, 99.95)
    if not high > low:
        return high
    scaled = np.clip((picture - np.float32(low)) * np.float32(255.0 / (high - low)), 0.0, 255.0)
    counts = np.bincount(scaled.astype(np.uint8).ravel(), minlength=256).astype(np.float64)
    weight, moment = np.cumsum(counts), np.cumsum(counts * np.arange(256))
    with np.errstate(invalid="ignore", divide="ignore"):
        between = (moment[-1] * weight - moment * weight[-1]) ** 2 / (weight * (weight[-1] - weight))
    best = int(np.argmax(np.nan_to_num(between[:-1])))
    return low + (best + 1) * (high - low) / 255.0


def normalised_distance(foreground: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Distance to the background over its largest value in the connected component, (y, x) uint8."""
    mask = foreground.view(np.uint8)
    distance = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    distance = _float32(cv2.GaussianBlur(distance, (0, 0), 1.0))
    count, components = cv2.connectedComponents(mask, connectivity=4, ltype=cv2.CV_32S)
    return _over_largest(distance, np.asarray(components, dtype=np.int32), count)


@compiled
def _over_largest(distance: NDArray[np.float32], component: NDArray[np.int32], count: int) -> NDArray[np.uint8]:
    height, width = distance.shape
    largest = np.full(count, np.float32(1e-6))
    for y in range(height):
        for x in range(width):
            largest[component[y, x]] = max(largest[component[y, x]], distance[y, x])
    result = np.zeros((height, width), dtype=np.uint8)
    for y in range(height):
        for x in range(width):
            if component[y, x] > 0:
                result[y, x] = np.uint8(distance[y, x] / largest[component[y, x]] * 255.0 + 0.5)
    return result


def _blurred(picture: NDArray[np.float32], sigma_px: float) -> NDArray[np.float32]:
    return _float32(cv2.GaussianBlur(picture, (0, 0), sigma_px))


def _float32(values: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(values, dtype=np.float32)


def _merit(foreground: NDArray[np.bool_], slope: NDArray[np.float32]) -> float:
    """How good a foreground explains the plane; see `classical`."""
    mask = foreground.view(np.uint8)
    kernel = np.ones((3, 3), dtype=np.uint8)
    outline = cv2.dilate(mask, kernel) != cv2.erode(mask, kernel)
    if not outline.any():
        return 0.0
    edge = np.concatenate([foreground[0], foreground[-1], foreground[:, 0], foreground[:, -1]])
    total = max(float(slope.sum()), 1e-9)
    contrast = float(slope[outline].mean()) * slope.size / total
    explained = float(slope[foreground | outline].sum()) / total
    return float(contrast * explained**0.7 * (1.0 - float(edge.mean())))


def _filled(margin: NDArray[np.float32]) -> NDArray[np.float32]:
    """The margin with thin lines opened away and holes of objects raised to just above the threshold."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    foreground = (cv2.morphologyEx(margin, cv2.MORPH_CLOSE, kernel) > 0).view(np.uint8)
    opened = np.asarray(cv2.morphologyEx(foreground, cv2.MORPH_OPEN, kernel), dtype=np.uint8)
    # background that does not reach the frame's edge is a hole
    surrounded = np.pad(1 - opened, 1, constant_values=1).astype(np.uint8)
    cv2.floodFill(surrounded, None, (0, 0), 2)
    filled = surrounded[1:-1, 1:-1] != 2
    result = np.where(filled, np.maximum(margin, 0.25), np.minimum(margin, -0.05))
    return np.asarray(result, dtype=np.float32)
