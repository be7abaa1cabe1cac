"""Which files a person meant, and the name each one's results get."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spheroseg.batch.names import result_names
from spheroseg.errors import printable
from spheroseg.imaging import (
    Image,
    ImageSource,
    count_series,
    images_among_files,
    images_below,
    is_image_path,
    read_image,
)
from spheroseg.imaging.filenames import WellForms, forms_by_folder
from spheroseg.imaging.folder import ZARR, is_results_folder, list_folder, natural_key
from spheroseg.imaging.other_kinds import other_kind


@dataclass(frozen=True, slots=True)
class InputFile:
    """One file to process.

    Attributes:
        path: the file.
        name: what its results are called: unique in the batch, the file's stem where that is enough.
        relative: the path below the folder that was given, for the tables; plain text whatever bytes the name holds.
        source: how it is read where it is more than a file: a field of a plate, a set of files.
        url: where it lies in a bucket; `path` is then only its path below the place that was given.
        mark: of an object in a bucket, what tells that its content is still the same.
        forms: of the names in its folder, see `filenames.forms_of_wells`.
    """

    path: Path
    name: str
    relative: str
    source: ImageSource | None = None
    url: str = ""
    mark: str = ""
    forms: WellForms = frozenset()

    def read(self, series: int, *, axes: str | None = None, interval_s: float | None = None) -> Image:
        """One series of it; the arguments and what is raised are those of `read_image`."""
        if self.source is not None:
            return self.source.read(series=series, axes=axes, interval_s=interval_s)
        return read_image(self.path, series=series, axes=axes, interval_s=interval_s)

    def count_series(self) -> int:
        """How many series it has, where the first one cannot be read; 1 where that cannot be told either."""
        is_field = self.source is not None and self.source.plate_image is not None
        return 1 if is_field else count_series(self.path)

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that it is made of."""
        plate_image = self.source.plate_image if self.source is not None else None
        return (self.path,) if plate_image is None else tuple(file.path for file in plate_image.files)


@dataclass(frozen=True, slots=True)
class Inputs:
    """What some files, folders and patterns came to.

    Attributes:
        files: in natural order without repeats.
        problems: one sentence for each input that led to nothing; something the person asked for is not there.
        left_out: what was understood of the folders, and one sentence for each kind of file that was passed over.
    """

    files: tuple[InputFile, ...]
    problems: tuple[str, ...]
    left_out: tuple[str, ...]


def find_inputs(inputs: Sequence[str | Path], *, exclude: Path | None = None, are_masks: bool = False) -> Inputs:
    """Expand files, folders and patterns.

    Several files, given one by one (as a shell does with `plate/*.tif`) or by a pattern, are understood as a folder is: planes
    of a plate become its fields, of a set one file stands for all, and thumbnails and label masks beside images are left out.
    A file that is given alone is taken whatever it is. Folders with the results of an earlier run are never gone into, and what lies beside images as their masks is not
    taken for an image.

    Args:
        inputs: files (taken whatever their suffix), folders (searched to any depth for image suffixes) and
            glob patterns ("plate1/**/*.tif").
        exclude: a folder whose content is never taken: the results folder.
        are_masks: masks are looked for: then none is passed over, and a results folder that is given means its masks.
    """
    found: dict[Path, str] = {}
    sources: dict[Path, ImageSource] = {}
    problems: list[str] = []
    left_out: list[str] = []
    one_by_one: dict[Path, str] = {}
    for given in inputs:
        candidates, problem = _expand(given, exclude, left_out, sources, are_masks=are_masks)
        if problem or not candidates:
            problems.append(problem or f"{printable(given)}: no images in here")
        for path, relative in candidates:
            found.setdefault(path.resolve(), relative)
            if not Path(given).is_dir():
                one_by_one.setdefault(path.resolve(), relative)
    if len(one_by_one) > 1 and not are_masks:
        _understand(one_by_one, found, sources, left_out)
    ordered = sorted(_distinct_names(found).items(), key=lambda item: natural_key(item[1]))
    names = result_names([relative for _, relative in ordered])
    forms = forms_by_folder(path for path, _ in ordered)
    files = tuple(
        InputFile(
            path=path, name=name, relative=printable(relative), source=sources.get(path), forms=forms[path.parent]
        )
        for (path, relative), name in zip(ordered, names, strict=True)
    )
    return Inputs(files, tuple(problems), tuple(left_out))


