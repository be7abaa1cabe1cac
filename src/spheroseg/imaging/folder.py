"""What lies below a folder, by one rule for every command: the images, and what was left out."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from spheroseg.errors import system_reason
from spheroseg.imaging.kinds import is_image_path

RUN_CARD = "run.json"
ZARR = ".zarr"
_RUN_CARD_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class FolderListing:
    """The files below a folder.

    Attributes:
        files: in natural order (t2 before t10); hidden ones are left out; a Zarr folder counts as a file.
        results_folders: folders with the results of an earlier run; nothing in them is in `files`.
        unreadable: folders that could not be looked into, and links and pipes where images should be, each with the reason.
    """

    files: tuple[Path, ...]
    results_folders: tuple[Path, ...]
    unreadable: tuple[tuple[Path, str], ...]

    @property
    def images(self) -> tuple[Path, ...]:
        """The files whose names end like an image that SpheroSeg reads."""
        return tuple(path for path in self.files if is_image_path(path))


def list_folder(folder: Path) -> FolderListing:
    """Everything below a folder at any depth.

    Left out are hidden files and folders (".cache", "__MACOSX"), and the folders of earlier results, whose masks and
    overlays end like images. Linked folders are entered, each once.

    Args:
        folder: that exists.
    """
    files: list[Path] = []
    results: list[Path] = []
    unreadable: list[tuple[Path, str]] = []
    entered: set[str] = set()

    def refused(error: OSError) -> None:
        unreadable.append((Path(error.filename or folder), system_reason(error)))

    for place, folders, names in os.walk(folder, followlinks=True, onerror=refused):
        real = os.path.realpath(place)
        if real in entered:  # a link that leads back
            folders.clear()
            continue
        entered.add(real)
        if is_results_folder(Path(place)):
            results.append(Path(place))
            folders.clear()
            continue
        stores = [name for name in folders if name.lower().endswith(ZARR) and not is_hidden(name)]
        folders[:] = [name for name in folders if not is_hidden(name) and name not in stores]
        files += [Path(place, name) for name in (*names, *stores) if not is_hidden(name)]
    unreadable += [(file, why) for file in files if is_image_path(file) and (why := _why_no_file(file))]
    files = [file for file in files if file.is_file() or file.suffix.lower() == ZARR]
    files.sort(key=lambda file: natural_key(file.relative_to(folder).as_posix()))
    return FolderListing(tuple(files), tuple(sorted(results)), tuple(unreadable))


def _why_no_file(path: Path) -> str:
    """Why something that is called like a file is none, or ""."""
    if path.is_file() or path.is_dir():
        return ""
    return "a link that leads nowhere" if path.is_symlink() else "a pipe or a device"


def is_results_folder(folder: Path) -> bool:
    """Whether a folder holds the results of a run: a run.json beside tables, or one that SpheroSeg wrote."""
    path = folder / RUN_CARD
    if not path.is_file():
        return False
    if any((folder / name).exists() for name in ("objects.csv", ".parts")):
        return True
    try:
        with path.open("rb") as stream:
            card = json.loads(stream.read(_RUN_CARD_BYTES))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(card, dict) and "spheroseg" in card


def natural_key(text: str) -> list[tuple[int, int, str]]:
    """Sort key under which t2 comes before t10."""
    key: list[tuple[int, int, str]] = []
    digits, letters = "", ""
    for character in [*text, ""]:
        if character.isdecimal():
            if letters:
                key.append((1, 0, letters))
                letters = ""
            digits += character
            continue
        if digits:
            key.append((0, int(digits), ""))
            digits = ""
        letters += character
    return [*key, (1, 0, letters)]


def is_hidden(name: str) -> bool:
    """Whether a file or folder is none of the user's: ".cache", "._B03.tif", "__MACOSX"."""
    return name.startswith((".", "__MACOSX"))
