"""What compute children do for runs and edits: outline a frame, move a threshold, measure drawn objects."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from cachetools import LRUCache
from numpy.typing import NDArray

from spheroseg import pipeline
from spheroseg.errors import GeometryError, ParameterError
from spheroseg.geometry import Polygon, Polygons, trace
from spheroseg.imaging import Image, luminance, read_image
from spheroseg.imaging.focus import flatten_z
from spheroseg.measurement import measure
from spheroseg.records import FrameSource, RunCard
from spheroseg.segmentation import CLASSICAL, Maps, ObjectRules, SplitRule, core_labels, objects_from, split
from spheroseg.segmentation import list_models as shipped_models
from spheroseg.segmentation.cores import CORE_CLASS
from spheroseg.server.compute import outlines
from spheroseg.server.compute.bundle import ObjectsAbout, pack, unpack
from spheroseg.server.compute.images import held_image
from spheroseg.server.compute.measures import as_measures
from spheroseg.server.compute.requests import FrameJob, ObjectInput
from spheroseg.server.tables.json_columns import Kind, MeasureColumn, MeasuredObject, OfferedModel

_OWN_COLUMNS = frozenset({"label", "class_name", "confidence", "flags"})
_HELD_MAPS = 4  # one a person who moves a threshold; 2 × 4 MB at 2048²

_maps: LRUCache[str, Maps] = LRUCache(_HELD_MAPS)


def list_models() -> list[OfferedModel]:
    """Each model that runs may use."""
    found: list[OfferedModel] = [
        {
            "name": card.name,
            "hash": pipeline.model_identity(card.name).sha256,
            "title": f"{card.name} {card.version}",
            "description": card.description,
            "card": card.model_dump(mode="json"),
        }
        for card in shipped_models()
    ]
    classical: OfferedModel = {
        "name": CLASSICAL,
        "hash": f"classical-{pipeline.model_identity(CLASSICAL).version}",
        "title": "Classical (no network)",
        "description": "Background, threshold and watershed: no training, fast, for clean images.",
        "card": {"name": CLASSICAL},
    }
    return [*found, classical]


def load_model(model: str) -> None:
    """Load a model and outline something small with it, so that the first run waits for nothing that is done once.

    Raises:
        ModelError: the model is missing or damaged.
    """
    y, x = np.mgrid[:256, :256]
    disc = (np.hypot(y - 128, x - 128) > 40) * 120 + 60
    image = Image(disc.astype(np.uint8)[None, None, None], pixel_size_um=(1.0, 1.0))
    _objects(pipeline.segment(image, pipeline.Parameters(model=model)), "filled")


def segment_frame(path: str, job: FrameJob) -> tuple[bytes, bytes]:
    """Outline one frame.

    Returns:
        The objects and the maps, each as a bundle.

    Raises:
        ImageReadError: the file cannot be read.
        ParameterError: the parameters make no sense for this image.
        ModelError: the model is missing or damaged.
    """
    image = _read(path, job)
    chosen = _chosen(job)
    threshold = chosen.threshold
    # the classical engine knows no threshold of its own; its maps do
    is_moved = chosen.model == CLASSICAL and threshold is not None
    whole = replace(chosen, target="whole")  # the maps are stored with it, and cores are made from them
    found = pipeline.segment(image, replace(whole, threshold=None) if is_moved else whole, t=job.frame)
    found = replace(found, run_card=found.run_card.model_copy(update={"parameters": asdict(chosen)}))
    maps = Maps.of(found.prediction)
    about = maps.about | {"frame": found.frame.model_dump(), "run_card": found.run_card.plain()}
    packed = pack(about, maps.arrays)
    if is_moved:
        return apply_threshold(path, job, packed), packed
    return _objects(found, job.region), packed  # of whole objects and cores alike


def apply_threshold(path: str, job: FrameJob, maps: bytes) -> bytes:
    """The objects at another threshold, from stored maps: no inference, everything else as in a run.

    Returns:
        The objects as a bundle.

    Raises:
        ImageReadError, ParameterError: as `segment_frame`.
    """
    about, arrays = unpack(maps)
    chosen = _chosen(job)
    image = _read(path, job)
    frame = _frame_image(image, job)
    if chosen.threshold is None:
        raise ParameterError("a threshold is needed")
    prediction = objects_from(
        Maps.from_parts(about, arrays),
        luminance(frame, c=chosen.channel),
        threshold=chosen.threshold,
        expected_objects=chosen.expected_objects,
        rules=ObjectRules.of(chosen.rules),
        pixel_size_um=job.pixel_size_um,
    )
    card = RunCard.model_validate(about["run_card"]).model_copy(
        update={
            "parameters": asdict(chosen),
            "split": asdict(prediction.rule),
            "image_flags": prediction.image_flags,
            "n_too_small": prediction.n_too_small,
            "left_out": prediction.left_out,
        }
    )
    source = FrameSource.model_validate(about["frame"])
    found = pipeline.Segmentation(frame, source, prediction, job.pixel_size_um, card)
    return _objects(found, job.region)


def preview_threshold(
    key: str, maps: bytes | None, threshold: float, outline: str, about: Mapping[str, object]
) -> bytes | None:
    """Outlines at another threshold, for a person who moves it.

    Args:
        key: names the maps; they are held for the next call.
        maps: the bundle, or None to be told whether it is needed.
        threshold: between 0 and 1.
        outline: "whole" objects or the "core" of each.
        about: goes into the header of the answer.

    Returns:
        `outlines.frame_bytes`, without confidences and flags; None when it can only be made with the maps.
    """
    held = _maps.get(key)
    if held is None:
        if maps is None:
            return None
        held = _maps[key] = Maps.from_parts(*unpack(maps))
    rule, class_name = replace(held.rule, threshold=threshold), held.class_name
    labels = split(held.probability, held.distance, rule).labels
    if outline == "core":
        if held.core is None:
            raise ParameterError("the model of these outlines knows no cores")
        (labels, *_), class_name = core_labels(labels, held.core), CORE_CLASS
    traced = outlines.encode_all(trace(labels, class_name=class_name))
    found = [
        outlines.Outline(label, class_name, None, (), False, data)
        for label, data in zip(traced.labels.tolist(), traced.polygons, strict=True)
    ]
    return outlines.frame_bytes(found, about)


def measure_objects(
    path: str | None, file_key: str, job: FrameJob, objects: list[ObjectInput], wanted: list[int]
) -> tuple[list[MeasuredObject], list[MeasureColumn]] | None:
    """Check and measure objects that a person drew or changed, by the kernel that measures runs.

    Args:
        path: the file, or None when the child may hold the image.
        file_key: names the file's content.
        job: which frame, with which pixel size and region.
        objects: these objects and their neighbours, which own the pixels around.
        wanted: numbers of the objects to measure.

    Returns:
        Each wanted object, and the columns of the measures. None when a path is needed.

    Raises:
        GeometryError: an outline crosses itself, lies outside of the image or has no area.
    """
    image = held_image(file_key, path, job.series, job.axes)
    if image is None:
        return None
    frame = _frame_image(image, job)
    parts = {one.number: _rings(one) for one in objects}
    stored = {one.number: one.polygons for one in objects if one.parts is None}
    for number in wanted:  # what is stored is whole; on another frame it may still lie outside
        parts[number] = _inside(parts[number], image.shape) if number in stored else _valid(parts[number], image.shape)
    polygons = Polygons.from_list(
        Polygon(part[0], tuple(part[1:]), one.number, one.class_name) for one in objects for part in parts[one.number]
    )
    table = measure(polygons, frame, region=_region(job.region))
    columns, values = _as_numbers(table)
    known = [[value if math.isfinite(value) else None for value in row] for row in values.tolist()]
    rows = {label: as_measures(row, columns) for label, row in zip(table["label"].tolist(), known, strict=True)}
    measured: list[MeasuredObject] = [
        {
            "number": number,
            "polygons": stored.get(number) or outlines.encode(parts[number]),
            "box": _box(parts[number]),
            "measures": rows[number],
            "flags": ["touches_border"] if rows[number]["touches_border"] is True else [],
        }
        for number in wanted
    ]
    return measured, columns


def warm_up() -> None:
    """Split, trace and measure something small, so that the first person does not wait for what is compiled once."""
    probability = np.zeros((64, 64), dtype=np.uint8)
    probability[20:40, 20:40] = 255
    labels = split(probability, probability, SplitRule()).labels
    outlines.encode_all(trace(labels))
    ring = np.array([[20.5, 20.5], [40.5, 20.5], [40.5, 40.5]])
    plane = Image(probability.astype(np.uint16)[None, None, None], significant_bits=16)
    measure(Polygons.from_list([Polygon(_turning(ring, is_hole=False))]), plane)


def _rings(one: ObjectInput) -> list[list[NDArray[np.float64]]]:
    if one.parts is None:
        return outlines.decode(one.polygons)
    return [[np.asarray(ring, dtype=np.float64) for ring in part] for part in one.parts]


def _chosen(job: FrameJob) -> pipeline.Parameters:
    pixel_size = job.pixel_size_um
    target = "core" if job.region == "core" else "whole"
    return pipeline.Parameters(model=job.model_name, pixel_size_um=pixel_size, target=target, **job.parameters)


def _read(path: str, job: FrameJob) -> Image:
    """The image of a frame, with the pixel size that counts: one that a person took away is not the file's again."""
    return replace(read_image(Path(path), series=job.series, axes=job.axes), pixel_size_um=job.pixel_size_um)


