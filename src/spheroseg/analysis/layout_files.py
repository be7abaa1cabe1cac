"""Layouts from files: tables, spreadsheet pastes drawn as a plate, wellmap TOML, Incucyte plate maps; templates to fill in."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path, PurePath, PureWindowsPath
from typing import Any
from xml.etree.ElementTree import Element, ParseError

import pandas as pd
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from spheroseg.analysis import wellmap
from spheroseg.analysis.layout import COLUMNS, Layout, check_layout, is_head
from spheroseg.analysis.plate import FORMATS, Plate, is_well, row_name, standard_well, well_name
from spheroseg.analysis.workbook import sheets_of
from spheroseg.errors import FormatError, ParameterError, SpheroSegError
from spheroseg.imaging.filenames import forms_by_folder, parse

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".toml", ".platemap", ".xml")
TEMPLATE_COLUMNS = ("well", "compound", "dose", "dose_unit", "cell_line", "replicate", "control")
_MAX_BYTES = 20_000_000
_ZIP = b"PK\x03\x04"
"""How an .xlsx file begins."""


def read_layout(path: Path | str) -> Layout:
    """Read a layout; what kind of file it is, is seen from its suffix and content.

    Args:
        path: `.csv`, `.tsv`, `.txt`, `.xlsx`: a table with a row a well, or blocks drawn as the plate is (a heading such
            as "compound" or "dose (µM)" in the corner, columns 1…, rows A…); `.toml`: wellmap; `.PlateMap`, `.xml`:
            a plate map of an Incucyte.

    Raises:
        FormatError: the file cannot be read, or what it says makes no layout; the reason names the wells.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise FormatError(path, f"a layout ends in {', '.join(SUFFIXES)}")
    if not path.is_file():
        raise FormatError(path, "there is no such file")
    if path.stat().st_size > _MAX_BYTES:
        raise FormatError(path, "is far too large for a layout")
    try:
        if suffix == ".xlsx":
            return _layout_of_sheets(sheets_of(path))
        refuse_spreadsheet(path)
        return layout_of_text(path.read_bytes().decode("utf-8-sig"), suffix)
    except UnicodeDecodeError as error:
        raise FormatError(path, "is no UTF-8 text; save it as CSV UTF-8") from error
    except SpheroSegError as error:
        raise FormatError(path, str(error)) from error
    except Exception as error:  # the readers of spreadsheets raise whatever they trip over
        if suffix != ".xlsx":
            raise
        raise FormatError(path, f"cannot be read as a spreadsheet ({' '.join(str(error).split())[:160]})") from error


def _layout_of_sheets(sheets: Mapping[str, list[list[str]]]) -> Layout:
    """The layout of the first sheet that looks like one; of the first at all where none does."""
    likely = [name for name, rows in sheets.items() if any(is_head(row) or _is_block_header(row) for row in rows)]
    name = next(iter(likely or sheets))
    layout = layout_of_cells(sheets[name])
    if len(likely) < 2:
        return layout
    note = f"the layout is that of the sheet {name!r}; {', '.join(map(repr, likely[1:]))} look like layouts too and are not read"
    return replace(layout, notes=(*layout.notes, note))


def refuse_spreadsheet(path: Path) -> None:
    """Name a workbook whose name says that it is text.

    Raises:
        ParameterError: it is one.
    """
    with path.open("rb") as stream:
        if stream.read(len(_ZIP)) == _ZIP:
            raise ParameterError("is a spreadsheet, not text; let its name end in .xlsx")


def layout_of_text(text: str, suffix: str = ".csv") -> Layout:
    """A layout of what was pasted or of a file's text; see `read_layout`.

    Raises:
        ParameterError: it makes no layout.
    """
    if suffix == ".toml":
        return check_layout(wellmap.wells(text))
    if suffix in {".platemap", ".xml"} or text.lstrip().startswith("<"):
        return check_layout(_plate_map(text))
    return layout_of_cells(cells_of_text(text))


