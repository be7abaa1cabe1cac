"""A model beside reference masks: which mask belongs to which image, and how well they agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from spheroseg.analysis import ImageAgreement, Summary, compare, summarise
from spheroseg.errors import ParameterError, SpheroSegError
from spheroseg.formats import labelmask
from spheroseg.imaging import is_image_path, read_image
from spheroseg.pipeline import Parameters, segment

MASK_FOLDERS = ("masks", "mask", "labels", "label", "annotations", "ground_truth", "gt")
MASK_ENDINGS = ("_mask", "_masks", "_label", "_labels", "_seg", "_gt")
MASK_SUFFIXES = {".png", ".tif", ".tiff", ".bmp"}


@dataclass(frozen=True, slots=True)
class Pair:
    """An image and its reference mask.

    Attributes:
        image, mask: the files.
        name: the image's path below the folder that was given.
        folder: what the image is grouped by: its folder's name, less a last part such as "images".
    """

    image: Path
    mask: Path
    name: str
    folder: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well each image agrees with its reference, and all of them together."""

    pairs: tuple[Pair, ...]
    results: tuple[ImageAgreement, ...]
    summary: Summary
    errors: tuple[tuple[str, str], ...]


def find_pairs(images: Path, masks: Path) -> tuple[list[Pair], list[str]]:
    """Match images and masks by their path below the two folders.

    `plate1/images/a.png` finds `plate1/images/a.tif`, `plate1/masks/a.tif`, `plate1/a_mask.png` … below `masks`;
    both folders may be the same one.

    Returns:
        The pairs in order of their names, and the names of images that have no mask.

    Raises:
        ParameterError: a folder does not exist, or no image has a mask.
    """
    for folder in (images, masks):
        if not folder.is_dir():
            raise ParameterError(f"{folder}: there is no such folder")
    by_key: dict[PurePosixPath, Path] = {}
    for path in sorted(masks.rglob("*")):
        if path.is_file() and path.suffix.lower() in MASK_SUFFIXES:
            by_key.setdefault(_mask_key(PurePosixPath(path.relative_to(masks).as_posix())), path)
    pairs, alone = [], []
    for path in sorted(images.rglob("*")):
        relative = PurePosixPath(path.relative_to(images).as_posix())
        if not path.is_file() or not is_image_path(path) or (images == masks and _looks_like_mask(relative)):
            continue
        mask = by_key.get(_image_key(relative))
        if mask is None or mask == path:
            alone.append(str(relative))
            continue
        parts = [part for part in relative.parent.parts if part not in {"images", "image", "img"}]
        own = images.parent if images.name in {"images", "image", "img"} else images
        group = "/".join(parts) or own.name
        pairs.append(Pair(image=path, mask=mask, name=str(relative), folder=group))
    if not pairs:
        raise ParameterError(f"no image in {images} has a mask of the same name in {masks}")
    return pairs, alone


def _looks_like_mask(relative: PurePosixPath) -> bool:
    return any(part in MASK_FOLDERS for part in relative.parent.parts) or relative.stem.endswith(MASK_ENDINGS)


def _mask_key(relative: PurePosixPath) -> PurePosixPath:
    stem = next((relative.stem.removesuffix(e) for e in MASK_ENDINGS if relative.stem.endswith(e)), relative.stem)
    return PurePosixPath(*(part for part in relative.parent.parts if part not in MASK_FOLDERS), stem)


def _image_key(relative: PurePosixPath) -> PurePosixPath:
    folders = (part for part in relative.parent.parts if part not in {"images", "image", "img"})
    return PurePosixPath(*folders, relative.stem)


def evaluate(
    pairs: Sequence[Pair],
    parameters: Parameters,
    on_progress: Callable[[Pair, ImageAgreement | None, str], None] = lambda *_: None,
) -> Evaluation:
    """Segment every image and compare it with its mask; an image that fails is recorded and the rest goes on.

    Raises:
        ParameterError: every image failed.
    """
    kept: list[Pair] = []
    results: list[ImageAgreement] = []
    errors: list[tuple[str, str]] = []
    for pair, result, error in _compare_each(pairs, parameters):
        on_progress(pair, result, error)
        if result is None:
            errors.append((pair.name, error))
            continue
        kept.append(pair)
        results.append(result)
    if not results:
        raise ParameterError(f"none of the {len(pairs)} images could be compared; the first: {errors[0][1]}")
    summary = summarise(results, [pair.folder for pair in kept])
    return Evaluation(tuple(kept), tuple(results), summary, tuple(errors))


def _compare_each(pairs: Sequence[Pair], parameters: Parameters) -> Iterator[tuple[Pair, ImageAgreement | None, str]]:
    for pair in pairs:
        try:
            reference = labelmask.read_labels(pair.mask)
            found = segment(read_image(pair.image), parameters)
            if reference.shape != found.labels.shape:
                raise ParameterError(
                    f"{pair.mask}: the mask is {reference.shape[1]} × {reference.shape[0]} px, "
                    f"its image {found.labels.shape[1]} × {found.labels.shape[0]} px"
                )
            yield pair, compare(reference, found.labels, pixel_size_um=found.pixel_size_um), ""
        except SpheroSegError as error:
            yield pair, None, str(error)
