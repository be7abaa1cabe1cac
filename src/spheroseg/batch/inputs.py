"""Which files a person meant, and the name each one's results get."""

from __future__ import annotations

import glob
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from spheroseg.imaging import is_image_path


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to process.

    Attributes:
        path: the file.
        name: what its results are called: unique in the batch, the file's stem where that is enough.
        relative: the path below the folder that was given, for the tables.
    """

    path: Path
    name: str
    relative: str


def find_inputs(inputs: Sequence[str | Path], *, exclude: Path | None = None) -> tuple[list[InputFile], list[str]]:
    """Expand files, folders and patterns.

    Args:
        inputs: files (taken whatever their suffix), folders (searched to any depth for image suffixes) and
            glob patterns ("plate1/**/*.tif").
        exclude: a folder whose content is never taken: the results folder.

    Returns:
        The files in natural order without repeats, and one sentence for each input that led to nothing.
    """
    found: dict[Path, str] = {}
    problems: list[str] = []
    for given in inputs:
        candidates, problem = _expand(str(given))
        kept = [(path, relative) for path, relative in candidates if not _is_below(path, exclude)]
        if problem or not kept:
            problems.append(problem or f"{given}: no images in here")
        for path, relative in kept:
            found.setdefault(path.resolve(), relative)
    ordered = sorted(found.items(), key=lambda item: _natural(item[1]))
    names = _unique_names([relative for _, relative in ordered])
    files = [
        InputFile(path=path, name=name, relative=relative)
        for (path, relative), name in zip(ordered, names, strict=True)
    ]
    return files, problems


def _expand(given: str) -> tuple[list[tuple[Path, str]], str]:
    path = Path(given)
    if path.is_dir():
        below = (file for file in path.rglob("*") if file.is_file() and is_image_path(file))
        return [(file, file.relative_to(path).as_posix()) for file in below if not _is_hidden(file, path)], ""
    if path.exists():
        return [(path, path.name)], ""
    if glob.has_magic(given):
        matches = [Path(match) for match in glob.glob(given, recursive=True) if Path(match).is_file()]  # noqa: PTH207 -- Path.glob takes no absolute pattern
        return [(match, match.name) for match in matches], "" if matches else f"{given}: matches no file"
    return [], f"{given}: there is no such file or folder"


def _is_hidden(file: Path, root: Path) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in file.relative_to(root).parts)


def _is_below(path: Path, folder: Path | None) -> bool:
    return folder is not None and path.resolve().is_relative_to(folder.resolve())


def _natural(text: str) -> list[tuple[int, int, str]]:
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


def _unique_names(relatives: Iterable[str]) -> list[str]:
    """The stem where it is unique, else the path with its folders, else with its suffix too."""
    paths = [Path(relative) for relative in relatives]
    levels = [
        [path.stem for path in paths],
        ["__".join(path.with_suffix("").parts) for path in paths],
        ["__".join([*path.parent.parts, path.stem, path.suffix.lstrip(".")]) for path in paths],
    ]
    counts = [Counter(name.casefold() for name in level) for level in levels]
    names: list[str] = []
    taken: set[str] = set()
    for i in range(len(paths)):
        fitting = (level[i] for level, count in zip(levels, counts, strict=True) if count[level[i].casefold()] == 1)
        name = next(fitting, levels[-1][i])
        # files of one name from several given folders: number them
        candidate, n = name, 2
        while candidate.casefold() in taken:
            candidate, n = f"{name}_{n}", n + 1
        taken.add(candidate.casefold())
        names.append(candidate)
    return names
