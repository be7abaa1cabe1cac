"""Where results go and come from: whole files only, one file an image, names that cannot leave the folder."""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from spheroseg.errors import FormatError, ImageReadError, printable
from spheroseg.formats.dataset import AnnotatedImage, Annotations, Report
from spheroseg.imaging.folder import is_hidden
from spheroseg.imaging.pairing import without_suffix

# characters that Windows forbids in file names, and control characters
_FORBIDDEN = re.compile(r'[<>:"|?*\x00-\x1f\x7f]')
# names that Windows keeps for devices, with any suffix
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.IGNORECASE)
MAX_PART_BYTES = 220  # of 255, as suffixes are added and names of unfinished files begin with a number
_UNFINISHED = re.compile(r"\.\d+-")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path beside `path` that takes its place when the block ends well: a file is whole or not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # the end of the name, as some writers look at the suffix; never longer than a file system takes
    end = os.fsencode(path.name)[-100:].decode("utf-8", "ignore")
    temporary = path.with_name(f".{os.getpid()}-{end}")
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


def safe_part(text: str) -> str:
    r"""One part of a path as every file system takes it: no forbidden character, no device's name, no byte of no text.

    >>> safe_part("day 3: a\\b?.")
    'day 3_ a_b_'
    """
    part = _FORBIDDEN.sub("_", printable(text)).replace("/", "_").replace("\\", "_").rstrip(". ")
    part = f"_{part}" if not part or part.startswith(".") or _DEVICE.match(part) else part
    return shortened(part, MAX_PART_BYTES)


def shortened(part: str, max_bytes: int) -> str:
    """A part of at most so many bytes: what is cut off leaves a mark that tells names apart."""
    raw = part.encode()
    if len(raw) <= max_bytes:
        return part
    mark = hashlib.sha256(raw).hexdigest()[:10]
    return f"{raw[: max_bytes - 11].decode('utf-8', 'ignore')}~{mark}"


def relative_name(name: str) -> PurePosixPath:
    r"""An image name from a file as a relative path without "..", drive or characters that a file system refuses.

    >>> str(relative_name("C:\\plates\\..\\A01.tif"))
    'plates/A01.tif'
    """
    slashed = re.sub(r"\\(?!x[0-9a-f]{2})", "/", name)  # \xNN stands for a byte that is no text, see `printable`
    parts = re.sub(r"^[A-Za-z]:(?=/)", "", slashed).split("/")
    kept = [safe_part(part) for part in parts if part.strip(". ")]
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
        if not any(map(is_hidden, relative.parts)) and file.name.lower().endswith(tuple(suffixes)) and file.is_file():
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
        plain = PurePosixPath(without_suffix(str(relative_name(image_name))))
        name = plain
        if _alike(name) in self._taken:  # A01.png beside A01.tif
            name = plain.with_name(relative_name(image_name).name.replace(".", "_"))
        n = 2
        while _alike(name) in self._taken:
            name, n = plain.with_name(f"{plain.name}_{n}"), n + 1
        self._taken.add(_alike(name))
        if str(name) != without_suffix(image_name):
            self._report.add("info", printable(image_name), f"written as {name}{self._suffix}")
        return self._target / f"{name}{self._suffix}"


def _alike(name: PurePosixPath) -> str:
    return unicodedata.normalize("NFC", str(name)).casefold()


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
