"""What stands beside an image file and speaks of it: the index of its plate, ZEN's and Micro-Manager's metadata files.

Instruments that write one TIFF a plane put what they know into a file of its own, and something else (the camera's pitch, a
print setting) into the TIFF.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from defusedxml import ElementTree

from spheroseg.errors import ImageReadError
from spheroseg.imaging.filenames import parse
from spheroseg.imaging.plates import operetta, yokogawa
from spheroseg.imaging.plates.index import PlateFile, find_upwards, stamp
from spheroseg.imaging.scale import Claim
from spheroseg.imaging.units import length_um

ENDINGS = (".xml", ".htd", ".mlf", ".mrf", ".mes", ".companion.ome", "metadata.txt", "ndtiff.index")
"""How the names of files end that speak of the images beside them."""

_MAX_SIDECAR_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Beside:
    """What was found.

    Attributes:
        claims: statements about the pixel size.
        file: the plane's entry in the index of its plate, or None.
        writer: "operetta" where the file's name is one of Harmony's, whether the index is there or not.
        notes: a file beside the image that could not be read, one sentence each.
    """

    claims: tuple[Claim, ...] = ()
    file: PlateFile | None = None
    writer: str = ""
    notes: tuple[str, ...] = ()


def look_beside(path: Path) -> Beside:
    """Reads what stands beside an image; a file that is damaged is a note, the image stays readable."""
    writer = "operetta" if parse(path.name).layout == "operetta" else ""
    notes: list[str] = []
    claims: list[Claim] = []
    entry: PlateFile | None = None
    for source, names, levels, read in (
        ("operetta", operetta.INDEX_NAMES, 1, operetta.read_index),
        ("yokogawa", (yokogawa.INDEX_NAME,), 0, yokogawa.read_index),
    ):
        index = find_upwards(path.parent, names, levels)
        if index is None:
            continue
        try:
            entry = read(index).get(path.name.lower())
            if entry is not None and entry.path.parent.resolve() != path.parent.resolve():
                entry = None  # of another folder's file that is called alike
        except ImageReadError as error:
            notes.append(f"{index.name} beside the file: {error.reason}")
            continue
        if entry is not None:
            if entry.pixel_size_um:
                claims.append(Claim(source, entry.pixel_size_um))
            break
    if entry is None:
        claims += [claim for claim in (_zen(path), _micromanager_text(path)) if claim]
    return Beside(tuple(claims), entry, writer, tuple(notes))


def _zen(path: Path) -> Claim | None:
    """ZEN's export writes NAME_metadata.xml (or NAME_info.xml) beside the images whose names begin with NAME."""
    names = _sidecars_of(path.parent, stamp(path.parent))
    fitting = [name for name in names if _is_part_of(path.name, name.rpartition("_")[0])]
    for name in sorted(fitting, key=len, reverse=True):
        size = _zen_size(path.parent / name, stamp(path.parent / name))
        if size:
            return Claim("zen", size)
    return None


def _is_part_of(name: str, recording: str) -> bool:
    """Whether an image belongs to a recording: "exp1_c2.tif" to "exp1" (and "exp1.tif"), "exp10.tif" does not."""
    lower, begin = name.lower(), recording.lower()
    return lower.startswith(begin) and not lower[len(begin) : len(begin) + 1].isalnum()


@lru_cache(maxsize=256)
def _sidecars_of(folder: Path, _stamp: int) -> tuple[str, ...]:
    endings = ("_metadata.xml", "_info.xml", "_meta.xml")
    try:
        return tuple(entry.name for entry in folder.iterdir() if entry.name.lower().endswith(endings))
    except OSError:
        return ()


@lru_cache(maxsize=64)
def _zen_size(path: Path, _stamp: int) -> tuple[float, float] | None:
    try:
        if path.stat().st_size > _MAX_SIDECAR_BYTES:
            return None
        root = ElementTree.parse(path).getroot()
    except (ElementTree.ParseError, ValueError, OSError):
        return None
    if root is None:
        return None
    # ImageMetadata or ImageDocument/Metadata, with Scaling/Items/Distance in metres
    found: dict[str, float | None] = {}
    for distance in root.iter("Distance"):
        found.setdefault(distance.get("Id", ""), length_um(distance.findtext("Value", ""), "m"))
    size_y, size_x = found.get("Y"), found.get("X")
    return (size_y, size_x) if size_y and size_x else None


def _micromanager_text(path: Path) -> Claim | None:
    """Micro-Manager writes metadata.txt beside its single images (img_…), or NAME_metadata.txt beside a stack."""
    stack = path.name.lower().removesuffix(".tif").removesuffix(".ome")
    names = (f"{stack}_metadata.txt", *(("metadata.txt",) if stack.startswith("img_") else ()))
    index = find_upwards(path.parent, names, 0)
    size = _micromanager_size(index, stamp(index)) if index else None
    return Claim("micromanager-text", (size, size)) if size else None


@lru_cache(maxsize=64)
def _micromanager_size(path: Path, _stamp: int) -> float | None:
    try:
        if path.stat().st_size > _MAX_SIDECAR_BYTES:
            return None
        document = json.loads(path.read_text(encoding="utf-8", errors="replace"))
    except (OSError, ValueError, RecursionError):
        return None
    for entry in _entries(document):
        for key in ("PixelSize_um", "PixelSizeUm"):
            value = entry.get(key)
            size = length_um(value.get("scalar", "") if isinstance(value, dict) else value, "µm") if value else None
            if size:
                return size
    return None


def _entries(document: object) -> Iterator[dict[str, object]]:
    """The summary, then the entries of the planes."""
    if isinstance(document, dict):
        summary = document.get("Summary")
        if isinstance(summary, dict):
            yield summary
        yield from (entry for entry in document.values() if isinstance(entry, dict))