def _frame_image(image: Image, job: FrameJob) -> Image:
    """The frame's plane of each channel as an image of its own, as the pipeline sees it."""
    frame, _ = flatten_z(image, job.frame, job.parameters.get("z", "sharpest"))
    return replace(frame, pixel_size_um=job.pixel_size_um)


def _region(region: str) -> Any:  # noqa: ANN401 -- measurement's own Literal
    return "filled" if region == "core" else region  # the core is what is outlined, and its outline is measured


def _objects(found: pipeline.Segmentation, region: str) -> bytes:
    """The bundle of a frame's objects: numbers, outlines, boxes, confidences, flags, measures.

    Raises:
        ParameterError: cores are wanted, and the model knows none.
    """
    if region == "core":
        found = found.cores()
    table = found.measure(region=_region(region)).sort_values("label")
    traced = outlines.encode_all(found.polygons)
    numbers = traced.labels.astype(np.int32)
    if not np.array_equal(numbers, table["label"]):
        raise GeometryError("the outlines and the measures are not of the same objects")
    columns, values = _as_numbers(table)
    flags = [text.split(";") if text else [] for text in table["flags"]]
    about: ObjectsAbout = {
        "class_names": traced.class_names,
        "flags": flags,
        "columns": columns,
        "run_card": found.run_card.plain(),
        "image_flags": list(found.prediction.image_flags),
        "n_too_small": found.prediction.n_too_small,
    }
    arrays: dict[str, NDArray[Any]] = {
        "number": numbers,
        "length": np.array([len(data) for data in traced.polygons], dtype=np.int64),
        "polygons": np.frombuffer(b"".join(traced.polygons), dtype=np.uint8),
        "box": traced.boxes.astype(np.float32),
        "confidence": table["confidence"].to_numpy(dtype=np.float64),
        "measures": values,
    }
    return pack(about, arrays)


