"""Overlay PNG: the image as a screen shows it, with outlines and object numbers on top, to be looked at.

OpenCV is imported on first use, as in `imaging.render`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

from spheroseg.errors import FileError, ParameterError
from spheroseg.formats.dataset import Annotations, Report
from spheroseg.formats.parts.files import OneFileAnImage, replacing
from spheroseg.formats.parts.image_folder import ImageFolder
from spheroseg.geometry import Polygons
from spheroseg.imaging import Image, read_image, thumbnail

Picture = NDArray[np.uint8]

#: the bright colours of Okabe and Ito 2008, told apart by every kind of colour vision; their dark blue and black are
#: left out, as they vanish on dark images
COLOURS = ((86, 180, 233), (240, 228, 66), (213, 94, 0), (0, 158, 115), (230, 159, 0), (204, 121, 167))
CORE_COLOUR = (255, 255, 255)
RIM_COLOUR = (0, 0, 0)

MIN_SIDE_PX = 768
MAX_SIDE_PX = 4096
MIN_OBJECT_PX = 36
MIN_TEXT_PX = 13
_FRACTION_BITS = 4  # OpenCV draws at 1/16 pixel


def draw_overlay(picture: NDArray[Any], polygons: Polygons, *, scale: float = 1.0, show_ids: bool = True) -> Picture:
    """Draw outlines and object numbers on a picture.

    Objects take the colours in turn by label, so neighbours usually differ; cores are white. Every line and number has
    a dark rim. An object's number stands in its middle, or beside it where it would hide a small object.

    Args:
        picture: (h, w) or (h, w, 3) uint8.
        polygons: outlines in pixels of the image.
        scale: pixels of the picture for one pixel of the image.
        show_ids: draw the numbers.

    Returns:
        (h, w, 3) uint8 red, green, blue; a new array.

    Raises:
        ParameterError: the picture is not uint8 of one or three channels.
    """
    if picture.dtype != np.uint8 or picture.ndim not in {2, 3} or (picture.ndim == 3 and picture.shape[2] != 3):
        raise ParameterError(f"a picture is (h, w) or (h, w, 3) uint8; this is {picture.dtype} {picture.shape}")
    canvas = np.ascontiguousarray(np.repeat(picture[..., None], 3, axis=2) if picture.ndim == 2 else picture.copy())
    # edges lie between pixels, so an even width is sharp on both sides
    width_px = 2 * max(1, round(min(canvas.shape[:2]) / 1200))
    _draw_lines(canvas, polygons, scale, width_px)
    if not show_ids or not len(polygons):
        return canvas
    drawing = PillowImage.fromarray(canvas)
    _draw_ids(drawing, _objects(polygons, scale))
    return np.asarray(drawing)


def overlay_picture(
    image: Image, polygons: Polygons, *, t: int = 0, z: int = 0, show_ids: bool = True, max_side_px: int = MAX_SIDE_PX
) -> Picture:
    """The overlay of one plane of an image.

    Small images and images of small objects are enlarged by a whole number, large ones reduced, so that numbers can be
    read: shorter side ≥ 768 px and a typical object ≥ 36 px, as far as the longest side allows.

    Args:
        image: raw values; shown with the default window of each channel.
        polygons: outlines in pixels of the image.
        t: frame.
        z: slice.
        show_ids: draw the numbers.
        max_side_px: longest side of the picture.

    Returns:
        (h, w, 3) uint8.
    """
    height, width = image.shape
    longest = max(height, width)
    wanted = MIN_SIDE_PX / min(height, width)
    if len(polygons):
        wanted = max(wanted, MIN_OBJECT_PX / max(1.0, float(np.median(_sizes(polygons)))))
    factor = int(min(np.ceil(wanted), max_side_px // longest)) if longest <= max_side_px else 1
    background = thumbnail(image, max_side_px, t=t, z=z)
    if factor > 1:
        background = background.repeat(factor, axis=0).repeat(factor, axis=1)
    return draw_overlay(background, polygons, scale=background.shape[1] / width, show_ids=show_ids)


def write_overlay(
    image: Image, polygons: Polygons, path: Path | str, *, t: int = 0, z: int = 0, show_ids: bool = True
) -> None:
    """Write the overlay of one plane of an image as PNG, whole or not at all; see `overlay_picture`."""
    picture = overlay_picture(image, polygons, t=t, z=z, show_ids=show_ids)
    with replacing(Path(path)) as temporary:
        PillowImage.fromarray(picture).save(temporary, format="PNG", compress_level=3)


def write(annotations: Annotations, path: Path | str, images: ImageFolder) -> Report:
    """Write the overlay of each image whose file is found, of its first frame and slice.

    Args:
        annotations: the images.
        path: a folder, or the .png of the only image.
        images: the image files.
    """
    report = Report()
    files = OneFileAnImage(Path(path), ".png", report)
    for image in annotations.images:
        try:
            info = images.find(image.name)
        except FileError as error:
            report.add("refused", image.name, error.reason)
            continue
        if info is None or (info.height, info.width) != image.shape:
            report.add("refused", image.name, "its image was not found, or is of another size")
            continue
        write_overlay(read_image(info.path), image.polygons, files.path_for(image.name))
        report.n_images += 1
        report.n_objects += sum(1 for _ in image.objects())
    report.add("lost", "", "an overlay is a picture to look at; nothing can be read back from it")
    return report


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Where an object is in the picture: bounding box in picture pixels, centre, label."""

    label: int
    is_core: bool
    box: tuple[float, float, float, float]
    centre: tuple[float, float]


