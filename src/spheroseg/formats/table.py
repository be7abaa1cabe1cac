"""Tables of measures: one row an object, one row an image. CSV, XLSX and Parquet.

Units are in the column names; a missing value is an empty cell, never 0. Every object row carries the pixel size and the
region that its values are of. Tables hold no outlines, so they are written from outlines and never read back as outlines.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from spheroseg.errors import FormatError
from spheroseg.formats.dataset import AnnotatedImage, Annotations, Report
from spheroseg.formats.parts.files import replacing
from spheroseg.formats.parts.jsonfile import json_text
from spheroseg.formats.parts.spool import TableSpool
from spheroseg.formats.parts.workbook import RUN_SHEET, write_workbook
from spheroseg.measurement import measure
from spheroseg.measurement.definitions import Unit, definition_of
from spheroseg.records.csv_text import as_cell

SUFFIXES = (".csv", ".xlsx", ".parquet")
RUN_CARD_KEY = b"spheroseg.run_card"
_TEXT_COLUMNS = ("image", "file", "plate", "well", "field", "flags", "notes", "region")


@dataclass(frozen=True, slots=True, eq=False)
class Tables:
    """What table files hold.

    Attributes:
        objects: one row an object; the first column is `image`.
        images: one row an image; empty where the file has none.
        run_card: how the values came about; empty where the file does not say.
    """

    objects: pd.DataFrame
    images: pd.DataFrame
    run_card: Mapping[str, Any]


def write(annotations: Annotations, path: Path | str) -> Report:
    """Write the measures of every object; an image without `measurements` is measured here (shape only).

    Args:
        annotations: the images; gone through once, with bounded memory.
        path: .csv or .parquet: the objects there, the images beside it (`objects.csv` and `images.csv`, else
            `<name>_images.csv`); .xlsx: both, the definitions of all columns and the run card as sheets.

    Raises:
        FormatError: another suffix.
    """
    report = Report()
    with TableSpool() as objects, TableSpool() as images:
        image_rows = []
        for image in annotations.images:
            rows = object_rows(image)
            objects.append(rows)
            image_rows.append(image_row(image, len(rows)))
            report.n_images += 1
            report.n_objects += len(rows)
        images.append(_images_table(image_rows))
        _write_spools(objects, images, Path(path), annotations.run_card, report)
    report.add("lost", "", "a table holds the measures of objects, not their outlines")
    return report


def write_tables(
    objects: Iterable[pd.DataFrame], images: Iterable[pd.DataFrame], path: Path | str, *, run_card: Mapping[str, Any]
) -> Report:
    """Write finished tables, part by part, with bounded memory.

    Args:
        objects: parts of the objects' table.
        images: parts of the images' table.
        path: as in `write`.
        run_card: plain values.

    Raises:
        FormatError: another suffix.
    """
    report = Report()
    with TableSpool() as object_spool, TableSpool() as image_spool:
        for part in objects:
            object_spool.append(part)
        for part in images:
            image_spool.append(part)
        report.n_objects, report.n_images = object_spool.n_rows, image_spool.n_rows
        _write_spools(object_spool, image_spool, Path(path), run_card, report)
    return report


def object_rows(image: AnnotatedImage) -> pd.DataFrame:
    """The objects' table of one image: `image`, the measures, pixel size and region."""
    rows = image.measurements
    if rows is None:
        rows = measure(image.polygons, pixel_size_um=image.pixel_size_um, shape=image.shape)
    size_y, size_x = image.pixel_size_um or (None, None)
    known = {"image": image.name, "pixel_size_x_um": size_x, "pixel_size_y_um": size_y}
    if "region" in rows.attrs:
        known["region"] = str(rows.attrs["region"])
    rows = rows.assign(**{name: value for name, value in known.items() if name not in rows.columns})
    return rows[["image", *(name for name in rows.columns if name != "image")]]


def image_row(image: AnnotatedImage, n_objects: int) -> dict[str, Any]:
    """One row of the images' table."""
    size_y, size_x = image.pixel_size_um or (None, None)
    return {
        "image": image.name,
        "width_px": image.width,
        "height_px": image.height,
        "pixel_size_x_um": size_x,
        "pixel_size_y_um": size_y,
        "n_objects": n_objects,
        **image.metadata,
    }


