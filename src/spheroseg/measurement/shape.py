"""Shape of every object of an image: one compiled pass over the flat outlines."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from spheroseg.kernels.compilation import compiled
from spheroseg.measurement.contour import CONTOUR, MIXED, closed_length, contour_points, count_contour_points
from spheroseg.measurement.hull import convex_hull, feret_diameters, hull_area_and_perimeter
from spheroseg.measurement.moments import ellipse_axes, ring_integrals
from spheroseg.measurement.objects import Objects
from spheroseg.measurement.perimeter import crofton_perimeter, imagej_perimeter

# what the pass finds per object; everything else in `shape_measures` is a formula of these
RAW = (
    "area", "hole_area", "n_holes", "n_parts",
    "perimeter", "perimeter_method", "perimeter_crofton", "perimeter_imagej",
    "hull_area", "hull_perimeter", "feret_max", "feret_min", "feret_perpendicular",
    "major_axis", "minor_axis", "orientation",
    "centroid_x", "centroid_y", "bbox_x_min", "bbox_y_min", "bbox_x_max", "bbox_y_max",
)  # fmt: skip


def shape_measures(objects: Objects, scale: tuple[float, float], *, net: bool) -> dict[str, NDArray[np.float64]]:
    """Every size, shape, ellipse and position measure, by the names of `DEFINITIONS`.

    Args:
        objects: outlines grouped by object.
        scale: (x, y) length of a pixel; (1, 1) measures in px.
        net: subtract holes (area, moments); False measures the filled outer rings.

    Returns:
        (n,) arrays, NaN where a measure is undefined; perimeter_method as an index of `contour.METHODS`.
    """
    polygons = objects.polygons
    raw = np.empty((len(RAW), len(objects.labels)))
    _measure(
        (polygons.vertices, polygons.vertex_start, polygons.ring_start),
        (objects.parts, objects.part_start, objects.nested),
        scale,
        net,
        raw,
    )
    m = dict(zip(RAW, raw, strict=True))
    area, perimeter = m["area"], m["perimeter"]
    with np.errstate(divide="ignore", invalid="ignore"):
        m["equivalent_diameter"] = np.sqrt(4 * area / math.pi)
        m["circularity"] = 4 * math.pi * area / perimeter**2
        m["circularity_imagej"] = np.minimum(1.0, 4 * math.pi * area / m["perimeter_imagej"] ** 2)
        m["circularity_iso"] = np.sqrt(4 * math.pi * area) / perimeter
        m["compactness"] = perimeter**2 / (4 * math.pi * area)
        m["solidity"] = area / m.pop("hull_area")
        m["convexity"] = m.pop("hull_perimeter") / perimeter
        m["extent"] = area / ((m["bbox_x_max"] - m["bbox_x_min"]) * (m["bbox_y_max"] - m["bbox_y_min"]))
        m["aspect_ratio_feret"] = m["feret_max"] / m["feret_min"]
        m["aspect_ratio"] = m["major_axis"] / m["minor_axis"]
        m["roundness"] = 4 * area / (math.pi * m["major_axis"] ** 2)
        m["eccentricity"] = np.sqrt(1 - (m["minor_axis"] / m["major_axis"]) ** 2)
        m["volume_sphere"] = math.pi / 6 * m["equivalent_diameter"] ** 3
        m["volume_ellipsoid"] = math.pi / 6 * m["major_axis"] * m["minor_axis"] ** 2
    return m


@compiled
def _measure(
    outlines: tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]],
    grouping: tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]],
    scale: tuple[float, float],
    net: bool,
    raw: NDArray[np.float64],
) -> None:
    vertices, vertex_start, ring_start = outlines
    parts, part_start, nested = grouping
    for k in range(len(part_start) - 1):
        first, stop = part_start[k], part_start[k + 1]
        n_corners, n_points = 0, 0
        for p in range(first, stop):
            begin, end = vertex_start[ring_start[parts[p]]], vertex_start[ring_start[parts[p]] + 1]
            n_corners += end - begin
            n_points += count_contour_points(vertices, begin, end)
        corners = np.empty((n_corners, 2), np.float64)
        points = np.empty((n_points, 2), np.float64)
        n_corners, n_points = 0, 0
        at = vertex_start[ring_start[parts[first]]]
        origin = (math.floor(vertices[at, 0]), math.floor(vertices[at, 1]))
        area, mx, my, mxx, mxy, myy = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
        hole_area, perimeter, crofton, imagej = 0.0, 0.0, 0.0, 0.0
        n_holes, method = 0, -1
        for p in range(first, stop):
            outer, ring_stop = ring_start[parts[p]], ring_start[parts[p] + 1]
            counts = net or not nested[parts[p]]  # a filled part covers the islands in its holes
            for ring in range(outer, ring_stop):
                a, ax, ay, axx, axy, ayy = ring_integrals(
                    vertices, vertex_start[ring], vertex_start[ring + 1], origin, scale
                )
                if ring > outer:
                    hole_area += a
                    n_holes += 1
                if counts and (ring == outer or net):
                    sign = 1.0 if ring == outer else -1.0
                    area += sign * a
                    mx += sign * ax
                    my += sign * ay
                    mxx += sign * axx
                    mxy += sign * axy
                    myy += sign * ayy
            begin, end = vertex_start[outer], vertex_start[outer + 1]
            for v in range(begin, end):
                corners[n_corners, 0], corners[n_corners, 1] = vertices[v, 0], vertices[v, 1]
                n_corners += 1
            if counts:
                contour = points[n_points:]
                size, ring_method = contour_points(vertices, begin, end, contour)
                n_points += size
                length = closed_length(contour, size, scale)
                perimeter += length
                crofton += crofton_perimeter(vertices, begin, end, scale) if ring_method == CONTOUR else math.nan
                imagej += imagej_perimeter(vertices, begin, end, scale) if ring_method == CONTOUR else length
                method = ring_method if method in {-1, ring_method} else MIXED
        hull = convex_hull(corners)
        _write_bounds(hull, scale, raw[18:, k])
        _scale_by(hull, scale)
        _scale_by(points[:n_points], scale)
        raw[8, k], _ = hull_area_and_perimeter(hull)
        raw[10, k], raw[11, k], raw[12, k] = feret_diameters(hull)
        _, raw[9, k] = hull_area_and_perimeter(convex_hull(points[:n_points]))
        x, y = mx / area, my / area
        raw[13, k], raw[14, k], raw[15, k] = ellipse_axes(
            area, mxx / area - x * x, mxy / area - x * y, myy / area - y * y
        )
        raw[16, k], raw[17, k] = x + origin[0] * scale[0], y + origin[1] * scale[1]
        raw[0, k], raw[1, k], raw[2, k], raw[3, k] = area, hole_area, n_holes, stop - first
        raw[4, k], raw[5, k], raw[6, k], raw[7, k] = perimeter, method, crofton, imagej


@compiled
def _write_bounds(points: NDArray[np.float64], scale: tuple[float, float], bounds: NDArray[np.float64]) -> None:
    x_min, y_min, x_max, y_max = math.inf, math.inf, -math.inf, -math.inf
    for k in range(len(points)):
        x_min, x_max = min(x_min, points[k, 0]), max(x_max, points[k, 0])
        y_min, y_max = min(y_min, points[k, 1]), max(y_max, points[k, 1])
    bounds[0], bounds[1], bounds[2], bounds[3] = x_min * scale[0], y_min * scale[1], x_max * scale[0], y_max * scale[1]


@compiled
def _scale_by(points: NDArray[np.float64], scale: tuple[float, float]) -> None:
    for k in range(len(points)):
        points[k, 0] *= scale[0]
        points[k, 1] *= scale[1]
