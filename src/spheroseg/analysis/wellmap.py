"""Layouts in wellmap's TOML: [plate], [expt], [block.HxW.well], [row.A], [col.1], [irow.A], [icol.1], [well.A1].

Read here because the program of that name stands under a licence that this one cannot take on. What reads other files
(meta.include, meta.concat, meta.paths) is refused.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pandas as pd

from spheroseg.analysis.plate import is_well, standard_well, well_name
from spheroseg.errors import ParameterError
from spheroseg.imaging.filenames import parse_well

_ORDER = ("expt", "block", "row", "col", "irow", "icol", "well")  # the later, the more it says
_LEVELS = {"expt": 1, "block": 3, "row": 2, "col": 2, "irow": 2, "icol": 2, "well": 2}
"""How many tables lie in one another before values stand in them."""
_Place = tuple[int, int]


def wells(text: str) -> pd.DataFrame:
    """A table with a row a well.

    Raises:
        ParameterError: the text is no TOML or says what this reader does not understand.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ParameterError(f"is no TOML: {error}") from error
    unknown = set(document) - {*_ORDER, "meta", "plate"}
    if unknown:
        raise ParameterError(f"[{min(unknown)}] is no table of wellmap")
    _check_tables(document)
    if any(key in document.get("meta", {}) for key in ("include", "concat", "path", "paths")):
        raise ParameterError("the layout names other files in [meta]; write everything into one file")
    plates = document.get("plate", {})
    named = {name: value for name, value in plates.items() if isinstance(value, dict)}
    if not named:
        return _one_plate({**document, "expt": {**document.get("expt", {}), **plates}})
    shared = {name: value for name, value in plates.items() if not isinstance(value, dict)}
    tables = []
    for name, own in named.items():
        merged = {key: {**document.get(key, {}), **own.get(key, {})} for key in _ORDER}
        merged["expt"] |= shared | {key: value for key, value in own.items() if not isinstance(value, dict)}
        tables.append(_one_plate(merged).assign(plate=name))
    return pd.concat(tables, ignore_index=True)


def _check_tables(document: dict[str, Any]) -> None:
    """Tables lie where tables are read, and values in them.

    Raises:
        ParameterError: something else stands there.
    """
    for name in ("meta", "plate"):
        if not isinstance(document.get(name, {}), dict):
            raise ParameterError(f"{name} is {document[name]!r}, and no table")
    for plate, own in document.get("plate", {}).items():
        for key, value in own.items() if isinstance(own, dict) else [("", own)]:
            _check_levels(f"plate.{plate}.{key}".rstrip("."), value, _LEVELS.get(key, 0))
    for name in set(document) & set(_ORDER):
        _check_levels(name, document[name], _LEVELS[name])


def _check_levels(name: str, value: object, levels: int) -> None:
    if not levels and isinstance(value, dict | list):
        raise ParameterError(f"{name} is a table or a list, and no value")
    if levels and not isinstance(value, dict):
        raise ParameterError(f"{name} is {value!r}, and no table")
    for key, inner in value.items() if isinstance(value, dict) else ():
        _check_levels(f"{name}.{key}", inner, levels - 1)


def _one_plate(document: dict[str, Any]) -> pd.DataFrame:
    by_place: dict[_Place, dict[str, Any]] = {}
    # rows and columns describe wells that something else names, or, where nothing does, each crossing of the two
    rows, columns = dict(_lines(document, "row")), dict(_lines(document, "col"))
    if rows and columns:
        for row in rows:
            for column in columns:
                by_place[row, column] = {}
    for place, _ in [*_blocks(document), *_single(document)]:
        by_place.setdefault(place, {})
    for irow in (False, True):
        crossings = dict(_lines(document, "irow" if irow else "icol"))
        other = columns if irow else rows
        for number in crossings:
            for across in other:
                base = (number, across) if irow else (across, number)
                by_place.setdefault(_interleaved(base, by_row=irow), {})
    if not by_place:
        raise ParameterError("the layout names no well")
    layers: list[tuple[_Place, dict[str, Any]]] = list(_blocks(document))
    for place in by_place:
        layers += [(place, rows.get(place[0], {})), (place, columns.get(place[1], {}))]
    for irow, name in ((True, "irow"), (False, "icol")):
        for number, values in _lines(document, name):
            layers += [
                (place, values) for place in by_place if (_interleaved(place, by_row=irow)[0 if irow else 1]) == number
            ]
    layers += list(_single(document))
    for place, values in layers:
        by_place[place] |= values
    return pd.DataFrame(
        [
            {"well": well_name(*place), **document.get("expt", {}), **values}
            for place, values in sorted(by_place.items())
        ],
        dtype=object,
    ).fillna("")


