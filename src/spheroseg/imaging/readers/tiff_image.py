"""What TIFF metadata say, and what stands beside the file, → an `Image`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from spheroseg.imaging.beside import Beside
from spheroseg.imaging.identity import well_of_name
from spheroseg.imaging.image import Image
from spheroseg.imaging.readers import ome
from spheroseg.imaging.readers.axes import RGB, name_channels
from spheroseg.imaging.readers.tiff_metadata import Calibration
from spheroseg.imaging.scale import Claim, judge


def of_ome(image: ome.OmeImage) -> Calibration:
    """What an OME `Image` says."""
    sample = image.sample
    return Calibration(
        [Claim("ome", image.pixel_size_um)] if image.pixel_size_um else [],
        image.z_step_um,
        image.time_step_s,
        image.frame_times_s,
        image.channel_names,
        image.name,
        sample.plate if sample else "",
        sample.well if sample else well_of_name(image.name, is_place=False),
        sample.field if sample else None,
        metadata={"significant_bits": image.significant_bits},
    )


def make_image(path: Path, calibration: Calibration, beside: Beside, data: NDArray[Any], is_rgb: bool) -> Image:
    """An `Image` of pixels (t, c, z, y, x) and what is said of them; what stands beside the file is asked first."""
    scale = judge([*beside.claims, *calibration.claims], writer=beside.writer)
    file = beside.file
    n_channels, n_frames = data.shape[1], data.shape[0]
    names = calibration.channel_names
    if file is not None and file.channel_name and n_channels == 1:
        names = (file.channel_name,)
    return Image(
        data=data,
        pixel_size_um=scale.pixel_size_um,
        z_step_um=calibration.z_step_um,
        time_step_s=calibration.time_step_s if n_frames > 1 else None,
        frame_times_s=calibration.frame_times_s if len(calibration.frame_times_s) == n_frames else (),
        channel_names=RGB if is_rgb else name_channels(names, n_channels),
        is_rgb=is_rgb,
        path=path,
        name=calibration.name,
        plate=file.plate if file is not None else calibration.plate,
        well=file.well if file is not None else calibration.well,
        field=file.field if file is not None else calibration.field,
        pixel_size_source=scale.source,
        metadata=calibration.metadata,
        notes=(*beside.notes, *scale.notes, *calibration.notes),
    )
