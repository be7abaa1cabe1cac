"""Images whose annotation file need not say how large they are (GeoJSON, ImageJ ROIs)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from spheroseg.formats.dataset import AnnotatedImage, Report
from spheroseg.formats.parts.image_folder import ImageFolder
from spheroseg.geometry import Polygon, Polygons
from spheroseg.imaging.limits import MAX_SIDE_PX

MAX_SIZE_UM = 1e6  # a pixel of a metre is none of a microscope


@dataclass(frozen=True, slots=True)
class ReadImage:
    """What is known of an image before its outlines are read.

    Attributes:
        name: of the image file.
        shape: (height, width), or None where nobody says.
        pixel_size_um: (y, x), or None.
    """

    name: str
    shape: tuple[int, int] | None
    pixel_size_um: tuple[float, float] | None

    def with_polygons(self, polygons: Sequence[Polygon], report: Report) -> AnnotatedImage:
        """The image with its outlines; without a known size it is the smallest that holds them, and a note says so."""
        shape = self.shape
        if shape is None:
            reach = [polygon.exterior.max(axis=0) for polygon in polygons]
            width, height = np.ceil(np.max(reach, axis=0)) if reach else (1, 1)
            shape = max(1, int(height)), max(1, int(width))
            report.add(
                "info",
                self.name,
                f"its size is not stated; {shape[1]} × {shape[0]} px hold all outlines; give the images' folder",
            )
        return AnnotatedImage(self.name, shape[1], shape[0], Polygons.from_list(polygons), self.pixel_size_um)


def image_of_outlines(name: str, about: Mapping[str, Any], images: ImageFolder | None) -> ReadImage:
    """Name, size and pixel size from the image file where it is at hand, else from what the annotation file says.

    Args:
        name: the image's name in the annotation file.
        about: "width", "height" and "pixel_size_um" as far as the file has them.
        images: the images, or None.

    Raises:
        ImageReadError: the image is there but cannot be read.
    """
    info = images.find(name) if images else None
    size = about.get("pixel_size_um")
    stated = None
    if isinstance(size, (list, tuple)) and len(size) == 2 and all(_is_positive(value) for value in size):
        stated = float(size[0]), float(size[1])
    if info is not None:
        return ReadImage(info.name, (info.height, info.width), stated or info.pixel_size_um)
    width, height = about.get("width"), about.get("height")
    if (
        isinstance(width, int)
        and isinstance(height, int)
        and 1 <= min(width, height) <= max(width, height) <= MAX_SIDE_PX
    ):
        return ReadImage(name, (height, width), stated)
    return ReadImage(name, None, stated)


def _is_positive(value: Any) -> bool:  # noqa: ANN401 -- JSON
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < MAX_SIZE_UM
