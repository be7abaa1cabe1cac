"""OME-TIFF label images: one channel a class, named like it, with pixel size.

A channel holds no two objects on one pixel; objects of different classes may overlap.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import quoteattr

import numpy as np
import tifffile
from numpy.typing import NDArray

from spheroseg.errors import FormatError, ImageReadError
from spheroseg.formats.dataset import AnnotatedImage, Annotations, Report
from spheroseg.formats.parts.files import OneFileAnImage, files_below, replacing
from spheroseg.formats.parts.image_folder import ImageFolder
from spheroseg.formats.parts.labelplane import decode_plane, named_like, note_hidden_pixels, refuse_other_size
from spheroseg.geometry import Polygon, Polygons, trace
from spheroseg.imaging import read_image

SUFFIX = ".ome.tif"
SUFFIXES = (".ome.tif", ".ome.tiff")
TILE_PX = 512


def write_planes(
    planes: NDArray[Any], path: Path, names: Sequence[str], *, pixel_size_um: tuple[float, float] | None
) -> None:
    """Write label planes as channels of one OME-TIFF, deflated, in tiles, whole or not at all.

    Args:
        planes: (c, y, x) uint16 or uint32.
        path: the file.
        names: one a channel.
        pixel_size_um: (y, x) in µm, or None.
    """
    with replacing(path) as temporary:
        tifffile.imwrite(
            temporary,
            planes,
            photometric="minisblack",
            planarconfig="separate" if len(planes) > 1 else None,
            compression="zlib",
            tile=(TILE_PX, TILE_PX) if min(planes.shape[1:]) >= TILE_PX else None,
            # our own description: tifffile's holds a random number, and the same labels should give the same file
            description=_description(planes, names, pixel_size_um).encode(),
            metadata=None,
        )


def _description(planes: NDArray[Any], names: Sequence[str], pixel_size_um: tuple[float, float] | None) -> str:
    n, height, width = planes.shape
    size = ""
    if pixel_size_um is not None:
        size = (
            f' PhysicalSizeX="{pixel_size_um[1]!r}" PhysicalSizeXUnit="µm"'
            f' PhysicalSizeY="{pixel_size_um[0]!r}" PhysicalSizeYUnit="µm"'
        )
    channels = "".join(
        f'<Channel ID="Channel:0:{i}" Name={quoteattr(name)} SamplesPerPixel="1"/>' for i, name in enumerate(names)
    )
    data = "".join(f'<TiffData FirstC="{i}" FirstZ="0" FirstT="0" IFD="{i}" PlaneCount="1"/>' for i in range(n))
    identity = uuid.UUID(bytes=hashlib.sha256(planes.tobytes() + size.encode()).digest()[:16], version=4)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        'xsi:schemaLocation="http://www.openmicroscopy.org/Schemas/OME/2016-06 '
        f'http://www.openmicroscopy.org/Schemas/OME/2016-06/ome.xsd" UUID="urn:uuid:{identity}" Creator="SpheroSeg">'
        '<Image ID="Image:0" Name="labels">'
        f'<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="{planes.dtype.name}" SizeX="{width}" SizeY="{height}" '
        f'SizeC="{n}" SizeZ="1" SizeT="1"{size}>{channels}{data}</Pixels></Image></OME>'
    )


def write(annotations: Annotations, path: Path | str) -> Report:
    """Write one OME-TIFF an image.

    Args:
        annotations: the images.
        path: a folder, or the .ome.tif of the only image.

    Returns:
        What label planes cannot hold: confidences, pixels under another object of the same class.
    """
    report = Report()
    files = OneFileAnImage(Path(path), SUFFIX, report)
    for image in annotations.images:
        names = list(dict.fromkeys(image.polygons.class_names)) or ["spheroid"]
        planes = np.stack([image.labels(name) for name in names])
        planes = planes.astype(np.uint16 if planes.max() <= 65_535 else np.uint32)
        write_planes(planes, files.path_for(image.name), names, pixel_size_um=image.pixel_size_um)
        for name, plane in zip(names, planes, strict=True):
            note_hidden_pixels(image, plane, {name}, report)
        if not np.isnan(image.polygons.confidences).all():
            report.add("lost", "", "OME-TIFF labels hold no confidences")
        report.n_images += 1
        report.n_objects += sum(1 for _ in image.objects())
    return report


def read(path: Path | str, *, images: ImageFolder | None = None) -> tuple[Annotations, Report]:
    """Read a label OME-TIFF or all below a folder; each channel is a class of the channel's name.

    Raises:
        FormatError: the path does not exist.
    """
    report, found = Report(), []
    for file, name in files_below(Path(path), SUFFIXES):
        try:
            image = _read_image(file, name, report)
            refuse_other_size(file, image, images)
        except (FormatError, ImageReadError) as error:
            report.add("refused", name, error.reason)
            continue
        found.append(named_like(image, images))
        report.n_images += 1
        report.n_objects += sum(1 for _ in image.objects())
    return Annotations(tuple(found)), report


def _read_image(file: Path, name: str, report: Report) -> AnnotatedImage:
    image = read_image(file)
    if image.n_frames * image.n_slices != 1:
        raise FormatError(file, f"a stack of {image.n_frames * image.n_slices} planes; one plane an image is read")
    polygons: list[Polygon] = []
    for c in range(image.n_channels):
        class_name = image.channel_names[c] if c < len(image.channel_names) else ""
        known = class_name and class_name.lower() not in {"labels", "label", "mask", "grey"}
        labels = decode_plane(image.plane(c=c), file, report, where=name)
        polygons += trace(labels, class_name=class_name if known else "spheroid")
    height, width = image.shape
    ending = next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), "")
    return AnnotatedImage(
        f"{name[: len(name) - len(ending)]}.tif", width, height, Polygons.from_list(polygons), image.pixel_size_um
    )
