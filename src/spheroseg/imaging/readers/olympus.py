"""OIB and OIF (Olympus FluoView) → Image, by oiffile."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import oiffile
from numpy.typing import NDArray

from spheroseg.errors import ImageReadError
from spheroseg.imaging.image import Image
from spheroseg.imaging.limits import check_size
from spheroseg.imaging.readers.axes import StatedAxes, name_channels, to_tczyx
from spheroseg.imaging.readers.damage import MISSING, Damage, blank, places_of
from spheroseg.imaging.scale import Claim, judge
from spheroseg.imaging.units import duration_s, length_um

_MAX_AXES = 8


def read(path: Path, series: int, _stated: StatedAxes | None = None) -> Image:
    """Reads the one image of an OIB file, or of an OIF file with its folder of planes beside it.

    Planes that are damaged or missing are `unreadable`.

    Raises:
        ImageReadError: damaged, too large, or a series other than 0.
    """
    if series != 0:
        raise ImageReadError(path, f"there is no series {series}; this kind of file holds one image")
    if path.suffix.lower() == ".oif" and not path.with_name(f"{path.name}.files").is_dir():
        raise ImageReadError(path, f"its pixels lie in the folder {path.name}.files beside it, which is not there")
    with oiffile.OifFile(path) as file:
        # reference images ("s_R001.tif") show where a scan was made; the scan itself has the most planes
        scans = [planes for planes in file.series if "R" not in "".join(planes.dims).upper()]
        if not scans:
            raise ImageReadError(path, "it holds no image")
        facts = file.mainfile
        common = _axes(facts)
        planes = scans[0]
        axes = "".join(planes.dims).upper()
        shape = tuple(
            max(n, int(common.get(letter, {}).get("MaxSize", n) or n))
            for letter, n in zip(axes, planes.shape, strict=True)
        )
        names = dict(zip(planes.indices, planes, strict=True))
        damage = Damage(path)
        decoded: dict[tuple[int, ...], NDArray[Any]] = {}

        def decode(place: tuple[int, ...]) -> None:
            if place not in names:
                raise ImageReadError(path, MISSING)
            decoded[place] = file.asarray(names[place])

        for number, place in enumerate(np.ndindex(shape)):
            damage.attempt(number, partial(decode, place))
        damage.check(int(np.prod(shape, dtype=int)))
        first = next(iter(decoded.values()))
        if first.ndim != 2:
            raise ImageReadError(path, f"its planes have {first.ndim} axes, which is not supported")
        if any((plane.shape, plane.dtype) != (first.shape, first.dtype) for plane in decoded.values()):
            raise ImageReadError(path, "its planes differ in size or depth")
        check_size(path, first.shape, shape, bytes_per_value=first.dtype.itemsize)
        pixels = np.zeros((*shape, *first.shape), first.dtype)
        for place, plane in decoded.items():
            pixels[place] = plane
        axes = axes.replace("L", "E")
        arranged = to_tczyx(path, pixels, f"{axes}YX")
        unreadable = places_of(path, damage.reasons, (shape, axes), arranged.data.shape)
    reference = facts.get("Reference Image Parameter", {})
    size_x = length_um(reference.get("WidthConvertValue", ""), str(reference.get("WidthUnit", "um"))) or _pixel(
        common, "X"
    )
    size_y = length_um(reference.get("HeightConvertValue", ""), str(reference.get("HeightUnit", "um"))) or _pixel(
        common, "Y"
    )
    scale = judge([Claim("oif", (size_y, size_x))] if size_y and size_x else [])
    bits = int(reference.get("ValidBitCounts", 0) or 0)
    return Image(
        data=arranged.data,
        pixel_size_um=scale.pixel_size_um,
        z_step_um=_step(common.get("Z"), "Z"),
        time_step_s=_step(common.get("T"), "T") if arranged.frames_are == "time" else None,
        channel_names=name_channels(_channels(facts), arranged.data.shape[1]),
        significant_bits=bits or 8 * arranged.data.dtype.itemsize,
        path=path,
        frames_are=arranged.frames_are,
        pixel_size_source=scale.source,
        metadata={"version": str(facts.get("ProfileSaveInfo", {}).get("Version", ""))},
        notes=(*scale.notes, *arranged.notes),
        unreadable=blank(arranged.data, unreadable),
    )


def _axes(facts: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """What the main file says about each axis, by its letter; λ is E."""
    found = [facts.get(f"Axis {number} Parameters Common", {}) for number in range(_MAX_AXES)]
    return {str(axis.get("AxisCode", "")).upper(): axis for axis in found if axis}


def _pixel(axes: dict[str, dict[str, Any]], letter: str) -> float | None:
    """Size of a pixel by where an axis starts and ends: the edges of its first and last pixel."""
    axis = axes.get(letter, {})
    n = int(axis.get("MaxSize", 0) or 0)
    if n < 1:
        return None
    extent = abs(float(axis.get("EndPosition", 0)) - float(axis.get("StartPosition", 0)))
    return length_um(extent / n, str(axis.get("UnitName", "um"))) if extent else None


def _step(axis: dict[str, Any] | None, letter: str) -> float | None:
    """Distance of planes (µm) or frames (s): heights are stated in nm and times in ms where no unit is."""
    n = int((axis or {}).get("MaxSize", 0) or 0)
    if axis is None or n < 2:
        return None
    step = abs(float(axis.get("Interval", 0) or 0))
    if not step:
        step = abs(float(axis.get("EndPosition", 0)) - float(axis.get("StartPosition", 0))) / (n - 1)
    unit = str(axis.get("UnitName") or axis.get("PixUnit") or "")
    return length_um(step, unit or "nm") if letter == "Z" else duration_s(step, unit or "ms")


def _channels(facts: dict[str, Any]) -> list[str]:
    """Dyes of the channels that were recorded, in their order."""
    names = []
    for number in range(1, 33):
        channel = facts.get(f"Channel {number} Parameters")
        if channel is not None:
            names.append(str(channel.get("DyeName") or channel.get("CH Name") or f"CH{number}"))
    return names
