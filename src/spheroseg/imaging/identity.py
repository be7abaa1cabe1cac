"""Which well is this? The metadata of the series first, then the file's name, and neither where it could be wrong."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from spheroseg.errors import FileNameError
from spheroseg.imaging.cell_lines import LIKE_WELLS
from spheroseg.imaging.filenames import FileFields, WellForms, parse, parse_well
from spheroseg.imaging.image import Image

_PLACE_WORD = re.compile(
    r"(?:wells?|sites?|pos(?:ition)?|fields?|fov|points?|scenes?|series|tile ?scan|tiles?|scan|region|r|p|f|s|xy)?\d*",
    re.IGNORECASE,
)
_WELL_TOKEN = re.compile(r"[A-P](?:0[1-9]|1\d|2[0-4]|[1-9])")


def identity_of(image: Image, pattern: str | None = None, forms: WellForms = frozenset()) -> FileFields:
    """Plate, well, field, channel, z and time of an image, as far as its metadata and its file's name say.

    The metadata win. A well that only the file's name has belongs to the whole file: it is not given to the series of a
    file that has several, since a name cannot say which of them lies in it. Nor is "ch1" or "t003" the channel or the frame
    of an image that has several: such a name is that of the first file of a set.

    Args:
        image: the image.
        pattern: own pattern for the file's name, see `filenames.parse`.
        forms: of the names beside it, see `filenames.forms_of_wells`.

    Raises:
        FileNameError: the pattern cannot be used.
    """
    is_field = "layout" in image.metadata  # of a plate: its first file's channel, plane and time are not the image's
    fields = (
        FileFields()
        if image.path is None or (is_field and pattern is None)
        else parse(image.path, pattern, forms=forms)
    )
    if image.n_series > 1 and pattern is None:
        fields = replace(fields, well=None, row=None, column=None, field=None)
    if pattern is None:
        several = several_of(image)
        fields = replace(
            fields,
            channel=None if "channel" in several else fields.channel,
            z=None if "z" in several else fields.z,
        )
        if "frame" in several and fields.time_unit == "frame":
            fields = replace(fields, time=None, time_unit=None)
    if image.well:
        well, row, column = parse_well(image.well)
        fields = replace(fields, well=well, row=row, column=column)
    return replace(
        fields,
        plate=image.plate or fields.plate,
        field=image.field if image.field is not None else fields.field,
    )


def several_of(image: Image) -> tuple[str, ...]:
    """Of "channel", "z" and "frame": what the image has several of."""
    counts = {"channel": 1 if image.is_rgb else image.n_channels, "z": image.n_slices, "frame": image.n_frames}
    return tuple(name for name, n in counts.items() if n > 1)


def doubt_about(image: Image, pattern: str | None = None, forms: WellForms = frozenset()) -> str:
    """The sentence about a well in the file's name that is not taken, or ""; the arguments are those of `identity_of`."""
    fields = FileFields() if image.path is None or pattern is not None else parse(image.path, forms=forms)
    if fields.doubtful_well and not image.well and image.n_series == 1:
        return fields.doubt
    well = fields.well
    if well is None or image.well == well:
        return ""
    if image.well:
        return f"the file's name says well {well}, its metadata {image.well}, which is taken"
    if image.n_series > 1:
        return f"the name's well {well} is not given to the {image.n_series} series of the file"
    return ""


def well_of_name(name: str, *, is_place: bool = True) -> str:
    """The well that the name of a stage position, scene or image is or has ("D6", "B03_0001", "TileScan 1/C/4/R2"), else "".

    Only one token may look like a well: "P2-D4" could be row P as well. One without a leading zero is a well only beside words
    that count places ("A1: Site 2"): "estradiol E2" and "H9 day 3" are none.

    Args:
        name: of the place.
        is_place: False for a name that may as well be that of a file: all of its words have to be of a place then.
    """
    parts = re.split(r"[/\\]", name)
    for row, column in itertools.pairwise(parts):
        if re.fullmatch(r"[A-P]", row) and re.fullmatch(r"0?[1-9]|1\d|2[0-4]", column):
            return _try(row + column)
    found = {well for part in parts if (well := _well_among(part, is_place))}
    return found.pop() if len(found) == 1 else ""


def _well_among(words: str, is_place: bool) -> str:
    tokens = [token for token in re.split(r"[_\-\s.#:,;()\[\]]+", words) if token]
    wells = {
        token for token in tokens if _WELL_TOKEN.fullmatch(token) and (len(tokens) == 1 or token not in LIKE_WELLS)
    }
    if len(wells) != 1:
        return ""
    well = wells.pop()
    is_sure = (is_place and len(well) == 3) or all(token == well or _PLACE_WORD.fullmatch(token) for token in tokens)
    return _try(well) if is_sure else ""


def places_of_names(names: Sequence[str]) -> list[tuple[str, int | None]]:
    """Well and field (its number within the well, from 1) of each of a file's series by their names; ("", None) without a well."""
    in_well: Counter[str] = Counter()
    places: list[tuple[str, int | None]] = []
    for well in map(well_of_name, names):
        in_well[well] += 1
        places.append((well, in_well[well] if well else None))
    return places


def _try(text: str) -> str:
    try:
        return parse_well(text)[0]
    except FileNameError:
        return ""
