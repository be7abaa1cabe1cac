"""What compute children do for the smart tools: outline what a person points at, and nothing else of the image."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from spheroseg import pipeline
from spheroseg.errors import ParameterError
from spheroseg.geometry import trace
from spheroseg.imaging import Image, luminance
from spheroseg.imaging.focus import flatten_z
from spheroseg.segmentation import CLASSICAL, Prediction, classical, rethreshold
from spheroseg.segmentation.region import RegionMaker
from spheroseg.segmentation.scale.choice import isotropy
from spheroseg.segmentation.scale.survey import estimate_diameter
from spheroseg.server.compute import outlines
from spheroseg.server.compute.images import held_image
from spheroseg.server.compute.requests import FrameJob, Pointed
from spheroseg.server.tables.json_columns import SmartAnswer, SmartObject

_HELD = 8  # regions, and planes at a scale; one of each a person who points
_ESTIMATED_PX = 2048
"""The diameter of what is pointed at is estimated from a square of this side around it."""
_LARGEST_WINDOW_PX = 768
"""A window around a point is enlarged up to this side in pixels of the network."""
_LARGEST_BOX_PX = 2048
"""Side of the largest window around a box in pixels of the network: half a second of work on two cores."""
_ROUND_POINT = 1.6
"""Half a point's window in diameters of an object."""
_AROUND_BOX = 0.35
"""What is looked at around a box, in its own sides."""
_STEPS_A_WINDOW = 8
"""Windows lie on a grid of this part of their side, so that a click beside the last one finds it again."""


class _Scaled(NamedTuple):
    """A plane at the scale of objects of a diameter; the maker is None for the classical engine."""

    plane: NDArray[Any]
    maker: RegionMaker | None
    diameter_px: float


_scaled: LRUCache[tuple[Any, ...], _Scaled] = LRUCache(_HELD)
_found: LRUCache[tuple[Any, ...], Prediction] = LRUCache(_HELD)
_diameters: LRUCache[tuple[Any, ...], float] = LRUCache(64)

Window = tuple[int, int, int, int]


def smart_objects(path: str | None, file_key: str, job: FrameJob, pointed: Pointed) -> SmartAnswer | None:
    """The objects at a point or in a box.

    Args:
        path: the file, or None when the child may hold the image.
        file_key: names the file's content.
        job: the frame, its pixel size, the model and its parameters.
        pointed: where, and how.

    Returns:
        What was found; None when a path is needed.

    Raises:
        ImageReadError, ModelError: as in a run.
        ParameterError: the place lies outside of the image, or the box is too large.
    """
    image = held_image(file_key, path, job.series, job.axes)
    if image is None:
        return None
    height, width = image.shape
    x, y = pointed.middle
    if not (0 <= x < width and 0 <= y < height):
        raise ParameterError(f"({x:g}, {y:g}) lies outside of the image, which is {width} × {height} px")
    scaled = _at_scale(image, file_key, job, pointed)
    window = _window(scaled, pointed)
    while True:
        found = _prediction(scaled, (*_place(file_key, job), scaled.diameter_px), window)
        if pointed.threshold is not None:
            y0, y1, x0, x1 = window
            found = rethreshold(found, np.ascontiguousarray(scaled.plane[y0:y1, x0:x1]), pointed.threshold)
        labels = _at_point(found, window, pointed) if pointed.box is None else _in_box(found, window, pointed.box)
        larger = _enlarged(scaled, window)
        if pointed.box is not None or larger == window or not _is_cut(found, labels, window, image.shape):
            break
        window = larger
    y0, y1, x0, x1 = window
    return {
        "objects": _objects(found, labels, (x0, y0)),
        "threshold": found.rule.threshold,
        "diameter_px": scaled.diameter_px,
        "window": (x0, y0, x1, y1),
    }


def _place(file_key: str, job: FrameJob) -> tuple[Any, ...]:
    chosen = job.parameters
    return (
        file_key,
        job.series,
        job.axes,
        job.frame,
        job.model_name,
        chosen.get("channel"),
        chosen.get("z"),
        job.pixel_size_um,
    )


def _at_scale(image: Image, file_key: str, job: FrameJob, pointed: Pointed) -> _Scaled:
    """The plane at the scale of what is pointed at, held for the next time."""
    place = _place(file_key, job)
    same_place = next((held for key, held in _scaled.items() if key[0] == place), None)
    plane = same_place.plane if same_place is not None else _plane(image, job)
    diameter_px = pointed.diameter_px or _estimated(plane, place, image, job, pointed)
    diameter_px = float(f"{diameter_px:.2g}")  # a hair's difference needs no scale of its own
    key = (place, diameter_px)
    held = _scaled.get(key)
    if held is None:
        maker = None
        if job.model_name != CLASSICAL:
            pixel_size = job.pixel_size_um or image.pixel_size_um
            maker = RegionMaker.of(plane, pipeline.open_model(job.model_name), diameter_px, pixel_size)
        held = _scaled[key] = _Scaled(plane, maker, diameter_px)
    return held


def _plane(image: Image, job: FrameJob) -> NDArray[Any]:
    frame, _ = flatten_z(image, job.frame, job.parameters.get("z", "sharpest"))
    channel = job.parameters.get("channel")
    if channel is not None and channel >= image.n_channels:
        raise ParameterError(f"channel {channel} is outside this image, which has channels 0…{image.n_channels - 1}")
    return luminance(frame, c=channel)


