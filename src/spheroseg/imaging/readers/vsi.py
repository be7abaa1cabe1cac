"""VSI (cellSens) with the .ets file that holds its pixels → Image, by bioio-vsi."""

from __future__ import annotations

from pathlib import Path

import bioio_vsi
import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ImageReadError
from spheroseg.imaging import limits
from spheroseg.imaging.identity import well_of_name
from spheroseg.imaging.image import Image
from spheroseg.imaging.limits import check_size
from spheroseg.imaging.readers.axes import StatedAxes, name_channels
from spheroseg.imaging.readers.steps import even_step_s, from_first
from spheroseg.imaging.scale import Claim, judge
from spheroseg.imaging.units import length_um
from spheroseg.kernels.scratch import allocate


def read(path: Path, series: int, _stated: StatedAxes | None = None) -> Image:
    """Reads the one image of a VSI file at full resolution; the overview in the .vsi itself is never taken for it.

    Raises:
        ImageReadError: the folder with the pixels is missing, it holds several images, colours or JPEG tiles, it is
            damaged or too large, or a series other than 0.
    """
    if series != 0:
        raise ImageReadError(path, f"there is no series {series}; of this kind of file one image is read")
    folder = path.with_name(f"_{path.stem}_")
    if not folder.is_dir():
        raise ImageReadError(
            path, f"its pixels lie in the .ets files of the folder {folder.name} beside it, which is not there"
        )
    try:
        return _read(path, bioio_vsi.open_vsi(str(path)))
    except bioio_vsi.VsiError as error:
        reason = " ".join(str(error).split()).replace(str(path), path.name)
        raise ImageReadError(path, f"a VSI file that is not read ({reason[:200]}); export it as OME-TIFF") from error


def _read(path: Path, file: bioio_vsi.VsiImage) -> Image:
    frames, channels, slices, height, width = file.level_shape(0)
    check_size(path, (height, width), (frames, channels, slices), bytes_per_value=file.dtype.itemsize)
    data = allocate((frames, channels, slices, height, width), file.dtype, spill_from_bytes=limits.SCRATCH_FROM_BYTES)
    for t, c, z in np.ndindex(frames, channels, slices):
        data[t, c, z] = file.read_plane(t=t, c=c, z=z)
    size = file.pixel_size_um
    size_y, size_x = (length_um(size.y, "µm"), length_um(size.x, "µm")) if size else (None, None)
    scale = judge([Claim("vsi", (size_y, size_x))] if size_y and size_x else [])
    times = _times(file.plane_times_ms)
    name = file.image_name or ""
    return Image(
        data=data,
        pixel_size_um=scale.pixel_size_um,
        z_step_um=length_um(abs(file.z_step_um), "µm") if file.z_step_um and slices > 1 else None,
        time_step_s=even_step_s(times),
        frame_times_s=times,
        channel_names=name_channels([channel or "" for channel in file.channel_names], channels),
        significant_bits=file.camera_bit_depth or 8 * file.dtype.itemsize,
        path=path,
        name=name,
        well=well_of_name(name),
        pixel_size_source=scale.source,
        notes=scale.notes,
    )


def _times(of_planes_ms: NDArray[np.float64] | None) -> tuple[float, ...]:
    """Seconds of the frames after the first: each is as old as its first plane."""
    if of_planes_ms is None or bool(np.isnan(of_planes_ms[:, 0, 0]).any()):
        return ()
    return from_first([float(time) / 1000 for time in of_planes_ms[:, 0, 0]])
