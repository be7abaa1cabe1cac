"""Reads tables of objects for analysis: of `spheroseg segment`, tidy tables of other programs, Incucyte's exports."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from io import StringIO
from pathlib import Path

import pandas as pd
import pyarrow as pa
from pyarrow.dataset import ParquetFileFormat, dataset

from spheroseg.analysis.layout_files import refuse_spreadsheet
from spheroseg.analysis.observations import Observations, Reading, observe, observe_sums, sums_of
from spheroseg.analysis.plate import is_well, standard_well
from spheroseg.analysis.sizes import numbers
from spheroseg.errors import FormatError, ParameterError

SUFFIXES = (".csv", ".tsv", ".txt", ".parquet", ".xlsx")
_TEXT = ("image", "file", "plate", "well", "field", "flags", "notes", "region", "acquired", "na_reasons")
_NEEDED = re.compile(
    r"image|plate|well|field|label|number|time_.*|acquired|frame.*|flags|touches_border|centroid_[xy]_.*|pixel_size_.*|"
    r"(?:.*_)?(?:volume|area|diameter)(?:_\w+)?|size|invasion_index|disintegration_index|dispersed_fraction|confidence|"
    r"review|review_reason|reviewed_by"
)
_COLUMN = re.compile(r"(?:([A-Z]{1,2}\d{1,2})|.*\(([A-Z]{1,2}\d{1,2})\))(?:,\s*Image\s*(\d+))?")
_ROWS_AT_ONCE = 262_144
_ELAPSED = re.compile(r"^(date time|elapsed)", re.IGNORECASE)


ReadParquet = Callable[[Path, Sequence[str]], pd.DataFrame]


def read_objects(
    path: Path | str,
    reading: Reading = Reading(),  # noqa: B008 -- frozen
    read_parquet: ReadParquet | None = None,
) -> Observations:
    """Read a table of objects and, where `images.csv` (or .parquet) lies beside it, the images without any.

    Args:
        path: .csv, .tsv, .txt, .parquet or .xlsx; a `.txt` or `.csv` with "Date Time, Elapsed, A1, A2…" is an
            Incucyte's export of one metric, whose name and unit stand above it.
        reading: what is read.
        read_parquet: reads columns of a Parquet file, or of a folder `….parquet` of such files, elsewhere; None: here, in
            parts of bounded size.

    Raises:
        FormatError: the file cannot be read or holds nothing to analyse; the reason names it.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise FormatError(path, f"a table of objects ends in {', '.join(SUFFIXES)}")
    if not path.is_file() and not (path.is_dir() and path.suffix.lower() == ".parquet"):
        raise FormatError(path, "there is no such file")
    images = path.with_name(f"images{path.suffix}") if path.stem == "objects" else None
    try:
        blank = _blank_of(images) if images is not None and images.exists() else None
        if path.suffix.lower() == ".parquet":
            return observe_sums(sums_of(*_parquet(path, read_parquet), reading), reading, blank)
        return observe(_table(path), reading, blank)
    except ParameterError as error:
        raise FormatError(path, str(error)) from error


def _blank_of(path: Path) -> pd.DataFrame:
    """The table of images beside that of objects.

    Raises:
        FormatError: it cannot be read, or its times cannot; the objects are not to blame.
    """
    try:
        table = _table(path)
        for name in ("time_h", "time_min", "time_s", "time_d"):
            if name in table.columns:
                numbers(table, name)
    except ParameterError as error:
        raise FormatError(path, str(error)) from error
    return table


def _table(path: Path) -> pd.DataFrame:
    suffix = path.suffix.lower()
    try:
        if suffix == ".parquet":
            parts, _ = _parquet(path)
            return pd.concat(parts, ignore_index=True)
        if suffix == ".xlsx":
            with pd.ExcelFile(path) as book:
                sheet = "objects" if "objects" in book.sheet_names else 0
                return _once(pd.read_excel(book, sheet_name=sheet, keep_default_na=False, na_values=[""]))
        refuse_spreadsheet(path)
        with path.open(encoding="utf-8-sig") as stream:
            head = stream.read(4000)
        if any(_ELAPSED.match(line) for line in head.splitlines()):
            return _incucyte(path.read_text("utf-8-sig"))
        first = head.splitlines()[0] if head else ""
        separator = "\t" if "\t" in first else ";" if first.count(";") > first.count(",") else ","
        table = pd.read_csv(
            path, sep=separator, decimal="," if separator == ";" else ".", dtype=dict.fromkeys(_TEXT, str), encoding="utf-8-sig",
            keep_default_na=False, na_values=["", "NA", "NaN", "nan"], low_memory=False,
        )  # fmt: skip
        return _once(table)
    except UnicodeDecodeError as error:
        raise ParameterError("is no UTF-8 text; save it as CSV UTF-8") from error
    except ParameterError:
        raise
    except Exception as error:  # the libraries raise whatever they trip over in a damaged file
        raise ParameterError(f"cannot be read as a table ({' '.join(str(error).split())[:160]})") from error


