"""The summary of an export: a row a well, time and class, from objects that come image by image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from spheroseg.server.resources.json_object import JsonObject

KEYS = ("plate", "well", "time_h", "class_name")
_NO_MEASURES = frozenset({"label", "row", "column", "field", "series", "frame", "frame_time_s", "confidence"})


@dataclass(slots=True)
class _Moments:
    """Count, mean and squared deviations of numbers that come in parts (Chan, Golub and LeVeque 1979)."""

    n: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, values: np.ndarray[Any, np.dtype[np.float64]]) -> None:
        known = values[np.isfinite(values)]
        if not known.size:
            return
        mean, n = float(known.mean()), self.n + known.size
        off = mean - self.mean
        self.squares += float(((known - mean) ** 2).sum()) + off * off * self.n * known.size / n
        self.mean += off * known.size / n
        self.n = n

    @property
    def sd(self) -> float:
        """Of the sample (n − 1); NaN of fewer than two."""
        return float(np.sqrt(self.squares / (self.n - 1))) if self.n > 1 else float("nan")


@dataclass(slots=True)
class _Well:
    n_images: int = 0
    n_objects: int = 0
    moments: dict[str, _Moments] = field(default_factory=dict)


class WellSummary:
    """Takes the tables of images one after the other; memory grows with wells, not with objects."""

    def __init__(self) -> None:
        self._wells: dict[tuple[Any, ...], _Well] = {}
        self._columns: dict[str, None] = {}
        self._conditions: dict[tuple[str, str], Mapping[str, Any]] = {}

    def add(
        self, objects: pd.DataFrame, about: Mapping[str, Any], conditions: Mapping[str, Any] = MappingProxyType({})
    ) -> None:
        """Add the objects of one frame; images without a well are left out.

        Args:
            objects: with `class_name` and numeric measures.
            about: `plate`, `well`, `time_h` and `frame_time_s`, as far as they are known.
            conditions: what the layout says of the well.
        """
        if not about.get("well"):
            return
        self._conditions[about.get("plate", ""), about["well"]] = conditions
        seconds = about.get("frame_time_s")
        time_h = about.get("time_h") if seconds is None else seconds / 3600
        place = (about.get("plate", ""), about["well"], time_h)
        if objects.empty:  # a well in which nothing was found is a row of its own, not a gap
            self._wells.setdefault((*place, ""), _Well()).n_images += 1
            return
        numeric = [
            name
            for name in objects.columns
            if name not in _NO_MEASURES
            and name not in KEYS
            and name not in conditions
            and pd.api.types.is_numeric_dtype(objects[name].dtype)
            and not pd.api.types.is_bool_dtype(objects[name].dtype)
        ]
        self._columns |= dict.fromkeys(numeric)
        for class_name, rows in objects.groupby("class_name", dropna=False):
            well = self._wells.setdefault((*place, class_name), _Well())
            well.n_images += 1
            well.n_objects += len(rows)
            for name in numeric:
                values = rows[name].to_numpy(dtype=np.float64, na_value=np.nan)
                well.moments.setdefault(name, _Moments()).add(values)

    def table(self) -> pd.DataFrame:
        """One row a plate, well, time and class: how many images and objects, then mean, SD and n of each measure."""
        rows = []
        for key, well in self._wells.items():
            row: JsonObject = dict(zip(KEYS, key, strict=True))
            row |= self._conditions[key[0], key[1]]
            row |= {"n_images": well.n_images, "n_objects": well.n_objects}
            for name in self._columns:
                known = well.moments.get(name, _Moments())
                row[f"{name}_mean"] = known.mean if known.n else float("nan")
                row[f"{name}_sd"] = known.sd
                row[f"{name}_n"] = known.n
            rows.append(row)
        return pd.DataFrame(rows)
