"""Objects of a result as rows, as the journal keeps them, and as the API answers them."""

from __future__ import annotations

import base64
import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any, cast

from spheroseg.server.compute.measures import as_measures
from spheroseg.server.results.schemas import ObjectOut
from spheroseg.server.tables.json_columns import MeasureColumn, Source, StoredObject
from spheroseg.server.tables.results import ObjectRow, Result


def to_stored(row: ObjectRow) -> StoredObject:
    """An object of the table as the journal holds it."""
    return {
        "number": row.number,
        "class_name": row.class_name,
        "polygons": base64.b64encode(row.polygons).decode("ascii"),
        "box": [row.x_min, row.y_min, row.x_max, row.y_max],
        "confidence": row.confidence,
        "flags": row.flags,
        "measures": row.measures,
        "source": cast("Source", row.source),
        "author_id": None if row.author_id is None else str(row.author_id),
    }


def as_row(result: Result, one: StoredObject, now: dt.datetime) -> tuple[Any, ...]:
    """The opposite: values in the order of `objects_repository.add_objects`."""
    return (
        result.project_id, result.id, one["number"], one["class_name"], base64.b64decode(one["polygons"]), *one["box"],
        one["confidence"], one["flags"], one["measures"], one["source"],
        None if one["author_id"] is None else uuid.UUID(one["author_id"]), now,
    )  # fmt: skip


def to_schema(one: StoredObject, now: dt.datetime, columns: Sequence[MeasureColumn]) -> ObjectOut:
    """A stored object as the API says it."""
    return ObjectOut(
        number=one["number"],
        class_name=one["class_name"],
        confidence=one["confidence"],
        flags=one["flags"],
        source=one["source"],
        author_id=one["author_id"],
        updated_at=now,
        box=tuple(one["box"]),
        polygons=one["polygons"],
        measures=as_measures(one["measures"], columns),
    )


def object_out(row: ObjectRow, columns: Sequence[MeasureColumn]) -> ObjectOut:
    """An object of the table as the API says it."""
    return to_schema(to_stored(row), row.updated_at, columns)