def cells_of_text(text: str) -> list[list[str]]:
    """The cells of a pasted or saved table; tab, semicolon or comma, whichever the first lines have most of.

    Where semicolons or tabs part the cells, "0,5" is a number with a decimal comma.

    Raises:
        ParameterError: a cell is longer than any of a layout, or the text holds what no text does.
    """
    head = "\n".join(text.splitlines()[:20])
    delimiter = max("\t;,", key=lambda sign: (head.count(sign), sign == "\t")) if head else ","
    if "\t" in head:
        delimiter = "\t"
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)]
    except csv.Error as error:
        raise ParameterError(f"cannot be read as a table ({error})") from error
    if delimiter != ",":
        rows = [[re.sub(r"^(-?\d+),(\d+)$", r"\1.\2", cell) for cell in row] for row in rows]
    return rows


def layout_of_cells(rows: Sequence[Sequence[str]]) -> Layout:
    """A layout of a table's cells: a header and a row a well, or blocks drawn as the plate is.

    Raises:
        ParameterError: it is neither, or makes no layout.
    """
    filled = [list(row) for row in rows if any(cell.strip() for cell in row)]
    if not filled:
        raise ParameterError("the layout is empty")
    if any(_is_block_header(row) for row in filled):
        return check_layout(_blocks(filled))
    at = next((at for at, row in enumerate(filled) if is_head(row)), 0)
    above, header = filled[:at], filled[at]
    body = [[*row, *[""] * (len(header) - len(row))] for row in filled[at + 1 :]]
    wide = next(
        (number for number, row in enumerate(body, at + 2) if any(cell.strip() for cell in row[len(header) :])), None
    )
    if wide is not None:
        raise ParameterError(f"line {wide} has more cells than the header")
    named = [at for at, name in enumerate(header) if name.strip()]
    layout = check_layout(
        pd.DataFrame([[row[at] for at in named] for row in body], columns=[header[at] for at in named])
    )
    if not above:
        return layout
    titles = " / ".join(next(cell.strip() for cell in row if cell.strip())[:40] for row in above[:3])
    return replace(layout, notes=(*layout.notes, f"lines above the names of the columns are not read: {titles}"))


def layout_of_names(names: Iterable[str | PurePath], pattern: str | None = None) -> pd.DataFrame:
    """The wells that file names speak of, as an unfilled layout: a template that fits the images.

    Cell lines that look like wells (A549, H1299, MCF7) are none; see `spheroseg.imaging.filenames`.
    """
    known = [PureWindowsPath(name) if isinstance(name, str) else name for name in names]
    forms = forms_by_folder(known)
    wells = (parse(name, pattern, forms=forms[name.parent]).well for name in known)
    found = {well for well in wells if well is not None}
    return pd.DataFrame(
        [{"well": well} for well in sorted(found)], columns=list(TEMPLATE_COLUMNS), dtype=object
    ).fillna("")


