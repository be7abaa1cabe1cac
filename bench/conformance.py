"""Our measures beside closed forms, scikit-image and ImageJ's stated formulas → docs/reference/conformance.md.

    python bench/conformance.py

Errors are relative, but absolute for the centroid (px), orientation (degrees) and what is 0 in truth. Bias is their
mean, spread their standard deviation, worst the largest. `LIMITS` says what worst error is allowed and why; the page
shows it and tests/measurement/test_conformance.py holds it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from skimage.measure import regionprops_table

from conformance_shapes import SECTIONS, Case
from imagej_formulas import imagej_measures
from spheroseg.geometry import Polygon, Polygons
from spheroseg.measurement import measure
from spheroseg.measurement.definitions import column_name

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "conformance.md"
ABSOLUTE = {"centroid_x": "px", "centroid_y": "px", "orientation": "°", "eccentricity": ""}
SKIMAGE = {
    "area": "area_filled", "equivalent_diameter": "equivalent_diameter_area", "perimeter_crofton": "perimeter_crofton",
    "solidity": "solidity", "feret_max": "feret_diameter_max", "major_axis": "axis_major_length",
    "minor_axis": "axis_minor_length", "eccentricity": "eccentricity", "orientation": "orientation",
    "centroid_x": "centroid-1", "centroid_y": "centroid-0",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limit:
    """The worst error that is allowed for some measures of some sections, and why."""

    sections: tuple[str, ...]
    against: str
    measures: tuple[str, ...]
    worst: float
    why: str


POLYGONS, ELLIPSES, FEW, DISCS, SMALL, DIGITAL_ELLIPSES, RECTANGLES, UNEQUAL, REAL = SECTIONS
DIGITAL = (FEW, DISCS, SMALL, DIGITAL_ELLIPSES, RECTANGLES, REAL)
ALL = ("*",)
LIMITS = (
    Limit((POLYGONS, FEW), "closed form", ALL, 1e-9, "rounding of float64"),
    Limit((ELLIPSES,), "closed form", ALL, 1e-5, "2,000 corners lie inside of the ellipse: its area is 1.6·10⁻⁶ less"),
    Limit(DIGITAL, "ImageJ", ALL, 1e-9, "the same formulas on the same pixels: only rounding"),
    Limit(
        (DISCS, SMALL, DIGITAL_ELLIPSES, RECTANGLES),
        "scikit-image",
        ("area", "equivalent_diameter", "perimeter_crofton", "centroid_x", "centroid_y", "orientation"),
        1e-8,
        "the same definitions: only rounding",
    ),
    Limit((DISCS, UNEQUAL), "closed form", ("perimeter",), 0.017, "the fit; 1 % on square pixels, 1.7 % on pixels of 1 × 3"),
    Limit((DISCS,), "closed form", ("circularity",), 0.02, "what is promised for radii from 20 px"),
    Limit((DISCS,), "closed form", ("equivalent_diameter",), 0.0075, "centred discs have 1.2 % fewer or more pixels than πr²"),
    Limit((DISCS,), "closed form", ("convexity",), 0.003, "what the fit leaves of the stairs"),
    Limit((DISCS,), "closed form", ("feret_max", "feret_min", "solidity"), 0.04, "the corners of pixels, as ImageJ has it: up to 0.7 px at each end and bays of half a pixel"),
    Limit((DIGITAL_ELLIPSES,), "closed form", ("major_axis", "minor_axis", "equivalent_diameter"), 0.006, "the grid's own error"),
    Limit((DIGITAL_ELLIPSES,), "closed form", ("perimeter",), 0.006, "the fit"),
    Limit((DIGITAL_ELLIPSES, UNEQUAL), "closed form", ("orientation",), 0.6, "the grid's own error; up to 0.2° on square pixels"),
    Limit((RECTANGLES,), "closed form", ("perimeter",), 0.02, "the fit rounds four corners; Crofton's formula is 6 % off"),
    Limit((SMALL,), "closed form", ("circularity",), 0.04, "radii from 3 px: a few dozen pixels"),
    Limit((UNEQUAL,), "closed form", ("equivalent_diameter", "major_axis", "minor_axis"), 0.006, "the grid's own error"),
)  # fmt: skip
INTRODUCTION = """# Conformance

Written by `make conformance` (bench/conformance.py). Our numbers beside closed forms, scikit-image {version} and ImageJ's formulas,
which bench/imagej_formulas.py computes from their statements without calling SpheroSeg.

Errors are relative: ours / theirs − 1; absolute for the centroid (px), orientation (degrees) and eccentricity. Bias is the
mean, spread the standard deviation, worst the largest error. "Held to" is the worst error that the tests allow; the reasons
are below the tables.

How to read it:

- **Drawn outlines** have the closed forms' values up to rounding.
- **ImageJ's formulas** are reproduced to rounding on every mask, real ones included. Both count what lies on pixel edges, so
  on masks `feret_max`, `feret_min` and `solidity` carry the pixels' corners: +1.7 %, −0.5 % and −1.9 % on discs of 20 to 200 px radius.
