"""Label masks that were made elsewhere: found, paired with their images, measured."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from spheroseg.batch.inputs import InputFile, find_inputs
from spheroseg.errors import ParameterError, SpheroSegError
from spheroseg.formats import labelmask
from spheroseg.imaging import Image, read_image
from spheroseg.measurement import measure

MASK_ENDINGS = ("_mask", "_masks", "_label", "_labels", "_seg", "_cp_masks")


def measure_masks(
    masks: Sequence[InputFile], images: Path | None, pixel_size_um: tuple[float, float] | None, region: str
) -> Iterator[tuple[pd.DataFrame, dict[str, Any]]]:
    """A table (one row an object, first column `image`) and a row about each mask; `error` tells why a table is empty.

    Args:
        masks: label masks.
        images: folder of the images that they belong to (same stem, or the stem less an ending such as "_mask");
            None measures shape only.
        pixel_size_um: (y, x), over what the image and the mask say.
        region: "filled" or "net".

    Raises:
        ParameterError: the folder of images does not exist.
    """
    if images is not None and not images.is_dir():
        raise ParameterError(f"{images}: there is no such folder")
    by_stem = {file.path.stem: file.path for file in find_inputs([images])[0]} if images is not None else {}
    for file in masks:
        row: dict[str, Any] = {"image": file.name, "file": file.relative, "status": "ok", "error": ""}
        try:
            labels, mask_pixel_size_um = labelmask.read_calibrated_labels(file.path)
            image = None
            if images is not None:
                image = _image_of(file.path, by_stem)
                if image.shape != labels.shape:
                    raise ParameterError(
                        f"{file.path}: the mask is {labels.shape[1]} × {labels.shape[0]} px, "
                        f"its image {image.shape[1]} × {image.shape[0]} px"
                    )
            known = pixel_size_um or (image.pixel_size_um if image else None) or mask_pixel_size_um
            table = measure(labels, image, pixel_size_um=known, region=region)
        except SpheroSegError as error:
            yield pd.DataFrame(), row | {"status": "failed", "error": str(error)}
            continue
        size = known or (None, None)
        row |= {"pixel_size_x_um": size[1], "pixel_size_y_um": size[0], "n_objects": len(table), "region": region}
        table.insert(0, "image", file.name)
        yield table, row


def _image_of(mask: Path, by_stem: dict[str, Path]) -> Image:
    endings = ("", *MASK_ENDINGS)
    stems = (mask.stem.removesuffix(ending) for ending in endings if mask.stem.endswith(ending))
    path = next((by_stem[stem] for stem in stems if stem in by_stem), None)
    if path is None:
        raise ParameterError(f"{mask}: there is no image of this name")
    image = read_image(path)
    if image.n_frames > 1 or image.n_slices > 1:
        raise ParameterError(f"{path}: a mask belongs to one plane, and this image has several frames or z planes")
    return image
