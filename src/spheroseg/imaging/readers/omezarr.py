"""OME-Zarr 0.1 to 0.5 → Image: one series an image; of a plate, one series a field of a well.

Source: the OME-NGFF specification (ngff.openmicroscopy.org), versions 0.4 and 0.5. The first (full) resolution is read.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import zarr

from spheroseg.errors import FileNameError, ImageReadError
from spheroseg.imaging import limits
from spheroseg.imaging.filenames import parse_well
from spheroseg.imaging.image import Image
from spheroseg.imaging.readers.axes import StatedAxes, name_channels, to_tczyx
from spheroseg.imaging.scale import Claim, judge
from spheroseg.imaging.units import duration_s, length_um

_DEFAULT_AXES = "tczyx"  # before version 0.3 the order was fixed
_MAX_IMAGES = 1_000_000


@dataclass(frozen=True, slots=True)
class ZarrImage:
    """One image of a store: the path of its group, and its place on a plate."""

    group: str
    name: str
    plate: str = ""
    well: str = ""
    field: int | None = None


def is_zarr(path: Path) -> bool:
    """Whether a folder is the root of a Zarr store."""
    return path.is_dir() and any((path / name).is_file() for name in ("zarr.json", ".zgroup", ".zattrs"))


def images_of(path: Path) -> list[ZarrImage]:
    """The images of a store in order.

    Raises:
        ImageReadError: it holds none, or cannot be read.
    """
    root = _open(path)
    attributes = _attributes(root)
    if "plate" in attributes:
        return _fields(path, root, attributes["plate"])
    if "multiscales" in attributes:
        return [ZarrImage("", str(attributes["multiscales"][0].get("name") or ""))]
    series = (
        attributes.get("series") or _attributes(root["OME"]).get("series")
        if "OME" in root
        else attributes.get("series")
    )
    names = [str(name) for name in series or sorted((name for name in root.group_keys() if name.isdecimal()), key=int)]
    found = [
        ZarrImage(_inside(path, name), name)
        for name in names
        if name in root and "multiscales" in _attributes(root[name])
    ]
    if not found:
        raise ImageReadError(path, "the Zarr store holds no OME-Zarr image (no multiscales, plate or series)")
    return found


def count_series(path: Path) -> int:
    """How many images the store has."""
    return len(images_of(path))


def read(path: Path, series: int, stated: StatedAxes | None = None) -> Image:
    """Reads one image of an OME-Zarr store at full resolution.

    Raises:
        ImageReadError: damaged, unsupported, too large, or there is no such series.
    """
    images = images_of(path)
    if not 0 <= series < len(images):
        raise ImageReadError(path, f"there is no series {series}; the store has {len(images)} (0 is the first)")
    place = images[series]
    group = _open(path)
    if place.group:
        inner = group[place.group]
        if not isinstance(inner, zarr.Group):
            raise ImageReadError(path, f"{place.group} is no group of its store")
        group = inner
    attributes = _attributes(group)
    multiscale = attributes["multiscales"][0]
    dataset = multiscale["datasets"][0]
    array = group[_inside(path, str(dataset["path"]))]
    if not isinstance(array, zarr.Array):
        raise ImageReadError(path, "the full resolution of its image is no array")
    names, units = _axes(multiscale, array.ndim)
    axes = "".join(name[0].upper() if name in {"t", "c", "z", "y", "x"} else "Q" for name in names)
    if array.dtype.kind not in "biuf":
        raise ImageReadError(path, f"pixels of the kind {array.dtype} are not supported")
    sizes = dict(zip(axes, array.shape, strict=True))
    if "Y" not in sizes or "X" not in sizes:
        raise ImageReadError(path, f"its image has the axes {', '.join(names)}, so it is no picture")
    limits.check_size(
        path,
        (sizes["Y"], sizes["X"]),
        [n for axis, n in sizes.items() if axis not in "YX"],
        bytes_per_value=array.dtype.itemsize,
    )
    data = np.asarray(array[...])
    if data.dtype == bool:
        data = data.astype(np.uint8) * np.uint8(255)
    data = data.astype(data.dtype.newbyteorder("="), copy=False)
    arranged = to_tczyx(path, data, axes, stated)
    step = _steps(multiscale, dataset, array.ndim)
    size_y, size_x = (length_um(step[names.index(axis)], units[names.index(axis)]) for axis in "yx")
    scale = judge([Claim("omezarr", (size_y, size_x))] if size_y and size_x else [])
    z_um = length_um(step[names.index("z")], units[names.index("z")]) if "z" in names else None
    t_s = duration_s(step[names.index("t")], units[names.index("t")]) if "t" in names else None
    channels = [str(channel.get("label") or "") for channel in attributes.get("omero", {}).get("channels", [])]
    return Image(
        data=arranged.data,
        pixel_size_um=scale.pixel_size_um,
        z_step_um=z_um if arranged.data.shape[2] > 1 else None,
        time_step_s=t_s if arranged.data.shape[0] > 1 else None,
        frames_are=arranged.frames_are,
        channel_names=name_channels(channels, arranged.data.shape[1]),
        significant_bits=8 * array.dtype.itemsize,
        path=path,
        series=series,
        n_series=len(images),
        name=place.name,
        plate=place.plate,
        well=place.well,
        field=place.field,
        pixel_size_source=scale.source,
        notes=(*scale.notes, *arranged.notes),
    )


def _open(path: Path) -> zarr.Group:
    try:
        return zarr.open_group(path, mode="r")
    except Exception as error:
        raise ImageReadError(path, f"it is no Zarr store that can be read ({type(error).__name__})") from error


def _attributes(group: Any) -> dict[str, Any]:  # noqa: ANN401 -- a group or an array; both have attributes
    attributes = dict(group.attrs)
    inner = attributes.get("ome")
    return inner if isinstance(inner, dict) else attributes


def _inside(path: Path, name: str) -> str:
    if ".." in Path(name).parts or name.startswith("/"):
        raise ImageReadError(path, f"its metadata lead out of the store ({name})")
    return name


def _fields(path: Path, root: zarr.Group, plate: dict[str, Any]) -> list[ZarrImage]:
    found: list[ZarrImage] = []
    plate_name = str(plate.get("name") or "")
    for well in plate.get("wells", []):
        place = _inside(path, str(well["path"]))
        try:
            name = parse_well(place.replace("/", ""))[0]
        except FileNameError:
            name = ""
        if place not in root:
            continue  # a well that was planned and not taken
        for number, image in enumerate(_attributes(root[place]).get("well", {}).get("images", []), 1):
            inner = _inside(path, str(image["path"]))
            found.append(ZarrImage(f"{place}/{inner}", f"{place}/{inner}", plate_name, name, number))
            if len(found) > _MAX_IMAGES:
                raise ImageReadError(path, "more fields than any plate has")
    if not found:
        raise ImageReadError(path, "the plate holds no image")
    return found


def _axes(multiscale: dict[str, Any], n_axes: int) -> tuple[list[str], list[str]]:
    axes = multiscale.get("axes") or list(_DEFAULT_AXES[-n_axes:])
    names = [str(axis["name"] if isinstance(axis, dict) else axis).lower() for axis in axes]
    units = [str(axis.get("unit") or "") if isinstance(axis, dict) else "" for axis in axes]
    return names, units


def _steps(multiscale: dict[str, Any], dataset: dict[str, Any], n_axes: int) -> list[float]:
    """The size of a step along each axis: the dataset's scale times that of the whole image."""
    steps = [1.0] * n_axes
    for transformations in (dataset.get("coordinateTransformations"), multiscale.get("coordinateTransformations")):
        for one in transformations or []:
            if one.get("type") == "scale" and len(one.get("scale", [])) == n_axes:
                steps = [step * float(factor) for step, factor in zip(steps, one["scale"], strict=True)]
    return steps if all(math.isfinite(step) for step in steps) else [0.0] * n_axes
