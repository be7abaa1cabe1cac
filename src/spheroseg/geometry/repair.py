"""Outlines from elsewhere → valid polygons, with a note on everything that was changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import shapely

from spheroseg.errors import GeometryError
from spheroseg.geometry.geos import from_geos, to_geos
from spheroseg.geometry.polygons import Polygon, Ring


def repair(polygon: Polygon, *, shape: tuple[int, int] | None = None) -> tuple[list[Polygon], list[str]]:
    """Make a polygon valid, or refuse it.

    Repaired: a repeated first vertex, vertices that repeat, rings walked the wrong way round, holes without area
    or outside of the outer ring, rings that cross or touch themselves or each other (what the outer ring encloses without
    what the holes enclose is kept: a figure of eight becomes two polygons), and, with `shape`, what lies outside of the image (cut off).

    Args:
        polygon: any rings.
        shape: (height, width) of the image; None cuts nothing off.

    Returns:
        Valid polygons with the label, class and confidence of the given one; one sentence on each repair, none for a
        polygon that was valid.

    Raises:
        GeometryError: a coordinate is not a finite number, the outer ring has no area, or nothing of it lies in
            the image.
    """
    notes: list[str] = []
    exterior = _clean(polygon.exterior, "the outer ring", 1, notes)
    if exterior is None:
        raise GeometryError("the outer ring encloses no area")
    holes = [_clean(hole, f"hole {k + 1}", -1, notes) for k, hole in enumerate(polygon.holes)]
    pieces = [replace(polygon, exterior=exterior, holes=tuple(hole for hole in holes if hole is not None))]
    given = to_geos(pieces[0])
    if not given.is_valid:
        reason = shapely.is_valid_reason(given).split("[")[0].strip().lower()
        # by hand, because GEOS takes a hole outside of the outer ring for a part of the object
        outer, *inner = (
            shapely.make_valid(shapely.Polygon(ring), method="structure", keep_collapsed=False)
            for ring in pieces[0].rings
        )
        enclosed = shapely.difference(outer, shapely.union_all(inner))
        pieces = from_geos(enclosed, like=polygon)
        notes.append(
            f"the outline was invalid ({reason}) and was made of what its rings enclose: "
            f"{len(pieces)} part{'' if len(pieces) == 1 else 's'}, "
            f"area {given.area:.6g} → {shapely.area(enclosed):.6g} px²"
        )
        if not pieces:
            raise GeometryError("the outer ring encloses no area")
    if shape is not None:
        pieces = _within(pieces, shape, notes)
    return pieces, notes


def _clean(ring: Ring, name: str, sign: int, notes: list[str]) -> Ring | None:
    wrong = np.flatnonzero(~np.isfinite(ring).all(axis=1))
    if len(wrong):
        raise GeometryError(f"{name}: vertex {wrong[0] + 1} is not a finite number")
    points = np.asarray(ring, dtype=np.float64)
    if len(points) > 1 and (points[0] == points[-1]).all():
        points = points[:-1]
        notes.append(f"{name} repeated its first vertex at its end")
    new = np.ones(len(points), dtype=np.bool_)
    new[1:] = (points[1:] != points[:-1]).any(axis=1)
    new[0] = len(points) == 1 or (points[0] != points[-1]).any()
    if not new.all():
        notes.append(f"{name}: vertices that repeat the one before were left out ({np.count_nonzero(~new)})")
        points = points[new]
    # relative to the first vertex: large coordinates would cost digits
    x, y = (points - points[:1]).T if len(points) else np.empty((2, 0))
    area = float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2
    if len(points) < 3 or np.linalg.matrix_rank(points - points[0]) < 2:
        if sign < 0:
            notes.append(f"{name} encloses no area and was left out")
        return None
    if area * sign < 0:
        points = points[::-1].copy()
        notes.append(f"{name} was walked the other way round")
    return points


def _within(pieces: list[Polygon], shape: tuple[int, int], notes: list[str]) -> list[Polygon]:
    image = shapely.box(0, 0, shape[1], shape[0])
    kept: list[Polygon] = []
    cut = 0.0
    for piece in pieces:
        geometry = to_geos(piece)
        if image.covers(geometry):
            kept.append(piece)
            continue
        inside = shapely.intersection(geometry, image)
        cut += geometry.area - inside.area
        kept += from_geos(inside, like=piece)
    if not kept:
        raise GeometryError(f"the outline lies outside of the image of {shape[1]} × {shape[0]} px")
    if cut > 0:
        notes.append(f"{cut:.6g} px² outside of the image of {shape[1]} × {shape[0]} px were cut off")
    return kept