def _images_table(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """The images' table; what counts stays whole where some images do not say it: a field is 1, not 1.0."""
    table = pd.DataFrame(rows)
    whole = [
        name
        for name in table.columns
        if table[name].dtype == np.float64 and all(row.get(name) is None or type(row[name]) is int for row in rows)
    ]
    return table.astype(dict.fromkeys((name for name in whole if table[name].notna().any()), "Int64"))


def read(path: Path | str) -> Tables:
    """Read tables that `write` or `write_tables` wrote.

    Raises:
        FormatError: the file cannot be read, or has no columns `image` and `label`.
    """
    path = Path(path)
    readers = {".csv": _read_csv, ".xlsx": _read_xlsx, ".parquet": _read_parquet}
    if path.suffix.lower() not in readers:
        raise FormatError(path, f"a table ends in {', '.join(SUFFIXES)}")
    if not path.is_file():
        raise FormatError(path, "there is no such file")
    try:
        tables = readers[path.suffix.lower()](path)
    except FormatError:
        raise
    except Exception as error:  # the libraries raise whatever they trip over in a damaged file
        raise FormatError(path, f"cannot be read as a table ({' '.join(str(error).split())[:160]})") from error
    missing = [name for name in ("image", "label") if name not in tables.objects.columns]
    if missing:
        raise FormatError(path, f"has no column {' and no column '.join(missing)}; this is no table of objects")
    return tables


def images_path(path: Path) -> Path:
    """Where the images' table lies beside an objects' table."""
    return path.with_name(f"{'images' if path.stem == 'objects' else f'{path.stem}_images'}{path.suffix}")


def _write_spools(
    objects: TableSpool, images: TableSpool, path: Path, run_card: Mapping[str, Any], report: Report
) -> None:
    suffix = path.suffix.lower()
    if suffix == ".xlsx":
        write_workbook(objects, images, path, run_card, report)
    elif suffix == ".csv":
        _write_csv(objects, path)
        if images.n_rows:
            _write_csv(images, images_path(path))
        if run_card:
            report.add("lost", "", "a CSV file holds no run card")
    elif suffix == ".parquet":
        _write_parquet(objects, path, run_card)
        if images.n_rows:
            _write_parquet(images, images_path(path), run_card)
    else:
        raise FormatError(path, f"a table is written as {', '.join(SUFFIXES)}")


def _write_csv(spool: TableSpool, path: Path) -> None:
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow([as_cell(name) for name in spool.schema.names])
        for table in spool.tables():
            columns = [_csv_cells(column) for column in table.columns]
            writer.writerows(zip(*columns, strict=True))


def _csv_cells(column: pa.ChunkedArray) -> list[Any]:
    values: list[Any] = column.to_pylist()
    if pa.types.is_large_string(column.type) or pa.types.is_string(column.type):
        return [as_cell(value) for value in values]
    return values


def _write_parquet(spool: TableSpool, path: Path, run_card: Mapping[str, Any]) -> None:
    fields = []
    for field in spool.schema:
        definition = definition_of(field.name)
        about = (
            {"summary": definition.summary, "formula": definition.formula, "source": definition.source}
            if definition
            else {}
        )
        fields.append(field.with_metadata(about) if about else field)
    schema = pa.schema(fields, metadata={RUN_CARD_KEY: json_text(dict(run_card)).encode()})
    with replacing(path) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        for table in spool.tables():
            writer.write_table(pa.Table.from_arrays(table.columns, schema=schema))


def _read_csv(path: Path) -> Tables:
    images = images_path(path)
    return Tables(_table_of_csv(path), _table_of_csv(images) if images.is_file() else pd.DataFrame(), {})


def _table_of_csv(path: Path) -> pd.DataFrame:
    names = pd.read_csv(path, nrows=0).columns
    texts = {name: "str" for name in names if name in _TEXT_COLUMNS or _is_text(name)}
    # an image may be called NA: only an empty cell is missing
    table = pd.read_csv(path, dtype=texts, keep_default_na=False, na_values=[""])
    for name in table.columns:
        if pd.api.types.is_string_dtype(table[name]):
            table[name] = table[name].str.replace(r"^'(?=[=+\-@\t\r])", "", regex=True)
    return table


def _is_text(column: str) -> bool:
    definition = definition_of(column)
    return definition is not None and definition.unit is Unit.TEXT


def _read_xlsx(path: Path) -> Tables:
    book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    try:
        sheets = {name: [list(row) for row in book[name].iter_rows(values_only=True)] for name in book.sheetnames}
    finally:
        book.close()
    if "objects" not in sheets:
        raise FormatError(path, "has no sheet “objects”")
    objects = [sheets[name] for name in book.sheetnames if name == "objects" or name.startswith("objects (")]
    rows = [row for sheet in objects for row in sheet[1:]]
    card = {str(row[0]): row[1] for row in sheets.get(RUN_SHEET, [])[1:] if row[0] is not None}
    images = sheets.get("images") or [[]]
    return Tables(pd.DataFrame(rows, columns=objects[0][0]), pd.DataFrame(images[1:], columns=images[0]), card)


def _read_parquet(path: Path) -> Tables:
    objects = pq.read_table(path)
    card = json.loads((objects.schema.metadata or {}).get(RUN_CARD_KEY, b"{}"))
    images = images_path(path)
    return Tables(objects.to_pandas(), pq.read_table(images).to_pandas() if images.is_file() else pd.DataFrame(), card)
