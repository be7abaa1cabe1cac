"""Files that hold the pixels of another file: the folder of an OIF or VSI, what an XLEF refers to."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import unquote

from defusedxml import ElementTree

from spheroseg.errors import ImageReadError

_MAX_XML_BYTES = 256 * 2**20
CONTAINERS = (".oif", ".vsi", ".xlef", ".xlif")
"""Endings of such files; an XLEF refers to XLIFs."""

DESCRIPTIONS = (".xlef", ".xlif", ".xlcf")
"""Endings of files that describe images and hold no pixels."""


def parts_of(path: Path) -> set[Path]:
    """The files that are read with a file and are no images of their own; few kinds have any.

    Raises:
        ImageReadError: the file refers to places that are not its own, or is damaged.
    """
    suffix = path.suffix.lower()
    if suffix == ".oif":
        return _below(path.with_name(f"{path.name}.files"))
    if suffix == ".vsi":
        return _below(path.with_name(f"_{path.stem}_"))
    if suffix in {".xlef", ".xlif"}:
        return _referred(path)
    return set()


def _below(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()} if folder.is_dir() else set()


def _referred(path: Path) -> set[Path]:
    """Every file that an XLEF or XLIF names, and those that these name."""
    # LAS X keeps the descriptions in a folder Metadata, and the pixels beside it
    home = path.parent.parent if path.parent.name.lower() == "metadata" else path.parent
    root = home.resolve()
    found: set[Path] = set()
    todo = [path]
    while todo:
        description = todo.pop()
        for name in _names(path, description):
            part = in_any_case(description.parent, unquote(name).replace("\\", "/"))
            if not part.resolve().is_relative_to(root):
                raise ImageReadError(path, f"it refers to {name}, which lies outside its folder")
            if part not in found and part != path:
                found.add(part)
                if part.suffix.lower() in DESCRIPTIONS and part.is_file():
                    todo.append(part)
    return found


def _names(path: Path, description: Path) -> list[str]:
    try:
        if description.stat().st_size > _MAX_XML_BYTES:
            raise ImageReadError(path, f"{description.name} is larger than any microscope writes")
        root = ElementTree.parse(description).getroot()
    except (ElementTree.ParseError, ValueError, OSError) as error:
        raise ImageReadError(path, f"{description.name} is damaged ({error})") from error
    elements = [] if root is None else root.iter()
    return [
        str(element.get("File"))
        for element in elements
        if str(element.tag).endswith(("Reference", "Frame", "Block")) and element.get("File")
    ]


def in_any_case(folder: Path, name: str) -> Path:
    """The file of a name in a folder, or the one there whose name differs in case alone."""
    path = Path(os.path.normpath(folder / name))
    if path.exists() or not path.parent.is_dir():
        return path
    return next((other for other in path.parent.iterdir() if other.name.lower() == path.name.lower()), path)
