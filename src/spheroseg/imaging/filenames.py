"""What a file's name says: plate, well, field, channel, z and time.

Known layouts come first (see `instrument_names`), each recognised by its whole
shape; then loose tokens ("A01_t003", "B2-f3-z01", "well_C07_day3"). What is not sure is left out: a wrong well
spoils a dose–response curve, a missing one is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath, PureWindowsPath

from spheroseg.errors import FileNameError
from spheroseg.imaging.cell_lines import LIKE_WELLS, parts_of_lines
from spheroseg.imaging.file_fields import FileFields, TimeUnit, parse_well, try_well, well_name, well_of
from spheroseg.imaging.filename_patterns import Engine, compile_pattern
from spheroseg.imaging.instrument_names import LAYOUTS
from spheroseg.imaging.pairing import MASK_ENDING

__all__ = [
    "FileFields",
    "TimeUnit",
    "WellForms",
    "forms_by_folder",
    "forms_of_wells",
    "parse",
    "parse_well",
    "stem",
    "well_name",
]

WellForms = frozenset[tuple[str, ...]]
"""Forms of the names in a folder that surely have a well: what each word says, ("well", "h") of A01_24h."""


def parse(
    name: str | PurePath, pattern: str | None = None, engine: Engine = re.compile, *, forms: WellForms = frozenset()
) -> FileFields:
    r"""Reads plate, well, field, channel, z and time from a file's name.

    Args:
        name: the file's name, or its path: some instruments keep time and z in the folders' names.
        pattern: own pattern instead of the known layouts: a template such as "{plate}_{well}_{time:d}h.tif", or
            a regular expression with named groups such as r"(?P<well>[A-H]\d\d)_(?P<field>\d)"; see
            docs/reference/file-names.md.
        engine: what matches an own pattern; see `filename_patterns.compile_pattern`.
        forms: of the names beside it (`forms_of_wells`): "D10_24h" alone is a well or a cell line, beside "A01_24h" a well.

    Returns:
        The fields; all None (and layout "") where nothing, or not the own pattern, matched.

    Raises:
        FileNameError: the own pattern cannot be used, or what it calls a well, a number or a time is none.
    """
    path = PureWindowsPath(name) if isinstance(name, str) else name  # takes / and \ alike
    if pattern is not None:
        return _by_own_pattern(path, pattern, engine)
    return _by_layout(_without_mask_ending(path)) or _by_tokens(_without_mask_ending(path).stem, forms)


def forms_of_wells(names: Iterable[str | PurePath]) -> WellForms:
    """How those of some names are made that surely have a well; names with folders count as their last part.

    Args:
        names: of the files beside each other in a folder.
    """
    forms = set()
    for name in names:
        path = _without_mask_ending(PureWindowsPath(name) if isinstance(name, str) else name)
        tokens = [token for token in _SEPARATORS.split(path.stem) if token]
        at = _bare_well(tokens, frozenset())
        if at is not None and tokens[at] not in LIKE_WELLS and _by_layout(path) is None:
            forms.add(_form(tokens, at))
    return frozenset(forms)


def forms_by_folder(paths: Iterable[PurePath]) -> dict[PurePath, WellForms]:
    """`forms_of_wells` of each folder that has some of these files."""
    names: dict[PurePath, list[str]] = {}
    for path in paths:
        names.setdefault(path.parent, []).append(path.name)
    return {folder: forms_of_wells(of_folder) for folder, of_folder in names.items()}


def _without_mask_ending(path: PurePath) -> PurePath:
    """What programs add to the names of masks (A01_cp_masks) says nothing else."""
    return path.with_name(MASK_ENDING.sub("", stem(path.name)) + ".tif") if path.name else path


def _by_layout(path: PurePath) -> FileFields | None:
    return next((found for layout in LAYOUTS if (found := layout(path)) is not None), None)


_DOUBLE_ENDINGS = (
    ".ome.tif",
    ".ome.tiff",
    ".ome.tf2",
    ".ome.tf8",
    ".ome.btf",
    ".ome.zarr",
    ".companion.ome",
    ".nii.gz",
)


def stem(name: str) -> str:
    """A file's name without its ending; `.ome.tif` is one ending.

    >>> stem("spheroid_B02.ome.tif")
    'spheroid_B02'
    """
    lower = name.lower()
    for ending in _DOUBLE_ENDINGS:
        if lower.endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return PurePath(name).stem


# one token between separators: what it says, by its whole shape
_TOKENS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("min", re.compile(r"(?:t|time)?(?P<n>\d{1,5})min", re.IGNORECASE)),
    ("h", re.compile(r"(?:t|time)?(?P<n>\d{1,4})(?:h|hr|hrs|hours?)|hours?(?P<m>\d{1,4})", re.IGNORECASE)),
    ("d", re.compile(r"(?:t|time)?(?P<n>\d{1,3})(?:d|days?)|(?:day|d)(?P<m>\d{1,3})", re.IGNORECASE)),
    ("frame", re.compile(r"(?:t|tp|time|timepoint|frame)(?P<n>\d{1,5})", re.IGNORECASE)),
    ("field", re.compile(r"(?:f|s|fov|field|site|pos)(?P<n>\d{1,4})", re.IGNORECASE)),
    ("channel", re.compile(r"(?:c|w|ch|channel)(?P<n>\d{1,2})", re.IGNORECASE)),
    ("z", re.compile(r"(?:z|slice|plane)(?P<n>\d{1,4})", re.IGNORECASE)),
)
_TIME_TOKENS: tuple[TimeUnit, ...] = ("min", "h", "d")  # a frame number beside one of these is only its index
_BARE_WELL = re.compile(r"[A-P](?:0[1-9]|1\d|2[0-4]|[1-9])")  # 384 wells; larger plates are named by instruments
_SEPARATORS = re.compile(r"[_\-\s.]+")
_KEYWORD_WELL = re.compile(r"(?i:well)[_\-\s]?(?P<well>[A-Za-z]{1,2}\d{1,2})(?=[_\-\s.]|$)")


def _by_tokens(stem: str, forms: WellForms) -> FileFields:
    """Loose tokens between separators.

    A lone "A1" is a well only in company: in the middle of nowhere ("estradiol_E2", "H9_organoid") it is as likely
    a hormone or a cell line. After it only tokens that are understood may follow, and one without a leading zero
    needs at least one of them, or to be the whole name. What is a cell line's name as well (E14) is a well only where the
    names beside it have theirs at the same place.
    """
    keyword = _KEYWORD_WELL.search(stem)
    is_whole = keyword is not None and (
        keyword.start() == 0 or _SEPARATORS.match(stem[keyword.start() - 1]) is not None
    )
    well = try_well(keyword["well"]) if keyword is not None and is_whole else None
    rest = stem
    if keyword is not None and is_whole:
        rest = stem[: keyword.start()] + stem[keyword.end() :]
    tokens = [token for token in _SEPARATORS.split(rest) if token]
    at = None if well else _bare_well(tokens, forms)
    lines = parts_of_lines(tokens)
    is_doubtful = at is not None and tokens[at] in LIKE_WELLS and _form(tokens, at) not in forms
    if at is not None and not is_doubtful:
        well = parse_well(tokens[at])
    doubtful = tokens[at] if at is not None and is_doubtful else None
    # a cell line before its well (C6_A01) is no channel
    words = [
        token
        for index, token in enumerate(tokens)
        if index != at
        and (index not in lines or at in lines)
        and not (token in LIKE_WELLS and (is_doubtful or (at is not None and index < at)))
    ]
    found: dict[str, str] = {}
    for token in words:
        kind = None if _is_like_a_well(token, words) else _kind(token)
        # a name that says the same thing twice says nothing
        if kind is not None:
            found[kind[0]] = "" if kind[0] in found else kind[1]
    values = {key: value for key, value in found.items() if value}
    units: list[TimeUnit] = [unit for unit in _TIME_TOKENS if unit in values]
    unit = units[0] if len(units) == 1 else ("frame" if units == [] and "frame" in values else None)
    if well is None and unit is None and not values.keys() & {"field", "channel", "z"}:
        return FileFields(doubtful_well=doubtful)
    name, row, column = well or (None, None, None)
    return FileFields(
        None, name, row, column,
        doubtful_well=doubtful,
        field=int(values["field"]) if "field" in values else None,
        channel=values.get("channel"),
        z=int(values["z"]) if "z" in values else None,
        time=float(values[unit]) if unit else None,
        time_unit=unit,
        layout="tokens",
    )  # fmt: skip


def _kind(token: str) -> tuple[str, str] | None:
    """("h", "24") of "24h"; None where the token says nothing."""
    for kind, shape in _TOKENS:
        match = shape.fullmatch(token)
        if match is not None:
            return kind, next(digits for digits in match.groups() if digits is not None)
    return None


def _form(tokens: list[str], at: int) -> tuple[str, ...]:
    """What each word of a name says, were the well at this place."""
    kinds = [_kind(token) for token in tokens]
    return tuple("well" if index == at else kind[0] if kind else "" for index, kind in enumerate(kinds))


def _is_like_a_well(token: str, tokens: list[str]) -> bool:
    """D08 and C03 are wells, and where they cannot be taken for one, they are no day 8 and no channel 3 either.

    Single digits are left to their letters (C1_T2) where the other tokens speak the same language.
    """
    if not _BARE_WELL.fullmatch(token):
        return False
    if len(token) == 3:
        return True
    others = [other for other in tokens if other is not token]
    is_spoken = any(other[0].isupper() and _kind(other) is not None for other in others)
    return not is_spoken and any(_kind(other) is None for other in others)


_LETTER = re.compile(r"[A-Z]\d{1,5}")


def _bare_well(tokens: list[str], forms: WellForms) -> int | None:
    """Index of the one token that is a well, or would be one if it were no cell line's name (`LIKE_WELLS`); else None."""
    shaped = [index for index, token in enumerate(tokens) if _BARE_WELL.fullmatch(token)]
    lines = parts_of_lines(tokens)
    placed = [index for index in shaped if _form(tokens, index) in forms]
    candidates = placed or [index for index in shaped if index not in lines]
    candidates = [index for index in candidates if tokens[index] not in LIKE_WELLS] or candidates
    sure = [index for index in candidates if _kind(tokens[index]) is None]
    if not sure:
        # C1, D3, F2 mean channel, day and field to some: beside another such token (C1_T2) they are no well, but D08 is
        # where another token has the hours, and C03 where one has the channel
        others = [index for index, token in enumerate(tokens) if _LETTER.fullmatch(token) and _kind(token) is not None]
        others = [index for index in others if index not in lines or index in candidates]
        sure = candidates if len(others) == len(candidates) else []
        sure = sure or [index for index in candidates if len(tokens[index]) == 3 and _is_stated_twice(index, tokens)]
    if len(sure) != 1:
        return None
    at = sure[0]
    is_padded = len(tokens[at]) == 3
    # "A01_HepG2" is a well and its cells, "E2_MCF7" a hormone and its cells
    is_cells = [is_padded and (index in lines or tokens[index] in LIKE_WELLS) for index in range(len(tokens))]
    after = [index for index in range(at + 1, len(tokens)) if not is_cells[index]]
    if not all(_kind(tokens[index]) for index in after):
        return None
    return at if is_padded or after or len(tokens) == 1 else None


