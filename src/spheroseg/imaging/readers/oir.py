"""OIR (Olympus and Evident FluoView) → Image, by oirfile, which needs Python 3.12."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from pathlib import Path

import numpy as np
import oirfile  # type: ignore[import-not-found,unused-ignore]  # only for Python 3.12 and newer

from spheroseg.errors import ImageReadError
from spheroseg.imaging.image import Image
from spheroseg.imaging.limits import check_size
from spheroseg.imaging.reader_logs import quiet_libraries
from spheroseg.imaging.readers.axes import RGB, StatedAxes, name_channels, to_tczyx
from spheroseg.imaging.readers.damage import MISSING, blank, places_of, stacked
from spheroseg.imaging.readers.steps import even_step_s, from_first
from spheroseg.imaging.scale import Claim, judge


def read(path: Path, series: int, _stated: StatedAxes | None = None) -> Image:
    """Reads the one image of an OIR file with the files that it goes on in; planes that are missing are `unreadable`.

    Raises:
        ImageReadError: damaged, a line scan, too large, or a series other than 0.
    """
    if series != 0:
        raise ImageReadError(path, f"there is no series {series}; this kind of file holds one image")
    with oirfile.OirFile(path) as file:
        sizes = file.sizes
        if not {"Y", "X"} <= sizes.keys():
            raise ImageReadError(path, f"it is no picture: it has the axes {''.join(sizes) or 'none'}")
        others = [size for axis, size in sizes.items() if axis not in {"Y", "X"}]
        check_size(path, (sizes["Y"], sizes["X"]), others, bytes_per_value=file.dtype.itemsize)
        lost = _lost(file)
        if len(lost) >= int(np.prod(others, dtype=int)):
            raise ImageReadError(path, MISSING)
        with quiet_libraries() as log:
            pixels = file.asarray()
        if log:
            raise ImageReadError(path, f"planes are not complete ({log[0][:160]})")
        arranged = to_tczyx(path, pixels, "".join(sizes).replace("L", "E"))
        axes = "".join(sizes).replace("L", "E")
        unreadable = places_of(path, lost, stacked(axes, list(sizes.values())), arranged.data.shape)
        coords = file.coords
        bits = file.bitspersample
    size_y, size_x, z_step = (_step(coords.get(axis, ())) for axis in "YXZ")
    times = from_first([float(time) for time in coords.get("T", ())]) if arranged.frames_are == "time" else ()
    scale = judge([Claim("oir", (size_y, size_x))] if size_y and size_x else [])
    is_rgb = sizes.get("S") == 3 and arranged.data.shape[1] == 3
    names = [str(name) for name in coords.get("C", ())]
    return Image(
        data=arranged.data,
        pixel_size_um=scale.pixel_size_um,
        z_step_um=z_step,
        time_step_s=even_step_s(times),
        frame_times_s=times,
        channel_names=RGB if is_rgb else name_channels(names, arranged.data.shape[1]),
        is_rgb=is_rgb,
        significant_bits=bits,
        path=path,
        frames_are=arranged.frames_are,
        pixel_size_source=scale.source,
        notes=(*scale.notes, *arranged.notes),
        unreadable=blank(arranged.data, unreadable),
    )


def _lost(file: oirfile.OirFile) -> dict[int, str]:
    """The planes that are not in the file, by their number: by time, wavelength, z plane and channel, the last the fastest."""
    there = file._pixel_map  # noqa: SLF001 -- missing planes would be black without a word
    known = [channel.id for channel in sorted(file.channels, key=lambda channel: channel.order)]
    channels = [one for one in known if one in {key[3] for key in there}]
    steps = [sorted({key[axis] for key in there}) for axis in range(3)]
    places = product(*(range(each[0], each[-1] + 1) for each in steps), channels)
    return {number: MISSING for number, place in enumerate(places) if place not in there}


def _step(positions: Sequence[float]) -> float | None:
    """Distance of neighbours, in the unit of the positions (µm)."""
    if len(positions) < 2:
        return None
    step = abs(float(np.median(np.diff(np.asarray(positions, dtype=float)))))
    return float(f"{step:.9g}") or None
