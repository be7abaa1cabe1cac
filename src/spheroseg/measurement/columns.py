"""A table's columns from the kernels' arrays, with the reason for each empty cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spheroseg.measurement.contour import METHODS
from spheroseg.measurement.definitions import DEFINITIONS, column_name
from spheroseg.measurement.intensity import intensity_measures
from spheroseg.measurement.objects import Objects
from spheroseg.measurement.shape import shape_measures

_SHAPE = tuple(
    name
    for name, definition in DEFINITIONS.items()
    if definition.group in {"identity", "size", "shape", "ellipse", "position"}
)
_INTENSITY = tuple(name for name, definition in DEFINITIONS.items() if definition.group == "intensity")
_IDENTITY = tuple(name for name, definition in DEFINITIONS.items() if definition.group == "identity")


@dataclass(slots=True)
class Columns:
    """Measures of n objects on the way to a table.

    Attributes:
        n: number of objects.
        arrays: (measure, channel) → (n,) array; the channel is "" where there is one or none.
        reasons: measure with channel, code of `NA_REASONS`, (n,) where it applies.
    """

    n: int
    arrays: dict[tuple[str, str], Any] = field(default_factory=dict)
    reasons: list[tuple[str, str, NDArray[np.bool_]]] = field(default_factory=list)

    def empty(self, name: str, code: str, where: NDArray[np.bool_], channel: str = "") -> None:
        """State why cells of a measure are empty."""
        if where.any():
            self.reasons.append((column_name(name, calibrated=None, channel=channel), code, where))

    def forget(self, where: NDArray[np.bool_], code: str) -> None:
        """Empty every measure of some objects, for one reason."""
        for column, values in self.arrays.items():
            if column[0] in _IDENTITY:
                continue
            known = pd.Series(values)
            if known.dtype.kind in "iu":
                known = known.astype("Int64")
            self.arrays[column] = known.mask(where)
        self.reasons = [(name, reason, at & ~where) for name, reason, at in self.reasons]
        self.reasons.append(("", code, where))

    def table(self, *, calibrated: bool) -> pd.DataFrame:
        """The table, with unit suffixes and `na_reasons`."""
        named = {
            column_name(name, calibrated=calibrated, channel=channel): values
            for (name, channel), values in self.arrays.items()
        }
        return pd.DataFrame({**named, "na_reasons": self._texts()})

    def _texts(self) -> NDArray[np.object_]:
        texts = np.full(self.n, "", dtype=object)
        for name, code, where in self.reasons:
            label = f"{name}:{code}" if name else code
            for k in np.flatnonzero(where):
                texts[k] = f"{texts[k]};{label}" if texts[k] else label
        return texts


def shape_columns(
    objects: Objects, spacing: tuple[float, float], shape: tuple[int, int] | None, *, net: bool
) -> Columns:
    """Identity, size, shape, ellipse and position, and whether the object touches the image's edge.

    Args:
        objects: outlines grouped by object.
        spacing: (y, x) length of a pixel.
        shape: (height, width) of the image, or None.
        net: subtract holes.
    """
    y, x = spacing
    found: dict[str, Any] = dict(shape_measures(objects, (x, y), net=net))
    columns = Columns(len(objects.labels))
    found["label"] = objects.labels
    found["class_name"] = objects.class_names.astype(object)
    methods = found["perimeter_method"].astype(np.int64)
    found["perimeter_method"] = np.array(METHODS, dtype=object)[methods]
    for name in ("n_parts", "n_holes"):
        found[name] = found[name].astype(np.int64)
    columns.arrays = {(name, ""): found[name] for name in _SHAPE}
    columns.empty("orientation", "no_direction", np.isnan(found["orientation"]))
    columns.empty("perimeter_crofton", "not_traced", np.isnan(found["perimeter_crofton"]))
    if shape is None:
        columns.arrays["touches_border", ""] = pd.array([pd.NA] * columns.n, dtype="boolean")
        columns.empty("touches_border", "no_image_shape", np.ones(columns.n, dtype=np.bool_))
    else:
        low = np.minimum(found["bbox_x_min"], found["bbox_y_min"]) <= 0
        high = (found["bbox_x_max"] >= shape[1] * x) | (found["bbox_y_max"] >= shape[0] * y)
        columns.arrays["touches_border", ""] = pd.array(low | high, dtype="boolean")
    columns.arrays["confidence", ""] = objects.confidences
    columns.empty("confidence", "not_given", np.isnan(objects.confidences))
    return columns


def add_intensities(
    columns: Columns,
    objects: Objects,
    owner_labels: NDArray[Any],
    channels: list[tuple[str, NDArray[Any], bool]],
    ring_px: tuple[float, float],
    *,
    net: bool,
) -> None:
    """Intensity columns of each channel.

    Args:
        columns: receives them.
        objects: outlines grouped by object.
        owner_labels: (y, x) label of the object that owns each pixel, 0 where none does.
        channels: column suffix, (y, x) raw values and whether they could be read, of each.
        ring_px: the background ring's distance and width.
        net: leave out the free pixels of holes.
    """
    for channel, plane, is_read in channels:
        if not is_read:
            for name in _INTENSITY:
                columns.arrays[name, channel] = np.full(columns.n, np.nan)
                columns.empty(name, "unreadable", np.ones(columns.n, dtype=np.bool_), channel)
            continue
        found, n_pixels, n_ring = intensity_measures(objects, owner_labels, plane, net=net, ring_px=ring_px)
        for name in _INTENSITY:
            columns.arrays[name, channel] = found[name]
            missing = np.isnan(found[name])
            no_pixels = missing & (n_pixels == 0) & (name != "intensity_background")
            no_ring = missing & ~no_pixels & (n_ring == 0) & (name in _NEED_RING)
            columns.empty(name, "no_pixels", no_pixels, channel)
            columns.empty(name, "no_background_pixels", no_ring, channel)
            columns.empty(name, "not_finite", missing & ~no_pixels & ~no_ring, channel)


_NEED_RING = ("intensity_background", "intensity_mean_corrected", "intensity_integrated_corrected")
