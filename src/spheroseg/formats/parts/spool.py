"""Table rows on disk until all columns are known: images differ in channels and units, memory stays bounded."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from types import TracebackType
from typing import IO, Any, Self

import pandas as pd
import pyarrow as pa

from spheroseg.errors import printable
from spheroseg.formats.parts.jsonfile import json_text

ROWS_AT_ONCE = 4_096


class TableSpool:
    """Takes tables one after the other and gives them back with the union of their columns.

    A column that a table does not have is empty (NA) in its rows, never 0. Use as a context manager.
    """

    def __init__(self) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by __exit__
        self._n_tables = 0
        self._waiting: list[pd.DataFrame] = []
        self._n_waiting = 0
        self._schema = pa.schema([])
        self.n_rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._file.close()

    def append(self, table: pd.DataFrame) -> None:
        """Add the rows of a table; values are numbers, booleans, texts or missing."""
        if table.empty and not len(table.columns):
            return
        self.n_rows += len(table)
        if table.empty or (self._waiting and list(table.columns) != list(self._waiting[0].columns)):
            self._flush()
        self._waiting.append(table)
        self._n_waiting += len(table)
        # many rows at once: a table of few rows costs as much as one of thousands
        if table.empty or self._n_waiting >= ROWS_AT_ONCE:
            self._flush()

    @property
    def schema(self) -> pa.Schema:
        """The columns and types of everything added so far."""
        self._flush()
        return self._schema

    def _flush(self) -> None:
        if not self._waiting:
            return
        table = _arrow(pd.concat(self._waiting, ignore_index=True) if len(self._waiting) > 1 else self._waiting[0])
        self._waiting, self._n_waiting = [], 0
        self._widen(table.schema)
        with pa.ipc.new_stream(self._file, table.schema) as writer:
            writer.write_table(table)
        self._n_tables += 1

    def tables(self) -> Iterator[pa.Table]:
        """All tables in the order they came, with the columns and types of `schema`."""
        schema = self.schema
        self._file.seek(0)
        for _ in range(self._n_tables):
            with pa.ipc.open_stream(self._file) as reader:
                table = reader.read_all()
            columns = [_as_type(table, field) for field in schema]
            yield pa.Table.from_arrays(columns, schema=schema)

    def _widen(self, other: pa.Schema) -> None:
        for field in other:
            index = self._schema.get_field_index(field.name)
            if index < 0:
                self._schema = self._schema.append(field)
            elif self._schema.field(index).type != field.type:
                wider = _wider(self._schema.field(index).type, field.type)
                self._schema = self._schema.set(index, pa.field(field.name, wider))


def _arrow(table: pd.DataFrame) -> pa.Table:
    return pa.table({str(name): _column(table[name]) for name in table.columns})


def _column(column: pd.Series[Any]) -> pa.Array:
    """One column; NaN and NA are missing, categories their values, lists and mappings JSON, mixed kinds text."""
    if column.dtype != object and not isinstance(column.dtype, pd.CategoricalDtype):
        return pa.Array.from_pandas(column)
    values = [_plain_value(value) for value in column.tolist()]
    try:
        return pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        texts = [None if value is None or value is pd.NA else str(value) for value in values]
        return pa.array(texts, type=pa.large_string())


def _plain_value(value: Any) -> Any:  # noqa: ANN401 -- a table cell
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, (list, tuple, dict)):
        return json_text(value)
    return value


def _wider(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """A type that holds both: nothing < boolean < whole number < number < text."""
    if pa.types.is_null(one):
        return other
    if pa.types.is_null(other):
        return one
    if _is_number(one) and _is_number(other):
        both_whole = pa.types.is_integer(one) and pa.types.is_integer(other)
        return pa.int64() if both_whole else pa.float64()
    return pa.large_string()


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def _as_type(table: pa.Table, field: pa.Field) -> pa.ChunkedArray | pa.Array:
    if field.name not in table.column_names:
        return pa.nulls(len(table), type=field.type)
    return table.column(field.name).cast(field.type)
