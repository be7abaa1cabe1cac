"""An image as one OME-TIFF: its values to the bit, with axes, pixel size, times, channels and its place on a plate."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import tifffile
from numpy.typing import NDArray

from spheroseg.errors import FileNameError
from spheroseg.imaging import Image
from spheroseg.imaging.file_fields import parse_well
from spheroseg.imaging.readers.ome import UNREADABLE

_TYPES = {"float32": "float", "float64": "double", "complex64": "complex", "complex128": "double-complex"}


def write_image(image: Image, path: Path) -> None:
    """Write an image as BigTIFF, uncompressed, pages in the order t, c, z; planes that could not be read are left out, with the reason.

    Args:
        image: its series becomes the file's only one.
        path: the file, which is replaced.
    """
    stored = image.data.dtype.newbyteorder("=")
    samples = 3 if image.is_rgb else 1
    places = _pages(image)

    def pages() -> Iterator[NDArray[Any]]:
        for t, c, z in places:
            plane = image.data[t, c * samples : (c + 1) * samples, z]
            yield np.ascontiguousarray(np.moveaxis(plane, 0, 2) if image.is_rgb else plane[0], dtype=stored)

    shape = (len(places), *image.shape, 3) if image.is_rgb else (len(places), *image.shape)
    tifffile.imwrite(
        path,
        pages(),
        shape=shape,
        dtype=stored,
        bigtiff=True,
        photometric="rgb" if image.is_rgb else "minisblack",
        description=_description(image).encode(),
        metadata=None,
    )


def _pages(image: Image) -> list[tuple[int, int, int]]:
    """(t, c, z) of the pages in their order; the colours of a photograph are one channel."""
    samples = 3 if image.is_rgb else 1
    frames, channels, slices = image.data.shape[:3]
    lost = {(t, c // samples, z) for t, c, z in image.unreadable}
    return [place for place in np.ndindex(frames, channels // samples, slices) if place not in lost]


def _description(image: Image) -> str:
    frames, channels, slices, height, width = image.data.shape
    samples = 3 if image.is_rgb else 1
    places = _pages(image)
    if image.unreadable:
        pages = "".join(
            f'<TiffData IFD="{page}" FirstT="{t}" FirstC="{c * samples}" FirstZ="{z}" PlaneCount="1"/>'
            for page, (t, c, z) in enumerate(places)
        )
    else:
        pages = f'<TiffData IFD="0" PlaneCount="{len(places)}"/>'
    kind = _TYPES.get(image.data.dtype.name, image.data.dtype.name)
    stated = f' SignificantBits="{image.significant_bits}"'
    if image.pixel_size_um is not None:
        for axis, size in zip("YX", image.pixel_size_um, strict=True):
            stated += f' PhysicalSize{axis}="{size!r}" PhysicalSize{axis}Unit="µm"'
    if image.z_step_um is not None:
        stated += f' PhysicalSizeZ="{image.z_step_um!r}" PhysicalSizeZUnit="µm"'
    if image.time_step_s is not None and image.frames_are == "time":
        stated += f' TimeIncrement="{image.time_step_s!r}" TimeIncrementUnit="s"'
    names = ("colours",) if image.is_rgb else image.channel_names
    described = "".join(
        f'<Channel ID="Channel:0:{number}" Name={quoteattr(name)} SamplesPerPixel="{samples}"/>'
        for number, name in enumerate(names)
    )
    planes = ""
    if image.frames_are == "time" and image.time_of_frame_s(0) is not None:
        planes = "".join(
            f'<Plane TheT="{t}" TheC="{c}" TheZ="{z}" DeltaT="{image.time_of_frame_s(t)!r}" DeltaTUnit="s"/>'
            for t, c, z in places
        )
    lost = "".join(
        f'<CommentAnnotation ID="Annotation:{number}" Namespace="{UNREADABLE} {t} {c // samples} {z}">'
        f"<Value>{escape(why)}</Value></CommentAnnotation>"
        for number, ((t, c, z), why) in enumerate(image.unreadable.items())
        if c % samples == 0
    )
    reasons = f"<StructuredAnnotations>{lost}</StructuredAnnotations>" if lost else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" Creator="SpheroSeg">'
        f'{_plate(image)}<Image ID="Image:0" Name={quoteattr(image.name)}>'
        f'<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="{kind}" SizeX="{width}" SizeY="{height}" '
        f'SizeC="{channels}" SizeZ="{slices}" SizeT="{frames}"{stated}>{described}'
        f"{pages}{planes}</Pixels></Image>{reasons}</OME>"
    )


def _plate(image: Image) -> str:
    try:
        _, row, column = parse_well(image.well)
    except FileNameError:
        return ""
    return (
        f'<Plate ID="Plate:0" Name={quoteattr(image.plate)}><Well ID="Well:0:0" Row="{row - 1}" Column="{column - 1}">'
        '<WellSample ID="WellSample:0:0:0" Index="0"><ImageRef ID="Image:0"/></WellSample></Well></Plate>'
    )
