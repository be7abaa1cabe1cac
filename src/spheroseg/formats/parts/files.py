"""Where results go and come from: whole files only, one file an image, names that cannot leave the folder."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from spheroseg.errors import FormatError, ImageReadError
from spheroseg.formats.dataset import AnnotatedImage, Annotations, Report

# characters that Windows forbids in file names, and control characters
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f]')
_UNFINISHED = re.compile(r"\.\d+-")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block ends well: a file is whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{os.getpid()}-{path.name[-100:]}")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def discard_unfinished(folder: Path) -> None:
    """Remove what `replacing` left below a folder because its process was killed; nobody may be writing there."""
    for path in folder.rglob(".*"):
        if _UNFINISHED.match(path.name) and path.is_file():
            path.unlink(missing_ok=True)


def relative_name(name: str) -> PurePosixPath:
    r"""An image name from a file as a relative path without "..", drive or characters that a file system refuses.

    >>> str(relative_name("C:\\plates\\..\\A01.tif"))
    'plates/A01.tif'
    """
    parts = re.sub(r"^[A-Za-z]:(?=/)", "", name.replace("\\", "/")).split("/")
    kept = [_FORBIDDEN.sub("_", part) for part in parts if part.strip(". ")]
    return PurePosixPath(*kept) if kept else PurePosixPath("image")


def files_below(path: Path, suffixes: Collection[str]) -> list[tuple[Path, str]]:
    """The files of a folder at any depth with one of these endings, or the one file given.

    Returns:
        (file, its path below the folder with forward slashes), sorted; hidden files and folders are left out.

    Raises:
        FormatError: the path does not exist.
    """
    if path.is_file():
        return [(path, path.name)]
    if not path.is_dir():
        raise FormatError(path, "there is no such file or folder")
    found = []
    for file in sorted(path.rglob("*")):
        relative = file.relative_to(path)
        hidden = any(part.startswith((".", "__MACOSX")) for part in relative.parts)
        if not hidden and file.name.lower().endswith(tuple(suffixes)) and file.is_file():
            found.append((file, relative.as_posix()))
    return found


class OneFileAnImage:
    """Gives each image its file: in a folder by the image's name, or the one file that was named.

    Args:
        target: a path that ends in `suffix` is the file of the only image; any other is a folder.
        suffix: of the files, with the dot.
        report: gets a note where names had to change.
    """

    def __init__(self, target: Path, suffix: str, report: Report) -> None:
        self._target = target
        self._suffix = suffix
        self._report = report
        self._is_file = target.name.lower().endswith(suffix) and not target.is_dir()
        self._taken: set[str] = set()

    def path_for(self, image_name: str) -> Path:
        """The file of an image; each call claims a new one.

        Raises:
            FormatError: a second image, and the target is one file.
        """
        if self._is_file:
            if self._taken:
                raise FormatError(self._target, "one file holds one image here, and there are more; give a folder")
            self._taken.add(image_name)
            return self._target
        relative = relative_name(image_name)
        name = relative.with_suffix("")
        if str(name).casefold() in self._taken:  # A01.png beside A01.tif
            name = relative.with_name(relative.name.replace(".", "_"))
        n = 2
        while str(name).casefold() in self._taken:
            name, n = relative.with_name(f"{relative.stem}_{n}"), n + 1
        self._taken.add(str(name).casefold())
        if str(name) != str(PurePosixPath(image_name).with_suffix("")):
            self._report.add("info", image_name, f"written as {name}{self._suffix}")
        return self._target / f"{name}{self._suffix}"


def read_each(
    path: Path | str, suffixes: Collection[str], read_one: Callable[[Path, str, Report], AnnotatedImage]
) -> tuple[Annotations, Report]:
    """Read the files of a folder that hold one image each; a file that cannot be read is refused, the rest is taken.

    Args:
        path: a file or a folder.
        suffixes: endings of the files, see `files_below`.
        read_one: file, name and report → the image; raises FormatError or ImageReadError with the reason.

    Raises:
        FormatError: the path does not exist.
    """
    report, found = Report(), []
    for file, name in files_below(Path(path), suffixes):
        try:
            image = read_one(file, name, report)
        except (FormatError, ImageReadError) as error:
            report.add("refused", name, error.reason)
            continue
        found.append(image)
        report.n_objects += sum(1 for _ in image.objects())
    report.n_images = len(found)
    return Annotations(tuple(found)), report