def _interleaved(place: _Place, *, by_row: bool) -> _Place:
    """Where an interleaved row or column lies at this place: A of odd columns and B of even ones make irow A."""
    row, column = place
    if by_row:
        return (row if column % 2 else row + (1 if row % 2 else -1)), column
    return row, (column if row % 2 else column + (1 if column % 2 else -1))


def _lines(document: dict[str, Any], name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    is_row = name.endswith("row")
    for key, values in document.get(name, {}).items():
        for part in _expanded(key, "A" if is_row else "1"):
            well = f"{part}1" if is_row else f"A{part}"
            if not is_well(well):
                raise ParameterError(f"[{name}.{key}] is no {'row' if is_row else 'column'}")
            _, row, column = parse_well(well)
            yield (row if is_row else column), values


def _expanded(key: str, kind: str) -> list[str]:
    """Writes "A,C,...,G" and "1,2,...,12" in full; "A,B" as two."""
    parts = [part.strip() for part in key.split(",")]
    if "..." not in parts:
        return parts
    at = _place_of_dots(parts, key)
    numbers = [_number(part, kind) for part in parts if part != "..."]
    step = numbers[1] - numbers[0] if at > 1 else 1
    full = [*numbers[: at - 1], *range(numbers[at - 1], numbers[at] + 1, max(step, 1)), *numbers[at + 1 :]]
    return [str(n) if kind == "1" else well_name(n, 1)[:-2] for n in full]


def _place_of_dots(parts: list[str], key: str) -> int:
    at = parts.index("...")
    if not 0 < at < len(parts) - 1 or parts.count("...") > 1:
        raise ParameterError(f"{key!r}: ... stands between the first and the last")
    return at


def _number(part: str, kind: str) -> int:
    if kind == "1" and part.isdecimal():
        return int(part)
    if kind == "A" and is_well(f"{part}1"):
        return parse_well(f"{part}1")[1]
    raise ParameterError(f"{part!r} is no {'column' if kind == '1' else 'row'}")


def _places(key: str) -> list[_Place]:
    """Places of "A1", "A1,B2" or "A1,A3,...,C9": from the first to the last in the steps of the second."""
    parts = [part.strip() for part in key.split(",")]
    for part in parts:
        if part != "..." and not is_well(part):
            raise ParameterError(f"{part!r} is no well (A1…AF48)")
    known = [parse_well(part)[1:] for part in parts if part != "..."]
    if "..." not in parts:
        return known
    _place_of_dots(parts, key)
    (first_row, first_column), (last_row, last_column) = known[0], known[-1]
    row_steps = sorted({row - first_row for row, _ in known[1:-1]} - {0}) or [1]
    column_steps = sorted({column - first_column for _, column in known[1:-1]} - {0}) or [1]
    return [
        (row, column)
        for row in range(first_row, last_row + 1, row_steps[0])
        for column in range(first_column, last_column + 1, column_steps[0])
    ]


def _blocks(document: dict[str, Any]) -> Iterator[tuple[_Place, dict[str, Any]]]:
    for size, blocks in document.get("block", {}).items():
        shape = re.fullmatch(r"(\d+)x(\d+)|(\d+)", size)
        if shape is None:
            raise ParameterError(f"[block.{size}] is no size such as 2x3 (columns x rows)")
        wide, high = (int(shape[1]), int(shape[2])) if shape[1] else (int(shape[3]), int(shape[3]))
        for key, values in blocks.items():
            for row, column in _places(key):
                for down in range(high):
                    for right in range(wide):
                        name = well_name(row + down, column + right)
                        if not is_well(name):
                            raise ParameterError(f"[block.{size}.{key}] reaches beyond the largest plate")
                        yield (row + down, column + right), values


def _single(document: dict[str, Any]) -> Iterator[tuple[_Place, dict[str, Any]]]:
    for key, values in document.get("well", {}).items():
        for place in _places(key):
            standard_well(well_name(*place))
            yield place, values