def _once(table: pd.DataFrame) -> pd.DataFrame:
    """The table, whose reader would number columns of one name."""
    names = {str(name) for name in table.columns}
    doubled = [name for name in names if f"{name}.1" in names]
    if doubled:
        raise ParameterError(f"has the column {', '.join(sorted(doubled))} twice")
    return table


def _parquet(path: Path, elsewhere: ReadParquet | None = None) -> tuple[Iterable[pd.DataFrame], list[str]]:
    """The rows that are needed in parts of bounded size, and the names of their columns."""
    try:
        found = dataset(path, format="parquet")
    except (OSError, ValueError, pa.ArrowException) as error:
        raise ParameterError(f"cannot be read as a table ({' '.join(str(error).split())[:160]})") from error
    names = [name for name in found.schema.names if _NEEDED.fullmatch(name) or name in {"status", "n_objects"}]
    if elsewhere is not None:
        return [elsewhere(path, names)], names
    # one word for each image: kept once and numbered, not written out for each of its objects
    words = [name for name in names if pa.types.is_string(found.schema.field(name).type)]
    form = ParquetFileFormat(dictionary_columns=words)
    parts = dataset(path, format=form).to_batches(
        columns=names, batch_size=_ROWS_AT_ONCE, batch_readahead=1, fragment_readahead=1
    )
    return (batch.to_pandas() for batch in parts if batch.num_rows), names


def _incucyte(text: str) -> pd.DataFrame:
    """A tidy table of an Incucyte's export: one metric, a row a time, a column a well (or "A1, Image 1")."""
    lines = text.splitlines()
    at = next(number for number, line in enumerate(lines) if _ELAPSED.match(line))
    entries = dict(line.split(": ", 1) for line in lines[:at] if ": " in line)
    metric = entries.get("Metric", "")
    unit = re.search(r"\((?:µm|μm|um)([²³23]?)\)", metric)
    kind = next((size for size in ("volume", "area", "diameter") if size in metric.lower()), None)
    if unit is None or kind is None:
        raise ParameterError(f"the exported metric is {metric!r}; export an area (µm²), diameter (µm) or volume (µm³)")
    power = {"²": "2", "³": "3"}.get(unit[1], unit[1])
    separator = "\t" if "\t" in lines[at] else ","
    wide = pd.read_csv(StringIO("\n".join(lines[at:])), sep=separator)
    places = {str(name): _place(str(name)) for name in wide.columns}
    wells = {name: place[0] for name, place in places.items() if place is not None}
    if not wells:
        raise ParameterError("the export has no column of a well; export each well, not the groups of the plate map")
    elapsed = next(name for name in wide.columns if str(name).lower().startswith("elapsed"))
    tidy = wide.melt(id_vars=[elapsed], value_vars=list(wells), var_name="column", value_name=f"{kind}_um{power}")
    tidy["well"] = tidy["column"].map(wells)
    tidy["field"] = tidy["column"].map({name: place[1] for name, place in places.items() if place is not None})
    tidy["plate"] = entries.get("Vessel Name", "")
    return tidy.rename(columns={elapsed: "time_h"}).drop(columns="column").dropna(subset=[f"{kind}_um{power}"])


def _place(column: str) -> tuple[str, str] | None:
    """(well, image) of "A1", "A1, Image 2" or "H9 4000 cells (B2), Image 1"; None for times and for errors ("A1 (Std Err Well)").

    Where a plate map was exported, the column begins with what is in the well, and that may look like a well.
    """
    found = _COLUMN.fullmatch(column.strip())
    if found is None:
        return None
    well = found[1] or found[2]
    return (standard_well(well), found[3] or "1") if is_well(well) else None