def _estimated(plane: NDArray[Any], place: tuple[Any, ...], image: Image, job: FrameJob, pointed: Pointed) -> float:
    """Typical diameter around the place: from a box its own sides, around a point by the network."""
    if pointed.box is not None:
        x0, y0, x1, y1 = pointed.box
        return float(np.sqrt((x1 - x0) * (y1 - y0)))
    fallback: float = max(8.0, 0.25 * min(plane.shape))
    if job.model_name == CLASSICAL:
        return fallback
    window = _square(pointed.middle, _ESTIMATED_PX, plane.shape)
    key = (place, window)
    if key not in _diameters:
        y0, y1, x0, x1 = window
        square = isotropy(job.pixel_size_um or image.pixel_size_um)
        part = np.ascontiguousarray(plane[y0:y1, x0:x1])
        diameter_px, _ = estimate_diameter(part, pipeline.open_model(job.model_name), square)
        _diameters[key] = diameter_px or fallback
    return _diameters[key]


def _window(scaled: _Scaled, pointed: Pointed) -> Window:
    """(y0, y1, x0, x1) that is looked at first."""
    shape = scaled.plane.shape
    if pointed.box is None:
        return _square(pointed.middle, 2.0 * _ROUND_POINT * scaled.diameter_px, shape)
    x0, y0, x1, y1 = pointed.box
    around = min(_AROUND_BOX * max(x1 - x0, y1 - y0), scaled.diameter_px)
    window = (
        max(0, int(y0 - around)), min(shape[0], int(np.ceil(y1 + around))),
        max(0, int(x0 - around)), min(shape[1], int(np.ceil(x1 + around))),
    )  # fmt: skip
    if max(window[1] - window[0], window[3] - window[2]) * _factor(scaled) > _LARGEST_BOX_PX:
        raise ParameterError("the box is too large for objects of this size; take a smaller one, or start a run")
    return window


def _factor(scaled: _Scaled) -> float:
    return max(scaled.maker.scale.factor) if scaled.maker is not None else 1.0


def _square(middle: tuple[float, float], side_px: float, shape: tuple[int, ...]) -> Window:
    """A window of this side around a point, moved onto a grid and cut at the plane's edges."""
    step = max(1, round(side_px / _STEPS_A_WINDOW))
    half = step * _STEPS_A_WINDOW // 2
    x, y = (int(round(value / step) * step) for value in middle)
    return max(0, y - half), min(shape[0], y + half), max(0, x - half), min(shape[1], x + half)


def _enlarged(scaled: _Scaled, window: Window) -> Window:
    """Twice the window, if that is not too much; else the same."""
    y0, y1, x0, x1 = window
    if 2 * max(y1 - y0, x1 - x0) * _factor(scaled) > _LARGEST_WINDOW_PX:
        return window
    rows, columns = (y1 - y0) // 2, (x1 - x0) // 2
    height, width = scaled.plane.shape
    return max(0, y0 - rows), min(height, y1 + rows), max(0, x0 - columns), min(width, x1 + columns)


def _prediction(scaled: _Scaled, place: tuple[Any, ...], window: Window) -> Prediction:
    """What the model says about a window at its own threshold, held for other thresholds."""
    key = (place, window)
    found = _found.get(key)
    if found is None:
        y0, y1, x0, x1 = window
        if scaled.maker is None:
            part = np.ascontiguousarray(scaled.plane[y0:y1, x0:x1])
            found = classical(part, diameter_px=scaled.diameter_px)
        else:
            found = scaled.maker.objects(scaled.maker.maps(window), window, None)
        _found[key] = found
    return found


def _at_point(found: Prediction, window: Window, pointed: Pointed) -> list[int]:
    """The label under the point, if there is one."""
    y0, _, x0, _ = window
    x, y = pointed.middle
    label = int(found.labels[int(y) - y0, int(x) - x0])
    return [label] if label else []


def _in_box(found: Prediction, window: Window, box: tuple[float, float, float, float]) -> list[int]:
    """Labels of the objects of which the greater part lies in the box."""
    y0, _, x0, _ = window
    left, top, right, bottom = box
    inside = found.labels[
        max(0, round(top) - y0) : max(0, round(bottom) - y0), max(0, round(left) - x0) : max(0, round(right) - x0)
    ]
    n = len(found) + 1
    areas, within = np.bincount(found.labels.ravel(), minlength=n), np.bincount(inside.ravel(), minlength=n)
    return [label for label in range(1, n) if 2 * within[label] > areas[label]]


def _is_cut(found: Prediction, labels: list[int], window: Window, shape: tuple[int, int]) -> bool:
    """Whether an object reaches an edge of the window that is not one of the plane."""
    y0, y1, x0, x1 = window
    edges = []
    if y0 > 0:
        edges.append(found.labels[0])
    if y1 < shape[0]:
        edges.append(found.labels[-1])
    if x0 > 0:
        edges.append(found.labels[:, 0])
    if x1 < shape[1]:
        edges.append(found.labels[:, -1])
    return any(bool(np.isin(edge, labels).any()) for edge in edges)


def _objects(found: Prediction, labels: list[int], offset: tuple[int, int]) -> list[SmartObject]:
    if not labels:
        return []
    chosen = np.where(np.isin(found.labels, labels), found.labels, 0).astype(np.uint32)
    traced = trace(chosen, class_name=found.class_name)
    placed = replace(traced, vertices=traced.vertices + np.asarray(offset, dtype=np.float64))
    encoded = outlines.encode_all(placed)
    areas = np.bincount(chosen.ravel(), minlength=len(found) + 1)
    return [
        {
            "polygons": polygons,
            "class_name": found.class_name,
            "confidence": float(found.confidences[label - 1]),
            "area_px": int(areas[label]),
        }
        for label, polygons in zip(encoded.labels.tolist(), encoded.polygons, strict=True)
    ]
