"""Which well, plate and field an image is of, and how its file is read: names, metadata and what a project says."""

from __future__ import annotations

from spheroseg.server.images import repository
from spheroseg.server.resources.json_object import JsonObject
from spheroseg.server.tables.described import ImageDetails, NameColumns, ReadColumns
from spheroseg.server.tables.sort_keys import NO_PLACE


def with_identity(names: NameColumns, details: ImageDetails, n_series: int, *, has_pattern: bool) -> NameColumns:
    """What a name says, with what the metadata of the image say over it.

    A well that only the file's name has is not given to the series of a file that has several, nor a channel, plane or frame
    to an image that has several, unless a person's pattern says so.
    """
    merged = names.copy()
    if n_series > 1 and not has_pattern:
        merged = {**merged, "well": "", "well_row": NO_PLACE, "well_column": NO_PLACE, "field": None}
    stated = details.get("identity")
    if stated is None:
        return merged
    several = () if has_pattern else stated.get("several", ())
    if "channel" in several:
        merged["channel"] = ""
    if "z" in several:
        merged["z_index"] = None
    if "frame" in several:
        merged["time_index"] = None
    if stated["well"]:
        row, column = repository.well_place(stated["well"])
        merged = {**merged, "well": stated["well"], "well_row": row, "well_column": column}
    if stated["plate"]:
        merged["plate"] = stated["plate"]
    if stated["field"] is not None:
        merged["field"] = stated["field"]
    return merged


def add_known(found: ReadColumns, before: ImageDetails) -> None:
    """Adds to what was read of an image what its upload knew and its file cannot say.

    Args:
        found: as it was read; changed.
        before: `details` of the image's row, with `set` where it was put together of several files.
    """
    known = before.get("set")
    if not known:
        return
    found["pixel_size_source"] = known["pixel_size_source"] or found["pixel_size_source"]
    found["notes"] = list(dict.fromkeys([*(note for note in known["notes"] if note), *found["notes"]]))
    found["details"]["set"] = known
    found["details"]["identity"]["field"] = known["field"]


def reading_of(preferences: JsonObject) -> dict[str, str | None]:
    """How a project wants files to be read that do not say it themselves.

    Args:
        preferences: of the project: `axes` as `spheroseg segment --axes` takes it, `interval` as `--interval` ("4h").
    """
    return {name: str(preferences[name]) if preferences.get(name) else None for name in ("axes", "interval")}
