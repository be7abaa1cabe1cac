"""The table of image formats is the list of kinds, and what it promises of plates and refusals is in the code."""

import ast
from pathlib import Path

from spheroseg.imaging import IMAGE_KINDS
from spheroseg.imaging.kinds import OME_ZARR
from spheroseg.imaging.other_kinds import OTHER_KINDS
from spheroseg.imaging.plates.plate import LAYOUTS
from spheroseg.imaging.read import _READERS

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "image-formats.md").read_text(encoding="utf-8")
READERS = Path(__file__).parents[2] / "src" / "spheroseg" / "imaging" / "readers"
LIBRARIES = {"Pillow": "PIL", "pi-heif": "pi_heif", "bioio-vsi": "bioio_vsi"}
"""Libraries that are imported under another name than their own."""
FLAT = " ".join(PAGE.split())


def table() -> list[list[str]]:
    lines = [line for line in PAGE.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_every_kind_has_its_row_with_its_endings() -> None:
    head, *rows = table()
    stated = {row[0]: set(row[1].split(", ")) for row in rows}
    assert stated == {kind.name: {suffix[1:] for suffix in kind.suffixes} for kind in (*IMAGE_KINDS, OME_ZARR)}
    assert {"read by", "pixel size", "times", "channels", "wells and names", "sets of files"} <= set(head)
    assert all(all(row) and len(row) == len(head) for row in rows)


def test_each_kind_is_read_by_the_libraries_that_its_row_names() -> None:
    head, *rows = table()
    extras = {kind.name: kind.extra for kind in IMAGE_KINDS}
    for row in rows:
        stated = dict(zip(head, row, strict=True))["read by"]
        libraries, _, extra = stated.partition(" (")
        assert extra.strip(")").split(",")[0].strip("`") == extras.get(row[0], ""), row[0]
        reader = READERS / f"{_READERS[row[0]]}.py"
        imported = {
            name.name.partition(".")[0] if isinstance(node, ast.Import) else str(node.module).partition(".")[0]
            for node in ast.walk(ast.parse(reader.read_text(encoding="utf-8")))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in node.names
        }
        named = {LIBRARIES.get(library, library) for library in libraries.split(", ")} - {"own reader"}
        foreign = imported & {
            "imagecodecs",
            "PIL",
            "tifffile",
            "nd2",
            "liffile",
            "oiffile",
            "oirfile",
            "bioio_vsi",
            "mrc",
            "zarr",
        }
        assert named <= imported | {"pi_heif"}, row[0]
        assert foreign <= named | {"imagecodecs", "PIL"}, row[0]


def test_every_plate_and_every_refused_kind_is_named() -> None:
    for layout in (
        "ImageXpress",
        "Operetta",
        "Yokogawa",
        "CellInsight",
        "Incucyte",
        "Cytation",
        "InCell",
        "scanR",
        "Keyence",
    ):
        assert layout in FLAT
        assert any(layout in name for name in LAYOUTS.values())
    for kind in OTHER_KINDS:
        assert kind.name in FLAT, kind.name
