"""What every measure is: name, unit, formula, source, convention. Written here and nowhere else.

Tables, the definitions sheet of an export, the API's documentation, the web page's tooltips and
docs/reference/measurements.md are made from `DEFINITIONS`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Unit(StrEnum):
    """The kind of a measure's unit; a table's pixel size decides which unit it is."""

    LENGTH = "length"  #: µm, or px without a pixel size
    AREA = "area"  #: µm², or px²
    VOLUME = "volume"  #: µm³, or px³
    ANGLE = "angle"  #: degrees
    COUNT = "count"  #: a whole number
    RATIO = "ratio"  #: a number without a unit
    INTENSITY = "intensity"  #: the image file's own values
    TEXT = "text"  #: a word
    FLAG = "flag"  #: true or false


_SUFFIX = {Unit.LENGTH: ("_um", "_px"), Unit.AREA: ("_um2", "_px2"), Unit.VOLUME: ("_um3", "_px3")}
_SYMBOL = {Unit.LENGTH: ("µm", "px"), Unit.AREA: ("µm²", "px²"), Unit.VOLUME: ("µm³", "px³")}


@dataclass(frozen=True, slots=True)
class Definition:
    """One measure.

    Attributes:
        name: without unit and channel: "area", "intensity_mean".
        unit: kind of unit.
        summary: one sentence for a tooltip.
        formula: in the symbols of `SYMBOLS`, or how it is found.
        source: the publication or program whose definition this is.
        convention: what had to be decided, and traps.
        group: "identity", "size", "shape", "ellipse", "position", "intensity", "quality" or "core".
    """

    name: str
    unit: Unit
    summary: str
    formula: str
    source: str
    convention: str = ""
    group: str = "shape"


SYMBOLS: Mapping[str, str] = MappingProxyType(
    {
        "A": "area of the object's region (filled or net, as the table says)",
        "P": "perimeter",
        "A_hull, P_hull": "area and perimeter of the convex hull of all outer rings",
        "D_eq": "equivalent diameter",
        "w, h": "width and height of a pixel",
    }
)

NA_REASONS: Mapping[str, str] = MappingProxyType(
    {
        "invalid_outline": "the outline crosses or touches itself, so it bounds no definite area; repair it first",
        "not_traced": "the outline does not lie on pixel edges, so there are no pixels to count",
        "no_direction": "both axes are equally long, so neither is the longer one",
        "no_image_shape": "the outlines came without the size of their image",
        "not_given": "nobody stated it: the object was drawn by hand or read from a mask",
        "no_pixels": "no pixel centre of the image lies inside the region",
        "no_background_pixels": "the ring around the object holds no free pixel of the image",
        "not_finite": "the image holds values that are no numbers there",
        "unreadable": "the file's plane of this channel is damaged or missing",
        "no_core": "the spheroid has no core",
        "core_off_centre": "the core's centroid lies outside the core or the spheroid, so no radius starts there",
    }
)

_FILLED = "Holes count as part of the object unless its net area is measured."
_RAW = "Raw values of the file, never the 8-bit display; pixels whose centre is inside and that no other object owns."


def _group(group: str, *rows: tuple[str, Unit, str, str, str, str]) -> dict[str, Definition]:
    return {row[0]: Definition(*row, group=group) for row in rows}


_IDENTITY = _group(
    "identity",
    ("label", Unit.COUNT, "Number of the object in its image.", "", "", "As in the label image; numbers may have gaps."),
    ("class_name", Unit.TEXT, "What the object is: spheroid, core, cell.", "", "", ""),
    ("n_parts", Unit.COUNT, "Number of separate parts of the object.", "4-connected parts", "",
     "Parts that meet only at a pixel corner are separate; an island of the object in its own hole is a part."),
)  # fmt: skip
_SIZE = _group(
    "size",
    ("area", Unit.AREA, "Area inside the outline.", "½·|Σ(xᵢ·yᵢ₊₁ − xᵢ₊₁·yᵢ)| on pixel edges", "ImageJ",
     _FILLED + " Parts add up; what lies inside another part counts once."),
    ("hole_area", Unit.AREA, "Area of all holes together.", "sum of the holes' areas", "",
     "Of each part's holes; an island inside a hole does not reduce it."),
    ("n_holes", Unit.COUNT, "Number of holes.", "count", "", "Background pixels that meet only at a corner are two holes."),
    ("perimeter", Unit.LENGTH, "Length of the outline.",
     "length of the sub-pixel contour: quadratic fit through the middles of the pixel edges; drawn edges: Σ√(Δx² + Δy²)",
     "Savitzky–Golay fit",
     "Outer rings only, parts add up. perimeter_method says which: contour (traced), ring (drawn), or mixed (traced, then edited)."),
    ("perimeter_method", Unit.TEXT, "How the perimeter was found: contour, ring or mixed.", "", "", "See perimeter."),
    ("perimeter_crofton", Unit.LENGTH, "Perimeter of the pixels by Crofton's formula in 4 directions.",
     "½·Σₖ Δθₖ·dₖ·Nₖ (angle, line spacing, crossings of direction k)", "scikit-image perimeter_crofton",
     "To compare; up to 2 % off on discs of 20 px radius and 6 % on squares. NA for drawn outlines."),
    ("perimeter_imagej", Unit.LENGTH, "Perimeter as ImageJ gives it for a traced selection.",
     "Σ|Δx| + Σ|Δy| − n_corners·((w + h) − √(w² + h²))", "ImageJ PolygonRoi.getTracedPerimeter",
     "To compare. n_corners leaves out a corner one pixel after a counted one. Drawn outlines: length of the ring, as in ImageJ."),
    ("equivalent_diameter", Unit.LENGTH, "Diameter of the disc with the same area.", "√(4A/π)", "ISO 9276-6", _FILLED),
    ("volume_sphere", Unit.VOLUME, "Volume of the sphere with the equivalent diameter.", "π/6·D_eq³", "spheroid practice",
     "1 % in diameter is 3 % in volume."),
    ("volume_ellipsoid", Unit.VOLUME, "Volume of the ellipsoid that turns about the major axis.", "π/6·major·minor²",
     "spheroid practice", "The unseen third axis is taken to be as short as the minor one."),
)  # fmt: skip
_SHAPE = _group(
    "shape",
    ("circularity", Unit.RATIO, "1 for a disc, less the longer the outline is for its area.", "4πA/P²", "ImageJ",
     "Not clamped: above 1 for objects of a few pixels."),
    ("circularity_imagej", Unit.RATIO, "Circularity from ImageJ's perimeter, at most 1.", "min(1, 4πA/P_imagej²)", "ImageJ",
     "The one measure that is clamped, because ImageJ clamps it."),
    ("circularity_iso", Unit.RATIO, "Square root of the circularity; also called 2-D sphericity index.",
     "√(4πA)/P = π·D_eq/P", "ISO 9276-6; AnaSP", "A gate of 0.90 here is 0.81 in circularity."),
    ("compactness", Unit.RATIO, "1 for a disc, more the longer the outline is for its area.", "P²/(4πA)", "CellProfiler", ""),
    ("solidity", Unit.RATIO, "Share of the convex hull that the region fills.", "A/A_hull", "ImageJ",
     "Both areas from the same vertices on pixel edges."),
    ("convexity", Unit.RATIO, "Perimeter of the convex hull relative to the outline's own.", "P_hull/P", "ISO 9276-6",
     "Not solidity. Both lengths of the same contour, so never above 1 for an object of one part."),
    ("feret_max", Unit.LENGTH, "Largest distance of two points of the outline.", "max |pᵢ − pⱼ| over hull vertices", "ImageJ",
     "Not a side of the minimum rectangle: a 100 px square has 141.4 px."),
    ("feret_min", Unit.LENGTH, "Least width between two parallel lines that hold the object.", "rotating calipers on the hull", "ImageJ", ""),
    ("feret_perpendicular", Unit.LENGTH, "Width across the direction of the largest diameter.", "extent of the hull perpendicular to feret_max",
     "ImageJ-like Breadth", "Not feret_min. With several equal largest diameters: the least such width."),
    ("aspect_ratio_feret", Unit.RATIO, "Largest diameter over least width.", "feret_max/feret_min", "", "Not aspect_ratio."),
    ("extent", Unit.RATIO, "Share of the bounding box that the region fills.", "A/(bbox width·height)", "scikit-image", ""),
)  # fmt: skip
_ELLIPSE = _group(
    "ellipse",
    ("major_axis", Unit.LENGTH, "Long axis of the ellipse with the same area and second moments' shape.",
     "√(4A/π·√(λ₁/λ₂)), λ₁ ≥ λ₂ eigenvalues of the second central moments", "ImageJ EllipseFitter",
     "Moments of the exact area of the polygon. scikit-image does not equalise the area: 4√λ₁; both agree for ellipses."),
    ("minor_axis", Unit.LENGTH, "Short axis of that ellipse.", "√(4A/π·√(λ₂/λ₁))", "ImageJ EllipseFitter", "Never above major_axis."),
    ("orientation", Unit.ANGLE, "Direction of the major axis.", "½·atan2(−2μ₁₁, μ₂₀ − μ₀₂)", "ImageJ",
     "0° along +x, counter-clockwise on the screen, 0 ≤ angle < 180; NA where both axes are equal."),
    ("aspect_ratio", Unit.RATIO, "Major over minor axis.", "major/minor", "ImageJ", "Not aspect_ratio_feret."),
    ("roundness", Unit.RATIO, "Area relative to the disc on the major axis.", "4A/(π·major²)", "ImageJ", "The inverse of aspect_ratio."),
    ("eccentricity", Unit.RATIO, "0 for a disc, towards 1 for a line.", "√(1 − (minor/major)²)", "CellProfiler", ""),
)  # fmt: skip
_EDGE = "Pixel-edge coordinates from the image's upper left corner, y downwards: the first pixel's centre is at 0.5 px."
_POSITION = _group(
    "position",
    ("centroid_x", Unit.LENGTH, "Centre of mass of the region, x.", "m₁₀/A", "scikit-image (+0.5)", _EDGE),
    ("centroid_y", Unit.LENGTH, "Centre of mass of the region, y.", "m₀₁/A", "scikit-image (+0.5)", _EDGE),
    ("bbox_x_min", Unit.LENGTH, "Left end of the object.", "min x", "scikit-image", _EDGE),
    ("bbox_y_min", Unit.LENGTH, "Upper end of the object.", "min y", "scikit-image", _EDGE),
    ("bbox_x_max", Unit.LENGTH, "Right end of the object.", "max x", "scikit-image", _EDGE),
    ("bbox_y_max", Unit.LENGTH, "Lower end of the object.", "max y", "scikit-image", _EDGE),
)  # fmt: skip
_RING = "Ring of free pixels around the object, by default from 2 to 12 px away; other objects are left out."
_INTENSITY = _group(
    "intensity",
    ("intensity_mean", Unit.INTENSITY, "Mean value of the region's pixels.", "Σv/n", "CellProfiler", _RAW),
    ("intensity_std", Unit.INTENSITY, "Standard deviation of the region's pixels.", "√(Σ(v − mean)²/n)", "CellProfiler",
     _RAW + " Divided by n; ImageJ divides by n − 1."),
    ("intensity_min", Unit.INTENSITY, "Least value in the region.", "min v", "CellProfiler", _RAW),
    ("intensity_max", Unit.INTENSITY, "Largest value in the region.", "max v", "CellProfiler", _RAW),
    ("intensity_median", Unit.INTENSITY, "Median of the region's pixels.", "mean of the two middle values where n is even",
     "CellProfiler", _RAW + " Exact, not from a histogram."),
    ("intensity_integrated", Unit.INTENSITY, "Sum of the region's pixels.", "Σv", "CellProfiler; ImageJ RawIntDen", _RAW),
    ("intensity_background", Unit.INTENSITY, "Median of the ring around the object.", "median of the ring's pixels", "",
     _RING + " NA where no free pixel is left."),
    ("intensity_mean_corrected", Unit.INTENSITY, "Mean above the background.", "mean − background", "", _RING),
    ("intensity_integrated_corrected", Unit.INTENSITY, "Sum above the background.", "Σv − n·background", "CTCF practice", _RING),
)  # fmt: skip
_QUALITY = _group(
    "quality",
    ("touches_border", Unit.FLAG, "The object reaches the image's edge and may be cut.", "bounding box at or beyond the edge", "", ""),
    ("confidence", Unit.RATIO, "How sure the model is, 0 to 1.", "least confidence of the object's parts", "", "NA for outlines that no model made."),
    ("flags", Unit.TEXT, "What a person should look at.", "", "", "Codes of the segmentation's quality checks, joined by semicolons."),
    ("na_reasons", Unit.TEXT, "Why cells of this row are empty.", "measure:reason, joined by semicolons", "", ""),
)  # fmt: skip
_CORE = _group(
    "core",
    ("whole_area", Unit.AREA, "Area of the whole spheroid with its fragments.", "A_whole", "", "Pixels of the spheroid, holes filled."),
    ("core_area", Unit.AREA, "Area of the dense core.", "A_core", "", "The core's pixels inside the spheroid, holes filled."),
    ("rim_area", Unit.AREA, "Area of the spheroid outside its core.", "A_whole − A_core", "", ""),
    ("core_fraction", Unit.RATIO, "Share of the spheroid that is core.", "A_core/A_whole", "", ""),
    ("invasion_index", Unit.RATIO, "Invaded area relative to the core.", "(A_whole − A_core)/A_core", "invasion assays", ""),
    ("radial_front_mean", Unit.LENGTH, "Mean distance of the front from the core's edge.", "mean of r_front(θ) − r_core(θ), 360 angles", "",
     "From the core's centroid, 1° steps, outermost crossings, of the body that holds the core; detached fragments are in dispersed_fraction."),
    ("radial_front_max", Unit.LENGTH, "Largest distance of the front from the core's edge.", "max of r_front(θ) − r_core(θ)", "", "See radial_front_mean."),
    ("radial_front_q95", Unit.LENGTH, "95 % quantile of the front's distance.", "q95 of r_front(θ) − r_core(θ)", "", "Linear interpolation. See radial_front_mean."),
    ("disintegration_index", Unit.RATIO, "0 for a compact disc of the core's size, towards 1 as cells scatter.",
     "tanh(mean|d₍ᵢ₎ − √((i − ½)/M)|), d sorted distances of the M pixels from the core's centroid in units of √(A_core/π)", "", ""),
    ("n_fragments", Unit.COUNT, "Number of separate parts of the spheroid.", "4-connected parts", "", "1 for an intact spheroid."),
    ("largest_fragment_fraction", Unit.RATIO, "Share of the area in the largest part.", "max part area/A_whole", "", ""),
    ("dispersed_fraction", Unit.RATIO, "Share of the area in parts that hold none of the core.", "Σ area of parts without core/A_whole", "", ""),
)  # fmt: skip

DEFINITIONS: Mapping[str, Definition] = MappingProxyType(
    _IDENTITY | _SIZE | _SHAPE | _ELLIPSE | _POSITION | _INTENSITY | _QUALITY | _CORE
)


def column_name(name: str, *, calibrated: bool | None, channel: str = "") -> str:
    """A measure's column: `area` → "area_um2" or "area_px2"; with a channel "intensity_mean_gfp".

    Args:
        name: a key of `DEFINITIONS`.
        calibrated: whether the image has a pixel size; None leaves the unit out.
        channel: slug of the channel, "" for an image with one.
    """
    suffix = ""
    if calibrated is not None:
        unit = DEFINITIONS[name].unit
        suffix = "_deg" if unit is Unit.ANGLE else _SUFFIX.get(unit, ("", ""))[0 if calibrated else 1]
    return f"{name}{suffix}" + (f"_{channel}" if channel else "")


def unit_symbol(name: str, *, calibrated: bool) -> str:
    """The unit as written for people: "µm²", "px", "°", "" for a number without one."""
    unit = DEFINITIONS[name].unit
    return "°" if unit is Unit.ANGLE else _SYMBOL.get(unit, ("", ""))[0 if calibrated else 1]


def definition_of(column: str) -> Definition | None:
    """The definition behind a table's column name, or None for a column that is not a measure."""
    plain = re.sub(r"_(um|px)[23]?$|_deg$", "", column)
    if plain in DEFINITIONS:
        return DEFINITIONS[plain]
    longest = max((name for name in _INTENSITY if column.startswith(f"{name}_")), key=len, default=None)
    return None if longest is None else DEFINITIONS[longest]
