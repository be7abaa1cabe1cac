"""The table of image formats is the list of kinds, and what it promises of plates and refusals is in the code."""

from pathlib import Path

from spheroseg.imaging import IMAGE_KINDS
from spheroseg.imaging.kinds import OME_ZARR
from spheroseg.imaging.other_kinds import OTHER_KINDS
from spheroseg.imaging.plates.plate import LAYOUTS

PAGE = (Path(__file__).parents[2] / "docs" / "reference" / "image-formats.md").read_text(encoding="utf-8")
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
