"""Label masks that were made elsewhere: found, paired with their images, measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from spheroseg.batch.inputs import InputFile
from spheroseg.batch.process import reason_of
from spheroseg.errors import ParameterError, printable
from spheroseg.formats import labelmask
from spheroseg.formats.dataset import Report
from spheroseg.imaging import Image, read_image
from spheroseg.imaging.folder import list_folder
from spheroseg.imaging.pairing import core_masks, images_among, looks_like_mask, masks_among, pair
from spheroseg.measurement import measure


@dataclass(frozen=True, slots=True)
class MaskPairs:
    """The masks to measure, and the image of each.

    Attributes:
        masks: in the order they were given, without the images that lay among them.
        images: the image of each mask, by the mask's file; empty where masks are measured alone.
        problems: why a mask has no image, by the mask's file.
        images_alone: images without a mask, as paths below their folder.
        cores: files of masks that hold the cores of another one.
    """

    masks: tuple[InputFile, ...]
    images: dict[Path, Path]
    problems: dict[Path, str]
    images_alone: tuple[str, ...]
    cores: frozenset[Path]

    def image_of(self, mask: InputFile, shape: tuple[int, ...]) -> Image | None:
        """The image of a mask, or None where masks are measured alone.

        Raises:
            ParameterError: it has none, several fit, or it is of another size than the mask's (y, x) `shape`.
            ImageReadError: it cannot be read.
        """
        if mask.path in self.problems:
            raise ParameterError(self.problems[mask.path])
        return _image_of(self.images[mask.path], shape) if self.images else None


def pair_masks(files: Sequence[InputFile], images: Path | None) -> MaskPairs:
    """Find the image of each mask by its path; what lies among the masks as an image of the folder is no mask.

    Args:
        files: masks, and possibly the images beside them.
        images: folder of the images; None measures shape only.

    Raises:
        ParameterError: there is no such folder.
    """
    masks = {file.relative: file.path for file in files}
    if images is None:
        own = {masks.pop(name) for name in images_among(masks)}
        cores = frozenset(masks[name] for name in core_masks(masks))
        return MaskPairs(_without(files, own), {}, {}, (), cores)
    if not images.is_dir():
        raise ParameterError(f"{printable(images)}: there is no such folder")
    below = {path.relative_to(images).as_posix(): path.resolve() for path in list_folder(images).images}
    beside = masks_among(below)
    given = set(masks.values())
    # an image among the masks, unless all that lies there is given and looks the same
    chosen = {
        name: path
        for name, path in below.items()
        if name not in beside and not (looks_like_mask(name) and path in given)
    }
    own = set(chosen.values())
    masks = {name: path for name, path in masks.items() if path not in own}
    pairing = pair(chosen, masks)
    problems = {masks[name]: sentence for name, sentence in pairing.problems.items()}
    problems |= {masks[name]: _without_image(name, chosen) for name in pairing.masks_alone}
    return MaskPairs(
        _without(files, own),
        {masks[mask]: chosen[image] for image, mask in pairing.pairs},
        problems,
        tuple(map(printable, pairing.images_alone)),
        frozenset(masks[name] for name in core_masks(masks)),
    )


def _without(files: Sequence[InputFile], images: set[Path]) -> tuple[InputFile, ...]:
    return tuple(file for file in files if file.path not in images)


def _without_image(mask: str, images: dict[str, Path]) -> str:
    name = Path(mask).name.casefold()
    elsewhere = [image for image in images if Path(image).name.casefold() == name]
    hint = f"; {printable(elsewhere[0])} has its name but lies in another folder" if elsewhere else ""
    return f"there is no image of this name{hint}"


def measure_masks(
    pairs: MaskPairs, pixel_size_um: tuple[float, float] | None, region: str
) -> Iterator[tuple[pd.DataFrame, dict[str, Any]]]:
    """A table (one row an object, first column `image`) and a row about each mask; `error` tells why a table is empty.

    Args:
        pairs: masks and images.
        pixel_size_um: (y, x), over what the image and the mask say.
        region: "filled" or "net".
    """
    for file in pairs.masks:
        row: dict[str, Any] = {"image": file.name, "file": file.relative, "status": "ok", "error": "", "notes": ""}
        report = Report()
        try:
            labels, mask_pixel_size_um = labelmask.read_calibrated_labels(file.path, report=report)
            image = pairs.image_of(file, labels.shape)
            known = pixel_size_um or (image.pixel_size_um if image else None) or mask_pixel_size_um
            class_name = labelmask.CORE if file.path in pairs.cores else "spheroid"
            table = measure(labels, image, pixel_size_um=known, region=region, class_name=class_name)
        except Exception as error:  # noqa: BLE001 -- nothing that one mask does ends the others
            yield pd.DataFrame(), row | {"status": "failed", "error": reason_of(error)}
            continue
        size = known or (None, None)
        row["notes"] = "; ".join([*(note.reason for note in report.notes), *(image.notes if image else ())])
        row |= {"pixel_size_x_um": size[1], "pixel_size_y_um": size[0], "n_objects": len(table), "region": region}
        table.insert(0, "image", file.name)
        yield table, row


def _image_of(path: Path, shape: tuple[int, ...]) -> Image:
    image = read_image(path)
    if image.n_frames > 1 or image.n_slices > 1:
        raise ParameterError(
            f"its image {printable(path.name)} has several frames or z planes, and a mask belongs to one plane"
        )
    if image.shape != shape:
        raise ParameterError(
            f"the mask is {shape[1]} × {shape[0]} px, its image {printable(path.name)} "
            f"{image.shape[1]} × {image.shape[0]} px"
        )
    return image