def _is_stated_twice(index: int, tokens: list[str]) -> bool:
    """Whether what a token would say, taken for no well, is said by another one: its day by a time, its channel by a channel."""
    others = [kind[0] for token in (*tokens[:index], *tokens[index + 1 :]) if (kind := _kind(token)) is not None]
    kind = _kind(tokens[index])
    return kind is not None and (kind[0] in others or (kind[0] == "d" and bool({"h", "min"} & set(others))))


def _by_own_pattern(path: PurePath, pattern: str, engine: Engine) -> FileFields:
    compiled = compile_pattern(pattern, engine)
    match = compiled.match(path)
    if match is None:
        return FileFields()
    well = parse_well(match["well"]) if match.get("well") else None
    if well is None and match.get("row") and match.get("column"):
        row = match["row"]
        well = (
            well_of(_whole(row, "row"), _whole(match["column"], "column"))
            if row.isdecimal()
            else parse_well(row + match["column"])
        )
    name, row_number, column = well or (None, None, None)
    time = match.get("time")
    unit = _UNITS.get(match.get("time_unit", compiled.time_unit).lower())
    if unit is None:
        raise FileNameError(f"{match['time_unit']!r} is no unit of time (s, min, h, d or frame)")
    return FileFields(
        match.get("plate"), name, row_number, column,
        field=_whole(match["field"], "field") if match.get("field") else None,
        channel=match.get("channel"),
        z=_whole(match["z"], "z") if match.get("z") else None,
        time=_number(time) if time else None,
        time_unit=unit if time else None,
        layout="own",
    )  # fmt: skip


_UNITS: dict[str, TimeUnit] = {
    "": "frame", "frame": "frame", "s": "s", "sec": "s", "min": "min", "m": "min", "h": "h", "hr": "h", "hour": "h",
    "hours": "h", "d": "d", "day": "d", "days": "d",
}  # fmt: skip


def _whole(text: str, what: str) -> int:
    if not text.isdecimal():
        raise FileNameError(f"{text!r} is no number for {what}")
    return int(text)


def _number(text: str) -> float:
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise FileNameError(f"{text!r} is no time") from None
