"""The frames of the plates that this child analysed last: after a change of one frame it is told that frame and not the plate.

Each frame has a mark of eight bytes that is another one as soon as anything of the frame is another one. What is held is
used for exactly the marks that it was read under; everything else is asked for again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

Columns = Mapping[str, list[Any]]
_MOST_PLATES = 3
_MOST_CHANGED = 0.25
"""Share of the frames up to which it pays to ask for them one by one."""


@dataclass(slots=True)
class _Held:
    marks: bytes
    columns: dict[str, list[Any]]
    table: pd.DataFrame
    places: dict[str, int]


_HELD: OrderedDict[tuple[str, str], _Held] = OrderedDict()


def missing_frames(*, project_id: str, kind: str, marks: bytes) -> list[str] | None:
    """The keys (column `image`) of the frames that have another mark than the held ones; None: all are needed.

    Args:
        project_id: of the plates.
        kind: of size (`frame_sums.KINDS`).
        marks: of all frames now, in the order in which they are read.
    """
    held = _HELD.get((project_id, kind))
    if held is None or len(held.marks) != len(marks):
        return None
    changed = np.flatnonzero(np.frombuffer(held.marks, "i8") != np.frombuffer(marks, "i8"))
    if len(changed) > _MOST_CHANGED * len(held.places):
        return None
    keys = held.columns["image"]
    return [keys[place] for place in changed]


def table_of(*, project_id: str, kind: str, marks: bytes, columns: Columns, is_change: bool) -> pd.DataFrame | None:
    """A row a frame of the plates, which are held from now on; None where what is held does not fit what is told.

    Args:
        project_id: of the plates.
        kind: of size.
        marks: of all frames now; those of a plate that is not summed up yet are empty, and it is not held.
        columns: of all frames, or of those that `missing_frames` asked for.
        is_change: it is the latter.
    """
    key = (project_id, kind)
    if is_change:
        wanted = missing_frames(project_id=project_id, kind=kind, marks=marks)
        if wanted is None or not set(wanted) <= set(columns["image"]):
            return None
        _change(_HELD[key], columns)
        _HELD[key].marks = marks
    else:
        table = pd.DataFrame(columns)
        if 8 * len(table) != len(marks):
            return table
        places = {image: place for place, image in enumerate(columns["image"])}
        _HELD[key] = _Held(marks, dict(columns), table, places)
        while len(_HELD) > _MOST_PLATES:
            _HELD.popitem(last=False)
    _HELD.move_to_end(key)
    return _HELD[key].table.copy()  # it shares its columns until somebody writes to one


def _change(held: _Held, columns: Columns) -> None:
    places = [held.places.get(key) for key in columns["image"]]
    for name, values in columns.items():
        whole = held.columns[name]
        new = {at: value for at, value in zip(places, values, strict=True) if at is not None and whole[at] != value}
        for at, value in new.items():
            whole[at] = value
        if new:
            held.table[name] = whole
