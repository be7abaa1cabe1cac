"""docs/reference/measurements.md, made from `DEFINITIONS`.

python -m spheroseg.measurement.definitions_page > docs/reference/measurements.md
"""

from __future__ import annotations

import sys

from spheroseg.measurement.definitions import DEFINITIONS, NA_REASONS, SYMBOLS, Definition, Unit, column_name

_TITLES = {
    "identity": "Identity",
    "size": "Size",
    "shape": "Shape",
    "ellipse": "Ellipse",
    "position": "Position",
    "intensity": "Intensity",
    "quality": "Quality",
    "core": "Core, rim and invasion",
}
_INTRODUCTION = """# Measurements

<!-- made from spheroseg.measurement.definitions by `python -m spheroseg.measurement.definitions_page`; edit the definitions, not this page -->

Geometry lies on pixel edges: the pixel in column x and row y is the square from (x, y) to (x + 1, y + 1), so a lone pixel
has area 1 px² and its centre is at (x + 0.5, y + 0.5). With a pixel size, lengths are in µm, areas in µm² and volumes in
µm³; without one in px, px² and px³; never mixed, and the unit is the end of the column's name. Pixels that are not square
scale the geometry before any formula.

`region` says what the area, and all that follows from it, is: "filled" (default) the inside of the outer rings, "net"
without the holes. A disc with a hole of half its radius has circularity 1.00 filled and 0.75 net.
"""


def definitions_page() -> str:
    """The page as Markdown."""
    lines = [_INTRODUCTION]
    for group, title in _TITLES.items():
        lines += [f"## {title}", "", "| column | what it is | formula | source |", "|---|---|---|---|"]
        lines += [_row(definition) for definition in DEFINITIONS.values() if definition.group == group]
        lines.append("")
    lines += ["## Symbols", "", "| symbol | meaning |", "|---|---|"]
    lines += [f"| {symbol} | {_cell(meaning)} |" for symbol, meaning in SYMBOLS.items()]
    lines += ["", "## Why a cell is empty", "", "The column `na_reasons` names the measure and one of these codes.", ""]
    lines += ["| code | meaning |", "|---|---|"]
    lines += [f"| `{code}` | {_cell(meaning)} |" for code, meaning in NA_REASONS.items()]
    return "\n".join(lines) + "\n"


def _row(definition: Definition) -> str:
    columns = dict.fromkeys(column_name(definition.name, calibrated=known) for known in (True, False))
    channel = " (of several channels: `…_<channel>`)" if definition.unit is Unit.INTENSITY else ""
    what = f"{definition.summary} {definition.convention}".strip()
    names = ", ".join(f"`{column}`" for column in columns)
    return f"| {names}{channel} | {_cell(what)} | {_cell(definition.formula)} | {_cell(definition.source)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.stdout.write(definitions_page())
