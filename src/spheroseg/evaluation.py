"""A model beside reference masks: which mask belongs to which image, and how well they agree."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from numpy.typing import NDArray

from spheroseg.analysis import ImageAgreement, Summary, compare, summarise
from spheroseg.errors import ParameterError, SpheroSegError, printable
from spheroseg.formats import labelmask
from spheroseg.formats.dataset import Report
from spheroseg.imaging import Image, read_image
from spheroseg.imaging.pairing import IMAGE_FOLDERS, core_masks, images_and_masks, pair
from spheroseg.pipeline import Parameters, segment
from spheroseg.records import PixelSize

Outline = Callable[[Image, NDArray[Any]], NDArray[Any]]
"""From an image and its reference labels to labels; only an oracle baseline looks at the reference."""


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
class Pairs:
    """Images with their masks, and what is without.

    Attributes:
        pairs: in natural order of the images.
        alone: images that have no mask.
        problems: a sentence for each image that could have several masks, and each mask that could have several images.
    """

    pairs: tuple[Pair, ...]
    alone: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well each image agrees with its reference, and all of them together.

    Attributes:
        pairs: the images that could be compared.
        results: one a pair.
        summary: of all.
        errors: (image, reason) of each that could not be compared.
        notes: (image, note) of what was found out about a mask while it was read.
    """

    pairs: tuple[Pair, ...]
    results: tuple[ImageAgreement, ...]
    summary: Summary
    errors: tuple[tuple[str, str], ...]
    notes: tuple[tuple[str, str], ...]


def find_pairs(images: Path, masks: Path) -> Pairs:
    """Match images and masks by their paths below the two folders, see `imaging.pairing`.

    `plate1/images/a.png` finds `plate1/images/a.tif`, `plate1/masks/a.tif`, `plate1/a_mask.png` … below `masks`;
    both folders may be the same one.

    Raises:
        ParameterError: a folder does not exist, or no image has a mask.
    """
    for folder in (images, masks):
        if not folder.is_dir():
            raise ParameterError(f"{printable(folder)}: there is no such folder")
    images_by_name, masks_by_name = images_and_masks(images, masks)
    cores = core_masks(masks_by_name)
    whole = {name: path for name, path in masks_by_name.items() if name not in cores}
    pairing = pair(images_by_name, whole)
    own = images.parent if images.name.casefold() in IMAGE_FOLDERS else images
    pairs = []
    for image, mask in pairing.pairs:
        folders = [part for part in PurePosixPath(image).parent.parts if part.casefold() not in IMAGE_FOLDERS]
        group = "/".join(folders) or own.name
        pairs.append(Pair(images_by_name[image], whole[mask], printable(image), printable(group)))
    problems = tuple(dict.fromkeys(pairing.problems.values()))
    if not pairs:
        reason = problems[0] if problems else f"no image in {images} has a mask of its name in {masks}"
        raise ParameterError(reason)
    return Pairs(tuple(pairs), tuple(map(printable, pairing.images_alone)), problems)


def by_parameters(parameters: Parameters) -> Outline:
    """What people get with these choices."""

    def outline(image: Image, _reference: NDArray[Any]) -> NDArray[Any]:
        return segment(image, parameters).labels

    return outline


def evaluate(
    pairs: Sequence[Pair],
    outline: Outline,
    *,
    pixel_size_um: PixelSize | None = None,
    on_progress: Callable[[Pair, ImageAgreement | None, str], None] = lambda *_: None,
) -> Evaluation:
    """Outline every image and compare it with its mask; an image that fails is recorded and the rest goes on.

    Args:
        pairs: the images with their masks.
        outline: what is judged, such as `by_parameters(Parameters(model="spheroid"))`.
        pixel_size_um: (y, x), over what the images say.
        on_progress: called after each pair with its agreement, or with why there is none.

    Raises:
        ParameterError: every image failed.
    """
    kept: list[Pair] = []
    results: list[ImageAgreement] = []
    errors: list[tuple[str, str]] = []
    notes: list[tuple[str, str]] = []
    for one in pairs:
        report = Report()
        try:
            results.append(compare_with_mask(one.image, one.mask, outline, pixel_size_um, report)[0])
        except (SpheroSegError, MemoryError, OSError) as error:
            errors.append((one.name, str(error) or "there is not enough memory for this image"))
            on_progress(one, None, errors[-1][1])
            continue
        kept.append(one)
        notes += [(one.name, note.reason) for note in report.notes]
        on_progress(one, results[-1], "")
    if not results:
        raise ParameterError(f"none of the {len(pairs)} images could be compared; the first: {errors[0][1]}")
    summary = summarise(results, [one.folder for one in kept])
    return Evaluation(tuple(kept), tuple(results), summary, tuple(errors), tuple(notes))


def compare_with_mask(
    image: Path,
    mask: Path,
    outline: Outline,
    pixel_size_um: PixelSize | None = None,
    report: Report | None = None,
) -> tuple[ImageAgreement, NDArray[Any]]:
    """One image outlined and compared with its mask: the one way for commands, benchmarks and training.

    Args:
        image: file.
        mask: file of its reference labels.
        outline: what is judged.
        pixel_size_um: (y, x), over what the image says.
        report: gets what was found out about the mask while it was read.

    Returns:
        The agreement, and the labels that were found.

    Raises:
        ImageReadError, FormatError: the image or the mask cannot be read.
        ParameterError: the two differ in size.
    """
    reference = labelmask.read_labels(mask, report=report)
    pixels = read_image(image)
    labels = outline(pixels, reference)
    if reference.shape != labels.shape:
        raise ParameterError(
            f"{printable(mask)}: the mask is {reference.shape[1]} × {reference.shape[0]} px, "
            f"its image {labels.shape[1]} × {labels.shape[0]} px"
        )
    return compare(reference, labels, pixel_size_um=pixel_size_um or pixels.pixel_size_um), labels