def _understand(
    one_by_one: dict[Path, str], found: dict[Path, str], sources: dict[Path, ImageSource], left_out: list[str]
) -> None:
    """Puts files that belong together into one source, and takes those away that are no images of their own."""
    files = sorted((path for path in one_by_one if path.is_file()), key=lambda path: natural_key(str(path)))
    images = [path for path in files if is_image_path(path)]
    if len(images) < 2:
        return
    folder = Path(os.path.commonpath([path.parent for path in images]))
    listing = images_among_files(folder, images)
    taken = {source.path.resolve(): source for source in listing.sources}
    kept = {path for path in images if path in taken or other_kind(path.name) is not None}
    for path in images:
        if path not in kept:
            del found[path]
    for path, source in taken.items():
        if source.plate_image is not None or source.n_files > 1:
            sources.setdefault(path, source)
        if source.plate_image is not None:
            found[path] = source.relative
    # each of those fails by itself, with its reason
    left_out += [printable(sentence) for sentence in listing.sentences(with_unread=False)]


def _distinct_names(found: dict[Path, str]) -> dict[Path, str]:
    """Files of several given folders that would have one path below them get more of their folders' names."""
    files_of: dict[str, list[Path]] = {}
    for path, relative in found.items():
        files_of.setdefault(relative, []).append(path)
    names = dict(found)
    for alike in files_of.values():
        if len(alike) > 1:
            shared = Path(os.path.commonpath(alike))
            names |= {path: path.relative_to(shared).as_posix() for path in alike}
    return names


def _expand(
    given: str | Path,
    exclude: Path | None,
    left_out: list[str],
    sources: dict[Path, ImageSource],
    *,
    are_masks: bool,
) -> tuple[list[tuple[Path, str]], str]:
    path = Path(given)
    if path.is_dir() and path.suffix.lower() == ZARR:
        return [(path, path.name)], ""
    if path.is_dir():
        if is_results_folder(path):
            if not are_masks or not (path / "masks").is_dir():
                return [], f"{printable(path)}: holds the results of an earlier run, which are never inputs"
            path /= "masks"
        if are_masks:
            masks = [mask for mask in list_folder(path).images if not _is_below(mask, exclude)]
            return [(mask, mask.relative_to(path).as_posix()) for mask in masks], ""
        listing = images_below(path, exclude=exclude)
        left_out += [printable(sentence) for sentence in listing.sentences()]
        sources |= {source.path.resolve(): source for source in listing.sources}
        return [(source.path, source.relative) for source in listing.sources], ""
    if path.exists():
        return [(path, path.name)], ""
    if glob.has_magic(str(given)):
        fixed = _fixed_part(path)
        matches = [Path(match) for match in glob.glob(str(given), recursive=True)]  # noqa: PTH207 -- Path.glob takes no absolute pattern
        files = [match for match in matches if match.is_file() and not _is_below(match, exclude)]
        found = [(match, match.relative_to(fixed).as_posix()) for match in files]
        return found, "" if found else f"{printable(path)}: matches no file"
    return [], f"{printable(path)}: there is no such file or folder"


def _fixed_part(pattern: Path) -> Path:
    """The folders of a pattern before its first wildcard."""
    parts = pattern.parts
    first = next(i for i, part in enumerate(parts) if glob.has_magic(part))
    return Path(*parts[:first])


def _is_below(path: Path, folder: Path | None) -> bool:
    return folder is not None and path.resolve().is_relative_to(folder.resolve())
