"""The name that each file's results get: unique, fit for every file system, recognisable."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from spheroseg.formats.parts.files import safe_part, shortened
from spheroseg.imaging.pairing import FLATTENED, without_suffix

#: leaves room for "_s12_t0123.ome.tif" and for what is put in front while a file is being written (255 bytes in all)
MAX_NAME_BYTES = 180
#: what series and frames of a file add to its name, see `frame_name`
_FRAME_ENDING = re.compile(r"(?<=.)(?:_s\d+)?(?:_t\d{3,})?$")


def frame_name(name: str, series: int | None, frame: int | None) -> str:
    """What the results of one series and one frame of a file are called; None where the file has but one."""
    return name + (f"_s{series}" if series is not None else "") + (f"_t{frame:03d}" if frame is not None else "")


def result_names(relatives: Sequence[str]) -> list[str]:
    """A name for each file's results: the stem where that is unique, else with its folders, else with its suffix too.

    No two names are equal in any case or Unicode form, nor does a name equal another one's series or frame
    (`A01_t000.tif` beside the time-lapse `A01.tif`).

    Args:
        relatives: paths below the folder that was given.
    """
    paths = [PurePosixPath(relative) for relative in relatives]
    levels = [
        [_fitting(without_suffix(path.name)) for path in paths],
        [_fitting(FLATTENED.join(PurePosixPath(without_suffix(str(path))).parts)) for path in paths],
        [_fitting(FLATTENED.join([*path.parent.parts, path.stem, path.suffix.lstrip(".")])) for path in paths],
    ]
    counts = [Counter(_alike(name) for name in level) for level in levels]
    taken: set[str] = set()
    roots_of_taken: set[str] = set()
    names: list[str] = []
    for i in range(len(paths)):
        fitting = (level[i] for level, count in zip(levels, counts, strict=True) if count[_alike(level[i])] == 1)
        base = next(fitting, levels[-1][i])
        name, n = base, 2
        # files of one name from several given folders: number them
        while _clashes(_alike(name), taken, roots_of_taken):
            name, n = f"{base}_{n}", n + 1
        taken.add(_alike(name))
        roots_of_taken |= _roots(_alike(name))
        names.append(name)
    return names


def _clashes(name: str, taken: set[str], roots_of_taken: set[str]) -> bool:
    return name in taken or name in roots_of_taken or not taken.isdisjoint(_roots(name))


def _roots(name: str) -> set[str]:
    """The names of files of which this could be a series or a frame."""
    root = _FRAME_ENDING.sub("", name)
    without_frame = re.sub(r"(?<=.)_t\d{3,}$", "", name)
    return {root, without_frame} - {name}


def _fitting(text: str) -> str:
    """A name that every file system takes, with room for what frames and suffixes add."""
    return shortened(safe_part(text), MAX_NAME_BYTES)


def _alike(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