- **scikit-image** agrees to rounding on area, equivalent diameter, centroid, orientation and Crofton's perimeter. It differs by
  definition in the axes (it does not bring the ellipse to the object's area, and takes pixels for points), in Feret's diameter
  (contour through the middles of pixel edges) and in solidity (the hull is drawn on pixels).
- **`perimeter`** on masks is that of the sub-pixel contour. `perimeter_crofton` stands beside it here: on digital discs of
  20 px radius and more it is up to 2.1 % off, on turned rectangles 5.9 %, where `perimeter` is 0.7 % and 1.7 % off.
"""


def limit(section: str, against: str, measure_name: str) -> Limit | None:
    """The limit of one row of the page, if there is one."""
    for each in LIMITS:
        if (
            section in each.sections
            and against == each.against
            and (measure_name in each.measures or each.measures == ALL)
        ):
            return each
    return None


def compare(case: Case) -> Iterator[tuple[str, str, float]]:
    """(measure, compared with, error) of one object."""
    if isinstance(case.shape, list):
        objects: Any = Polygons.from_list([Polygon(case.shape[0], tuple(case.shape[1:]))])
    else:
        objects = case.shape
    calibrated = case.spacing != (1.0, 1.0)
    row = measure(objects, pixel_size_um=case.spacing if calibrated else None).iloc[0]

    def ours(name: str) -> float:
        return float(row[column_name(name, calibrated=calibrated)])

    for name, truth in case.truth.items():
        yield name, "closed form", error(name, ours(name), truth)
    if case.others and isinstance(case.shape, np.ndarray):
        for name, value in skimage_measures(case.shape).items():
            yield name, "scikit-image", error(name, ours(name), value)
        for name, value in imagej_measures(case.shape).items():
            yield name, "ImageJ", error(name, ours(name), value)


def skimage_measures(mask: NDArray[np.bool_]) -> dict[str, float]:
    """scikit-image's measures by our names; its pixel centres lie at whole numbers, its angles start at the y axis."""
    table = regionprops_table(  # type: ignore[no-untyped-call]  # scikit-image ships no types
        mask.astype(np.uint8), properties=[*{name.split("-")[0] for name in SKIMAGE.values()}]
    )
    found = {ours: float(table[theirs][0]) for ours, theirs in SKIMAGE.items()}
    found["centroid_x"] += 0.5
    found["centroid_y"] += 0.5
    found["orientation"] = (math.degrees(found["orientation"]) + 90) % 180
    return found


def error(name: str, ours: float, truth: float) -> float:
    """Relative, or absolute for what is listed in `ABSOLUTE`; angles the short way round; NaN to a truth of 0.

    scikit-image takes pixels for points, so that a lone pixel has axes of 0.
    """
    if name == "orientation":
        return (ours - truth + 90) % 180 - 90
    if name in ABSOLUTE:
        return ours - truth
    return ours / truth - 1 if truth else math.nan


def errors(section: str, step: int = 1) -> pd.DataFrame:
    """Every error of a section; `step` is the step in degrees and thins the rest out likewise.

    Returns:
        columns measure, against, case, error.
    """
    rows = [
        (name, against, case.name, value) for case in SECTIONS[section](step) for name, against, value in compare(case)
    ]
    return pd.DataFrame(rows, columns=["measure", "against", "case", "error"]).dropna()


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """One row a measure and comparison: n, bias, spread, worst and the worst case."""
    rows = []
    for (against, name), group in found.groupby(["against", "measure"], sort=False):
        worst = group.iloc[int(group.error.abs().argmax())]
        rows.append((against, name, len(group), group.error.mean(), group.error.std(ddof=0), worst.error, worst.case))
    return pd.DataFrame(rows, columns=["against", "measure", "n", "bias", "spread", "worst", "case"])


def shown(name: str, value: float) -> str:
    """An error as a person reads it: percent, or the unit of an absolute one."""
    if name in ABSOLUTE:
        return f"{value:+.2g} {ABSOLUTE[name]}".strip() if abs(value) >= 1e-8 else f"0 {ABSOLUTE[name]}".strip()
    return f"{100 * value:+.2g} %" if abs(value) >= 5e-11 else "0 %"


def page() -> str:
    """The whole comparison as Markdown."""
    lines = [INTRODUCTION.format(version=version("scikit-image"))]
    for section, cases in SECTIONS.items():
        found = summary(errors(section))
        lines += [f"## {section}", "", " ".join((cases.__doc__ or "").split()), ""]
        if found.empty:
            lines += ["The real images were not there when this page was written.", ""]
            continue
        lines += ["| compared with | measure | n | bias | spread | worst | worst case | held to |"]
        lines += ["|---|---|---:|---:|---:|---:|---|---|"]
        for row in found.itertuples():
            allowed = limit(section, str(row.against), str(row.measure))
            held = shown(str(row.measure), allowed.worst).lstrip("+") if allowed is not None else "–"
            cells = [shown(str(row.measure), float(v)) for v in (row.bias, row.spread, row.worst)]  # type: ignore[arg-type]  # pandas types a row as Any
            lines.append(
                f"| {row.against} | `{row.measure}` | {row.n} | {cells[0]} | {cells[1].lstrip('+')} | {cells[2]} | {row.case} | {held} |"
            )
        lines.append("")
    lines += ["## Why these limits", "", "| where | compared with | measures | limit | why |", "|---|---|---|---:|---|"]
    lines += [
        f"| {'; '.join(each.sections)} | {each.against} | {', '.join(each.measures)} | {each.worst:g} | {each.why} |"
        for each in LIMITS
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the page."""
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