def _box(parts: Sequence[Sequence[NDArray[np.float64]]]) -> tuple[float, float, float, float]:
    vertices = np.concatenate([part[0] for part in parts])
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _as_numbers(table: pd.DataFrame) -> tuple[list[MeasureColumn], NDArray[np.float64]]:
    """The measures as one matrix, and what its columns are; words become places in a list of words."""
    columns: list[MeasureColumn] = []
    values: list[NDArray[np.float64]] = []
    plain = table.set_axis(table.columns, axis=1)  # another table of the same values,
    plain.attrs = {}  # whose columns are not each given a copy of what the table says of itself
    for label, column in plain.items():
        name = str(label)
        if name in _OWN_COLUMNS:
            continue
        if column.dtype == np.float64:  # most of them, and the shortest way
            columns.append({"name": name, "kind": "number"})
            values.append(column.to_numpy())
            continue
        if pd.api.types.is_bool_dtype(column.dtype):
            kind: Kind = "flag"
        elif pd.api.types.is_integer_dtype(column.dtype):
            kind = "count"
        elif pd.api.types.is_numeric_dtype(column.dtype):
            kind = "number"
        else:
            words = pd.Categorical(column)
            columns.append({"name": name, "kind": "word", "words": [str(word) for word in words.categories]})
            codes = words.codes.astype(np.float64)
            values.append(np.where(codes < 0, np.nan, codes))
            continue
        columns.append({"name": name, "kind": kind})
        values.append(column.to_numpy(dtype=np.float64, na_value=np.nan))
    matrix = np.stack(values, axis=1) if values else np.empty((len(table), 0))
    return columns, matrix


def _valid(parts: Sequence[Sequence[NDArray[np.float64]]], shape: tuple[int, int]) -> list[list[NDArray[np.float64]]]:
    """The outlines as `Polygon` wants them: turning right, inside of the image.

    Raises:
        GeometryError: they cannot be used.
    """
    if not parts:
        raise GeometryError("an object needs at least one outline")
    height, width = shape
    checked = []
    for part in parts:
        if not part or any(len(ring) < 3 for ring in part):
            raise GeometryError("an outline needs at least three points")
        if not all(np.isfinite(ring).all() for ring in part):
            raise GeometryError("an outline has a point that is no number")
        polygon = shapely.Polygon(part[0], part[1:])
        if not polygon.is_valid:
            raise GeometryError(f"the outline crosses or touches itself ({shapely.is_valid_reason(polygon)})")
        x_min, y_min, x_max, y_max = polygon.bounds
        if x_min < 0 or y_min < 0 or x_max > width or y_max > height:
            raise GeometryError("the outline leaves the image")
        if polygon.area <= 0:
            raise GeometryError("the outline has no area")
        checked.append([_turning(ring, is_hole=i > 0) for i, ring in enumerate(part)])
    return checked


def _inside(parts: list[list[NDArray[np.float64]]], shape: tuple[int, int]) -> list[list[NDArray[np.float64]]]:
    """The same outlines.

    Raises:
        GeometryError: they reach beyond the image.
    """
    x_min, y_min, x_max, y_max = _box(parts)
    if x_min < 0 or y_min < 0 or x_max > shape[1] or y_max > shape[0]:
        raise GeometryError("the outline leaves the image")
    return parts


def _turning(ring: NDArray[np.float64], *, is_hole: bool) -> NDArray[np.float64]:
    x, y = ring[:, 0], ring[:, 1]
    area = float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
    return ring[::-1].copy() if (area > 0) == is_hole else ring
