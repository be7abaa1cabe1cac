"""What a person leaves out of the conclusions: a well, one of its times, one image; with the reason and who said it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from spheroseg.analysis.layout import named
from spheroseg.analysis.plate import is_well, standard_well
from spheroseg.errors import ParameterError

COLUMNS = ("plate", "well", "time_h", "image", "n_objects", "reason", "detail", "by")
"""Columns of the table of what was left out, a row an image and reason; `n_objects` is how many of its objects are meant."""
_PLACE = ["plate", "well"]


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Something that does not count.

    Attributes:
        well: in any spelling, "B7" or "B07".
        plate: "" where only one plate has the well.
        time_h: one hour of the well; None for all.
        image: one image of the well; None for all.
        reason: in the person's words.
        by: who said it; "" where nobody is named.
    """

    well: str
    plate: str = ""
    time_h: float | None = None
    image: str | None = None
    reason: str = ""
    by: str = ""

    @classmethod
    def parse(cls, text: str) -> Exclusion:
        """[PLATE/]WELL[@HOUR][=REASON], as in B07, B07@48 or "plate 2/B07@48=bubble".

        Raises:
            ParameterError: the text is none of these.
        """
        place, _, reason = text.partition("=")
        plate, _, place = place.rpartition("/")
        well, _, hour = place.partition("@")
        try:
            time_h = float(hour) if hour else None
        except ValueError:
            time_h = np.nan
        if not is_well(well.strip()) or (time_h is not None and not np.isfinite(time_h)):
            raise ParameterError(f"{text}: write a well, a time and a reason, as in B07@48=bubble or plate2/B07")
        return cls(standard_well(well.strip()), plate.strip(), time_h, None, reason.strip())

    def __str__(self) -> str:
        plate = f"{self.plate}/" if self.plate else ""
        hour = "" if self.time_h is None else f"@{self.time_h:g}"
        return f"{plate}{standard_well(self.well)}{hour}"


def leave_out(table: pd.DataFrame, what: Sequence[Exclusion]) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """What is left, what was left out (with `reason`, `detail` and `by`), and what a person should know.

    Args:
        table: plate, well, time_h, image and any other column.
        what: each leaves out the rows that it names.

    Raises:
        ParameterError: an exclusion names no plate and several have its well.
    """
    if not what:
        return table, table.iloc[:0], []
    wells: dict[str, list[str]] = {}
    for plate, well in table[_PLACE].drop_duplicates().itertuples(index=False):
        wells.setdefault(str(well), []).append(str(plate))
    by_row = np.full(len(table), -1, np.int64)
    chosen = pd.DataFrame(
        {
            "plate": [_plate_of(each, wells.get(standard_well(each.well), [])) for each in what],
            "well": [standard_well(each.well) for each in what],
            "hour": [np.nan if each.time_h is None else each.time_h for each in what],
            "only_image": [each.image for each in what],
            "number": range(len(what)),
        }
    )
    rows = table[[*_PLACE, "time_h", "image"]].assign(row=np.arange(len(table)))
    rows = rows[rows["well"].isin(chosen["well"].unique())]
    met = rows.merge(chosen, on=_PLACE)
    fits = met["hour"].isna() | np.isclose(met["time_h"], met["hour"])
    fits &= met["only_image"].isna() | (met["only_image"] == met["image"])
    met = met[fits].drop_duplicates("row")
    by_row[met["row"]] = met["number"]
    hit = by_row >= 0
    numbers = by_row[hit]
    left_out = table[hit].assign(
        reason="by_hand",
        detail=[what[n].reason or "excluded by a person" for n in numbers],
        by=[what[n].by for n in numbers],
    )
    in_vain = [str(each) for n, each in enumerate(what) if n not in set(numbers.tolist()) and each.image is None]
    notes = [f"{named(in_vain)}: excluded, but no size is there"] if in_vain else []
    return table[~hit], left_out, notes


def _plate_of(exclusion: Exclusion, plates: Sequence[str]) -> str:
    if exclusion.plate or (exclusion.image is not None and len(plates) != 1):
        return exclusion.plate
    if "" in plates or not plates:
        return ""
    if len(plates) > 1:
        raise ParameterError(
            f"the exclusion of {exclusion} names no plate, and {named(sorted(plates))} have this well; say which, as in "
            f"{min(plates)}/{exclusion}"
        )
    return plates[0]
