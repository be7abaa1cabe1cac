"""The size of an object out of a table's columns: diameter, area or volume, its unit, and how sure the outline is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spheroseg.analysis.layout import named
from spheroseg.errors import ParameterError

Size = Literal["volume", "area", "diameter"]
POWER = {"volume": 3, "area": 2, "diameter": 1}
"""A relative error of the diameter counts this often in the size."""
_NAMES: dict[Size, tuple[str, ...]] = {
    "volume": ("volume_sphere", "volume", "volume_ellipsoid", "spheroid_volume"),
    "area": ("area", "spheroid_area", "projected_area"),
    "diameter": ("equivalent_diameter", "diameter", "spheroid_diameter"),
}
_UNITS = {"um": "µm", "mm": "mm", "px": "px", "nm": "nm"}
_SUFFIX = {1: "", 2: "²", 3: "³"}
# the interval of the outline's diameter holds nine of ten reference diameters
_INTERVAL_SD = 2 * 1.6448536269514722


@dataclass(frozen=True, slots=True)
class SizeColumn:
    """Where a size is taken from.

    Attributes:
        column: the table's column.
        source: what the column holds.
        length_unit: "µm", "mm", "nm" or "px".
        size: what is made of it.
    """

    column: str
    source: Size
    length_unit: str
    size: Size

    @property
    def unit(self) -> str:
        """Unit of the size: "µm³"."""
        return self.length_unit + _SUFFIX[POWER[self.size]]

    @property
    def statement(self) -> str:
        """One sentence on where the size is from."""
        if self.source == self.size:
            return f"{self.size} is the column {self.column}"
        shape = "disc" if self.size != "volume" and self.source != "volume" else "sphere"
        return f"{self.size} is that of the {shape} with the {self.source} of the column {self.column}"

    def values(self, table: pd.DataFrame) -> NDArray[np.float64]:
        """(n,) sizes in `unit`; NaN where the table has none."""
        given = numbers(table, self.column)
        if self.source == self.size:
            return given
        diameter = given
        with np.errstate(invalid="ignore"):
            if self.source == "area":
                diameter = np.sqrt(4 * given / np.pi)
            elif self.source == "volume":
                diameter = np.cbrt(6 * given / np.pi)
        if self.size == "diameter":
            return diameter
        return np.pi / 4 * diameter**2 if self.size == "area" else np.pi / 6 * diameter**3


def numbers(table: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """The column as numbers, NaN for empty cells.

    Raises:
        ParameterError: a cell holds text.
    """
    values = pd.to_numeric(table[column], errors="coerce").to_numpy(np.float64, na_value=np.nan)
    text = table.loc[table[column].notna() & ~np.isfinite(values), column]
    text = text[text.astype(str).str.strip().str.lower().map(lambda cell: cell not in {"", "nan", "na", "inf", "-inf"})]
    if len(text):
        first = str(text.iloc[0])
        place = next((name for name in ("well", "image") if name in table.columns), None)
        where = "" if place is None else f" in {named(table.loc[text.index, place].astype(str).tolist())}"
        hint = "; the decimal sign is a point" if re.fullmatch(r"\s*-?[\d.]*,\d+\s*", first) else ""
        raise ParameterError(f"the column {column} holds {first!r}{where}, which is no number{hint}")
    return np.where(np.isfinite(values), values, np.nan)


def size_column(columns: Sequence[str], size: Size) -> SizeColumn:
    """The column a size is taken from: the size itself, else one it can be computed from.

    Raises:
        ParameterError: there is none, or one without a unit in its name.
    """
    order: tuple[Size, ...] = (size, *(other for other in ("diameter", "area", "volume") if other != size))
    by_lower = {name.lower().replace("µ", "u").replace("μ", "u"): name for name in columns}
    for source in order:
        for stem in _NAMES[source]:
            for unit, symbol in _UNITS.items():
                power = POWER[source]
                name = f"{stem}_{unit}{power if power > 1 else ''}"
                if name in by_lower:
                    return SizeColumn(by_lower[name], source, symbol, size)
    unitless = [name for names in _NAMES.values() for name in (*names, "size") if name in by_lower]
    if unitless:
        raise ParameterError(
            f"the column {by_lower[unitless[0]]} has no unit; name it as in area_um2, area_px2, diameter_um or volume_um3"
        )
    share = next((name for name in by_lower if re.search(r"percent|fraction|confluence|viability", name)), None)
    if share is not None:
        raise ParameterError(
            f"{by_lower[share]} is no size; a column such as volume_um3, area_um2 or diameter_um is needed"
        )
    raise ParameterError("the table has no size column; it needs volume_um3, area_um2 or diameter_um (or px)")


def outline_sd(table: pd.DataFrame) -> NDArray[np.float64]:
    """(n,) standard deviation of ln(diameter) by the outline, from its nine-of-ten interval; NaN where unknown."""
    for stem in ("equivalent_diameter", "diameter"):
        for unit in _UNITS:
            low, high = f"{stem}_low_{unit}", f"{stem}_high_{unit}"
            if low in table.columns and high in table.columns:
                ends = numbers(table, low), numbers(table, high)
                crossed = np.flatnonzero(ends[0] > ends[1])
                if len(crossed):
                    place = next(name for name in ("well", "image") if name in table.columns)
                    where = named(table[place].iloc[crossed].astype(str).tolist())
                    raise ParameterError(f"{low} is above {high} in {where}")
                with np.errstate(invalid="ignore", divide="ignore"):
                    return np.log(ends[1] / ends[0]) / _INTERVAL_SD
    return np.full(len(table), np.nan)