def _draw_lines(canvas: Picture, polygons: Polygons, scale: float, width_px: int) -> None:
    import cv2  # noqa: PLC0415 -- see the module's docstring

    # OpenCV's pixel centres are whole numbers, ours lie at .5
    points = np.rint((polygons.vertices * scale - 0.5) * 2**_FRACTION_BITS).astype(np.int32)
    first_rings, starts = polygons.ring_start, polygons.vertex_start
    rings = [
        [points[starts[r] : starts[r + 1]] for r in range(first_rings[i], first_rings[i + 1])]
        for i in range(len(polygons))
    ]
    for outline in rings:
        cv2.polylines(canvas, outline, True, RIM_COLOUR, width_px + 2, cv2.LINE_AA, _FRACTION_BITS)
    for outline, label, class_name in zip(rings, polygons.labels, polygons.class_names, strict=True):
        colour = CORE_COLOUR if class_name == "core" else _colour_of(int(label))
        cv2.polylines(canvas, outline, True, colour, width_px, cv2.LINE_AA, _FRACTION_BITS)


def _draw_ids(drawing: PillowImage.Image, objects: list[_Drawn]) -> None:
    pen = ImageDraw.Draw(drawing)
    for item in objects:
        if item.is_core:
            continue
        left, top, right, bottom = item.box
        text = str(item.label)
        size = float(np.clip(min(right - left, bottom - top) * 0.35, MIN_TEXT_PX, min(drawing.size) / 28 + MIN_TEXT_PX))
        font = ImageFont.load_default(round(size))
        x0, y0, x1, y1 = pen.textbbox((0, 0), text, font=font, anchor="mm")
        fits = x1 - x0 <= 0.8 * (right - left) and y1 - y0 <= 0.6 * (bottom - top)
        x, y = item.centre if fits else (item.centre[0], top - (y1 - y0) / 2 - 3)
        x = min(max(x, -x0 + 1), drawing.width - x1 - 1)
        y = min(max(y, -y0 + 1), drawing.height - y1 - 1)
        pen.text(
            (x, y),
            text,
            font=font,
            anchor="mm",
            fill=_lighter(_colour_of(item.label)),
            stroke_width=max(1, round(size / 8)),
            stroke_fill=RIM_COLOUR,
        )


def _objects(polygons: Polygons, scale: float) -> list[_Drawn]:
    """One entry an object: its number belongs to its largest part."""
    largest: dict[tuple[int, bool], tuple[float, _Drawn]] = {}
    for i, (label, class_name) in enumerate(zip(polygons.labels, polygons.class_names, strict=True)):
        ring = polygons.ring_start[i]
        exterior = polygons.vertices[polygons.vertex_start[ring] : polygons.vertex_start[ring + 1]] * scale
        low, high = exterior.min(axis=0), exterior.max(axis=0)
        size = float((high - low).prod())
        key = (int(label), class_name == "core")
        if key not in largest or largest[key][0] < size:
            centre = (low + high) / 2
            box = (float(low[0]), float(low[1]), float(high[0]), float(high[1]))
            largest[key] = size, _Drawn(key[0], key[1], box, (float(centre[0]), float(centre[1])))
    return [drawn for _, drawn in largest.values()]


def _sizes(polygons: Polygons) -> NDArray[np.float64]:
    """Shorter side of each object's bounding box in image pixels."""
    return np.array([min(o.box[2] - o.box[0], o.box[3] - o.box[1]) for o in _objects(polygons, 1.0)])


def _colour_of(label: int) -> tuple[int, int, int]:
    return COLOURS[label % len(COLOURS)]


def _lighter(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """Half way to white: thin strokes need more contrast than lines."""
    red, green, blue = ((component + 255) // 2 for component in colour)
    return red, green, blue
