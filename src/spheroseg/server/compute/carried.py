"""Measures that only the model can make (diameter intervals, rim and invasion of cores), brought to another pixel size."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from spheroseg.server.tables.json_columns import Measures

_UNIT = re.compile(r"_(um|px)([23]?)$")


def carried_measures(
    measures: Measures, known: Sequence[str], old_um: Sequence[float] | None, new_um: Sequence[float] | None
) -> Measures:
    """What an object has besides the measures that are made again, with its lengths in the new unit.

    Args:
        measures: of the object, as they were.
        known: names of the measures that are made again.
        old_um: (y, x) µm a pixel that the lengths are of; None: they are in pixels.
        new_um: the same for the answer. Where pixels are not square, a length of no known direction takes the mean.

    Returns:
        By name, in the order of `measures`; names end in the new unit.
    """
    made_again = {_UNIT.sub("", name) for name in known}
    factor = _side(new_um) / _side(old_um)
    unit = "px" if new_um is None else "um"
    carried: Measures = {}
    for name, value in measures.items():
        found = _UNIT.search(name)
        if _UNIT.sub("", name) in made_again:
            continue
        if found is None:
            carried[name] = value
        else:
            power = int(found[2] or 1)
            in_unit = f"{name[: found.start()]}_{unit}{found[2]}"
            if isinstance(value, int | float) and not isinstance(value, bool):
                carried[in_unit] = value * factor**power
            else:
                carried[in_unit] = value
    return carried


def _side(size_um: Sequence[float] | None) -> float:
    return 1.0 if size_um is None else math.sqrt(size_um[0] * size_um[1])
