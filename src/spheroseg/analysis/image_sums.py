"""Tables with a row an object → one row an image: how many objects count, and the sums that a well's size is made of.

Everything after this works on images, not objects: of a plate of 384 wells, 100 times and 50 objects 38,400 rows of two
million. A database can make the same sums (`COLUMNS`) without handing over the objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from spheroseg.analysis.layout import named
from spheroseg.analysis.sizes import POWER, Size, SizeColumn, numbers, outline_sd, size_column
from spheroseg.errors import ParameterError

RATIOS = ("invasion_index", "disintegration_index", "dispersed_fraction")
"""Measures that are no sizes and have curves of their own."""
ADDED = (
    "n_objects", "n_no_value", "n_border", "n_negative", "n_doubled", "total", "variance",
    *(f"{name}_{what}" for name in RATIOS for what in ("total", "n")),
)  # fmt: skip
"""Columns of which parts of an image are added up. `n_objects` counts the objects whose size is known (and, where that is
asked for, that the image's edge does not cut), `total` is the sum of their sizes, `variance` that of the squared standard
deviations that their outlines give their sizes (NaN where no outline has one)."""
COLUMNS = (*ADDED, "largest", "largest_variance")
IDENTITY = (
    "plate", "well", "field", "image", "time_h", "time_min", "time_s", "time_d", "acquired", "frame_time_s", "time_frame", "frame",
    "review", "review_reason", "reviewed_by",
)  # fmt: skip
"""Columns that are one for all objects of an image; those that a table has."""


_YES, _NO = {"true", "1", "1.0", "yes", "y"}, {"false", "0", "0.0", "no", "n", "", "nan", "none", "na"}
_LABELS = ("label", "number")
"""What tells the objects of an image apart: in a results folder, and in a table of the service."""


@dataclass(frozen=True, slots=True, eq=False)
class ImageSums:
    """The sums of a table.

    Attributes:
        images: one row an image: those of `IDENTITY` that the table has, then `COLUMNS`.
        objects: one row an object that counts: image_row (of `images`), label, size, outline_sd, x, y; empty where nobody
            asked for objects.
        column: where the size is from.
        notes: what a person should know.
    """

    images: pd.DataFrame
    objects: pd.DataFrame
    column: SizeColumn
    notes: tuple[str, ...] = ()


def image_sums(
    parts: Iterable[pd.DataFrame], columns: Sequence[str], size: Size, *, keep_border: bool, keep_objects: bool
) -> ImageSums:
    """The sums of a table that comes in parts, none of which has to hold a whole image.

    Args:
        parts: rows of the table, all with the same columns.
        columns: their names.
        size: what is summed up.
        keep_border: objects that the image's edge cuts count too.
        keep_objects: keep the objects as well (for medians and for linking them over time).

    Raises:
        ParameterError: no size column, no unit, text for a number, a pixel size that is not above 0.
    """
    column = size_column(columns, size)
    identity = [name for name in IDENTITY if name in columns]
    found = [_part(part, identity, column, keep_border=keep_border, keep_objects=keep_objects) for part in parts]
    if not found:
        empty = pd.DataFrame(columns=[*identity, *COLUMNS])
        return ImageSums(empty, pd.DataFrame(), column)
    images = pd.concat([part.images for part in found], ignore_index=True)
    row, images = _joined(images, identity)
    offsets = np.cumsum([0, *(len(part.images) for part in found)])
    numbered = [
        (row[offset + part.row] << 32) + part.labels
        for offset, part in zip(offsets, found, strict=False)
        if part.labels is not None
    ]
    if numbered:
        images["n_doubled"] = _doubled(np.concatenate(numbered), len(images))
    else:  # without labels a place and time with two rows was measured twice
        rows = images[["n_objects", "n_no_value", "n_border"]].sum(axis=1)
        images["n_doubled"] = np.where(rows > 1, rows, 0)
    objects = [
        part.objects.assign(image_row=row[offset + part.objects["image_row"].to_numpy()])
        for offset, part in zip(offsets, found, strict=False)
        if part.objects is not None
    ]
    notes = tuple(dict.fromkeys(note for part in found for note in part.notes))
    return ImageSums(images, pd.concat(objects, ignore_index=True) if objects else pd.DataFrame(), column, notes)


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    images: pd.DataFrame
    row: NDArray[np.int64]
    labels: NDArray[np.int64] | None
    objects: pd.DataFrame | None
    notes: tuple[str, ...]


def _part(
    table: pd.DataFrame, identity: Sequence[str], column: SizeColumn, *, keep_border: bool, keep_objects: bool
) -> _Part:
    _check_pixel_size(table)
    row, first = _rows_of(table, identity)
    size, spread = column.values(table), outline_sd(table)
    border = np.zeros(len(table), bool)
    if "touches_border" in table.columns and not keep_border:
        border = _is_true(table, "touches_border")
    known = np.isfinite(size)
    counts = known & ~border
    with np.errstate(over="ignore"):  # sizes that no object has are named by whoever asked for the sums
        square = (size * spread * POWER[column.size]) ** 2
    n = len(first)

    def added(values: NDArray[np.float64], which: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.bincount(row[which], values[which], n).astype(np.float64)

    def counted(which: NDArray[np.bool_]) -> NDArray[np.int64]:
        return np.bincount(row[which], minlength=n).astype(np.int64)

    has_spread = counts & np.isfinite(square)
    sums: dict[str, NDArray[np.float64] | NDArray[np.int64]] = {
        "n_objects": counted(counts), "n_no_value": counted(~known), "n_border": counted(known & border),
        "n_negative": counted(numbers(table, column.column) < 0), "n_doubled": np.zeros(n, np.int64), "total": added(size, counts),
        "variance": np.where(counted(has_spread) > 0, added(square, has_spread), np.nan),
    }  # fmt: skip
    for name in RATIOS:
        values = numbers(table, name) if name in table.columns else np.full(len(table), np.nan)
        has = counts & np.isfinite(values)
        sums |= {f"{name}_total": added(values, has), f"{name}_n": counted(has)}
    largest = np.full(n, -np.inf)
    np.maximum.at(largest, row[counts], size[counts])
    is_largest = counts & (size == largest[row])
    of_largest = np.full(n, np.nan)
    of_largest[row[is_largest]] = square[is_largest]
    images = table.iloc[first][list(identity)].reset_index(drop=True)
    images = images.assign(**sums, largest=np.where(np.isfinite(largest), largest, np.nan), largest_variance=of_largest)
    for name in images.columns[: len(identity)]:
        if isinstance(images[name].dtype, pd.CategoricalDtype):
            images[name] = images[name].astype(object)
    labels = None
    numbered = [each for each in _LABELS if each in table.columns]
    if numbered:
        labels = pd.to_numeric(table[numbered[0]], errors="coerce").fillna(0).to_numpy(np.int64)
    objects = None
    if keep_objects:
        places = {axis: _centroid(table, axis)[counts] for axis in ("x", "y")}
        objects = pd.DataFrame(
            {"image_row": row[counts], "label": 0 if labels is None else labels[counts], "size": size[counts],
             "outline_sd": spread[counts], **places}
        )  # fmt: skip
    return _Part(images, row, labels, objects, _mixed_units(table, column, known))


def _rows_of(table: pd.DataFrame, identity: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which image each row is of, and the first row of each image."""
    code = np.zeros(len(table), np.int64)
    for name in identity:
        codes, values = pd.factorize(table[name], use_na_sentinel=False)
        code, _ = pd.factorize(code * len(values) + codes)
    _, first = np.unique(code, return_index=True)
    return code.astype(np.int64), first


def _joined(images: pd.DataFrame, identity: Sequence[str]) -> tuple[NDArray[np.int64], pd.DataFrame]:
    """Images that lie in several parts become one: (row of the result that each row went to, result)."""
    row, first = _rows_of(images, identity)
    if len(first) == len(images):
        return row, images
    joined = images.iloc[first].reset_index(drop=True)
    for name in ADDED:
        values = images[name].to_numpy(np.float64)
        known = np.isfinite(values)
        together = np.bincount(row[known], values[known], len(first))
        if name == "variance":
            together = np.where(np.bincount(row[known], minlength=len(first)) > 0, together, np.nan)
        joined[name] = together if name in {"total", "variance"} or name.endswith("_total") else together.astype(int)
    ordered = images.assign(_row=row).sort_values(["_row", "largest"], ascending=[True, False], kind="stable")
    top = ordered.drop_duplicates("_row")
    joined["largest"], joined["largest_variance"] = top["largest"].to_numpy(), top["largest_variance"].to_numpy()
    return row, joined


def _doubled(keys: NDArray[np.int64], n_images: int) -> NDArray[np.int64]:
    """How many objects of each image have a label that another one has; a key is the image · 2³² + the label."""
    keys.sort()
    same = np.flatnonzero(keys[1:] == keys[:-1])
    return np.bincount(keys[np.union1d(same, same + 1)] >> 32, minlength=n_images)


def _is_true(table: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    column = table[name]
    if pd.api.types.is_bool_dtype(column.dtype):
        return column.fillna(False).to_numpy(bool)
    codes, values = pd.factorize(column)
    words = [str(value).strip().lower() for value in values]
    odd = np.array([word not in _YES | _NO for word in words] + [False])
    if odd.any():
        rows = np.flatnonzero(odd[codes])
        where = named(table["well"].iloc[rows].astype(str).tolist())
        raise ParameterError(f"{name} is {str(column.iloc[rows[0]])!r} in {where}; write true or false")
    meant = np.array([word in _YES for word in words] + [False])
    return meant[codes]


def _centroid(table: pd.DataFrame, axis: str) -> NDArray[np.float64]:
    name = next(
        (f"centroid_{axis}_{unit}" for unit in ("um", "px") if f"centroid_{axis}_{unit}" in table.columns), None
    )
    return numbers(table, name) if name else np.full(len(table), np.nan)


def _mixed_units(table: pd.DataFrame, column: SizeColumn, known: NDArray[np.bool_]) -> tuple[str, ...]:
    other = column.column.replace("_um", "_px") if "_um" in column.column else ""
    if other not in table.columns:
        return ()
    mixed = ~known & table[other].notna().to_numpy()
    if not mixed.any():
        return ()
    where = table.loc[mixed, "image" if "image" in table.columns else "well"].astype(str).tolist()
    return (f"no pixel size is known for {named(where)}; their sizes in px are not mixed with those in µm",)


def _check_pixel_size(table: pd.DataFrame) -> None:
    for name in ("pixel_size_um", "pixel_size_x_um", "pixel_size_y_um"):
        if name in table.columns:
            wrong = table[numbers(table, name) <= 0]
            if not wrong.empty:
                where = wrong["image"] if "image" in wrong.columns else wrong["well"]
                raise ParameterError(
                    f"{name} is {wrong[name].iloc[0]} in {named(where.astype(str).tolist())}; it must be above 0"
                )