def template(plate: Plate, *, drawn: bool = False) -> str:
    """A layout to fill in, as CSV: a row a well, or blocks drawn as the plate is."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = range(1, plate.n_columns + 1)
    if drawn:
        for name in TEMPLATE_COLUMNS[1:]:
            writer.writerow([name, *columns])
            writer.writerows([row_name(row), *[""] * plate.n_columns] for row in range(1, plate.n_rows + 1))
            writer.writerow([])
    else:
        writer.writerow(TEMPLATE_COLUMNS)
        for row in range(1, plate.n_rows + 1):
            writer.writerows([well_name(row, column), *[""] * (len(TEMPLATE_COLUMNS) - 1)] for column in columns)
    return stream.getvalue()


def write_layout(layout: Layout, path: Path | str) -> None:
    """Write a layout as CSV with a row a well; columns that say nothing are left out."""
    table = layout.wells
    kept = [name for name in COLUMNS if name in TEMPLATE_COLUMNS or (table[name].notna() & (table[name] != "")).any()]
    table[kept].to_csv(path, index=False, lineterminator="\n")


def _is_block_header(row: Sequence[str]) -> bool:
    """A heading and then 1, 2, 3…: the columns of a plate; what begins with a well is a row of a table."""
    numbers = [cell.strip() for cell in row[1:] if cell.strip()]
    if row and is_well(row[0].strip()):
        return False
    return len(numbers) >= 2 and numbers == [str(n) for n in range(1, len(numbers) + 1)]


def _blocks(rows: list[list[str]]) -> pd.DataFrame:
    """A table with a row a well of blocks drawn as the plate is."""
    values: dict[str, dict[str, str]] = {}
    name, title = "", ""
    for row in rows:
        first = row[0].strip()
        is_plate_row = re.fullmatch(r"[A-Za-z]{1,2}", first) is not None and is_well(f"{first}1")
        if _is_block_header(row) and not (
            name and is_plate_row
        ):  # doses and replicates of a row may be 1, 2, 3 as well
            name = first or title
            if not name:
                raise ParameterError(
                    "a block of the layout has no heading; write 'compound', 'dose (µM)'… into its corner"
                )
            if any(name in filled for filled in values.values()):
                raise ParameterError(f"the layout has the block {name!r} twice")
        elif name and is_plate_row:
            for column, cell in enumerate(row[1:], 1):
                if cell.strip():
                    values.setdefault(standard_well(f"{first}{column}"), {})[name] = cell.strip()
        else:
            name, title = "", first
    if not values:
        raise ParameterError("the blocks of the layout are empty")
    table = pd.DataFrame.from_dict(values, orient="index", dtype=object).fillna("")
    return table.rename_axis("well").reset_index()


def _plate_map(text: str) -> pd.DataFrame:
    """A table with a row a well of an Incucyte's plate map: XML with 0-based rows and columns."""
    try:
        root: Element = fromstring(text)
    except (ParseError, DefusedXmlException) as error:
        raise ParameterError(f"is no plate map: damaged XML ({error})") from error
    rows: list[dict[str, Any]] = []
    for well in (element for element in root.iter() if _local(element) == "well"):
        if "row" not in well.attrib or "col" not in well.attrib:
            continue
        row: dict[str, Any] = {"well": _well_of_map(well.attrib["row"], well.attrib["col"])}
        n_compounds = 0
        for item in (element for element in well.iter() if _local(element) == "wellItem"):
            name = next((part.attrib.get("displayName", "") for part in item if _local(part) == "referenceItem"), "")
            kind = item.attrib.get("type", "")
            if kind == "Compound":
                n_compounds += 1
                if n_compounds > 2:
                    raise ParameterError(f"{row['well']} has more than two compounds")
                suffix = "" if n_compounds == 1 else "_2"
                row |= {
                    f"compound{suffix}": name,
                    f"dose{suffix}": item.attrib.get("concentration", ""),
                    f"dose_unit{suffix}": item.attrib.get("concentrationUnits", ""),
                }
            elif kind in {"CellType", "Cell"}:
                row["cell_line"] = name
        if len(row) > 1:
            rows.append(row)
    if not rows:
        raise ParameterError("the plate map names no well")
    return pd.DataFrame(rows, dtype=object).fillna("")


def _well_of_map(row: str, column: str) -> str:
    """The well of a plate map's row and column, which count from 0.

    Raises:
        ParameterError: no plate has it.
    """
    if not (re.fullmatch(r"[0-9]{1,2}", row) and re.fullmatch(r"[0-9]{1,2}", column)):
        raise ParameterError(f"the plate map has a well in row {row!r}, column {column!r}; both are numbers from 0")
    rows, columns = FORMATS[1536]
    if int(row) >= rows or int(column) >= columns:
        raise ParameterError(f"the plate map has a well in row {row}, column {column}; no plate has that")
    return well_name(int(row) + 1, int(column) + 1)


def _local(element: Element) -> str:
    return element.tag.rsplit("}", 1)[-1]
