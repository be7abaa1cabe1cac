"""CZI (Zeiss ZEN) → Image: one series a scene, tiles of a mosaic put together, pyramids at full resolution."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from defusedxml import ElementTree
from numpy.typing import NDArray

from spheroseg.errors import ImageReadError
from spheroseg.imaging import limits
from spheroseg.imaging.image import Image
from spheroseg.imaging.limits import check_size
from spheroseg.imaging.readers.axes import RGB, name_channels
from spheroseg.imaging.readers.czi_container import SubBlock, directory, pixels
from spheroseg.imaging.units import duration_s, length_um
from spheroseg.kernels.scratch import allocate


def read(path: Path, series: int) -> Image:
    """Reads one scene of a CZI file.

    Tiles are placed by their stage-independent pixel positions, later tiles over earlier ones (the order of the
    mosaic index), as ZEN shows them; what no tile covers is 0. Axes beyond time, channel, z and mosaic (phase,
    illumination, view …) are read at their first index; `notes` says so.

    Raises:
        ImageReadError: damaged, truncated, unsupported, too large, or there is no such scene.
    """
    with path.open("rb") as stream:
        blocks, xml = directory(stream, path)
        blocks = [block for block in blocks if block.is_full_resolution]
        if not blocks:
            raise ImageReadError(path, "the CZI file holds no image")
        scenes = sorted({block.start.get("S", 0) for block in blocks})
        if not 0 <= series < len(scenes):
            raise ImageReadError(path, f"there is no series {series}; the file has {len(scenes)} (0 is the first)")
        blocks = [block for block in blocks if block.start.get("S", 0) == scenes[series]]
        notes: list[str] = []
        blocks = _first_of_other_axes(blocks, notes)
        samples = blocks[0].samples
        if any((block.samples > 1) != (samples > 1) for block in blocks):
            raise ImageReadError(path, "channels in colour beside channels in grey are not supported")
        blocks.sort(key=lambda block: block.start.get("M", 0))
        top, left = (min(block.start[axis] for block in blocks) for axis in "YX")
        height = max(block.start["Y"] + block.height for block in blocks) - top
        width = max(block.start["X"] + block.width for block in blocks) - left
        places = {axis: sorted({block.start.get(axis, 0) for block in blocks}) for axis in "TCZ"}
        n_frames, n_channels, n_slices = (len(places[axis]) for axis in "TCZ")
        n_samples = min(samples, 3)
        dtype = np.result_type(*{block.dtype for block in blocks})
        check_size(
            path,
            (height, width),
            (n_frames, n_channels, n_slices, n_samples),
            bytes_per_value=dtype.itemsize,
            file_bytes=path.stat().st_size,
        )
        data = allocate(
            (n_frames, n_channels * n_samples, n_slices, height, width),
            dtype,
            spill_from_bytes=limits.SCRATCH_FROM_BYTES,
        )
        if any((block.height, block.width) != (height, width) for block in blocks):
            data[...] = 0
            notes.append("tiles of a mosaic put together; what none covers is 0")
        elif len(blocks) < n_frames * n_channels * n_slices:
            raise ImageReadError(path, "planes are missing from the file (was the acquisition stopped?)")
        for block in blocks:
            t, c, z = (places[axis].index(block.start.get(axis, 0)) for axis in "TCZ")
            y, x = block.start["Y"] - top, block.start["X"] - left
            target: NDArray[Any] = data[t, c * n_samples : (c + 1) * n_samples, z]
            target[:, y : y + block.height, x : x + block.width] = pixels(stream, path, block).transpose(2, 0, 1)
    said = _metadata(xml)
    is_rgb = n_samples == 3 and n_channels == 1
    names = tuple(said.channel_names[c] if c < len(said.channel_names) else "" for c in places["C"])
    if samples == 4:
        notes.append("alpha channel dropped")
    return Image(
        data=data,
        pixel_size_um=said.pixel_size_um,
        z_step_um=said.z_step_um,
        time_step_s=said.time_step_s,
        channel_names=RGB if is_rgb else name_channels(names, data.shape[1]),
        is_rgb=is_rgb,
        significant_bits=min(said.significant_bits or 8 * dtype.itemsize, 8 * dtype.itemsize),
        path=path,
        series=series,
        n_series=len(scenes),
        pixel_size_source="czi" if said.pixel_size_um else "",
        metadata=said.plain,
        notes=tuple(notes),
    )


def _first_of_other_axes(blocks: list[SubBlock], notes: list[str]) -> list[SubBlock]:
    for axis in sorted({letter for block in blocks for letter in block.start} - set("XYTCZSM")):
        indices = sorted({block.start.get(axis, 0) for block in blocks})
        if len(indices) > 1:
            notes.append(f"only the first of {len(indices)} planes along the CZI axis {axis} was read")
            blocks = [block for block in blocks if block.start.get(axis, 0) == indices[0]]
    return blocks


@dataclass(frozen=True, slots=True)
class _Said:
    """What the XML says, see `Image`; channel_names by channel index."""

    pixel_size_um: tuple[float, float] | None = None
    z_step_um: float | None = None
    time_step_s: float | None = None
    channel_names: tuple[str, ...] = ()
    significant_bits: int = 0
    plain: dict[str, Any] = field(default_factory=dict)


def _metadata(xml: str) -> _Said:
    """Damaged metadata leave the pixels readable: the image then has no pixel size."""
    try:
        root = ElementTree.fromstring(xml.strip("\0 \r\n"))
    except (ElementTree.ParseError, ValueError):
        return _Said(plain={"metadata": "could not be read"} if xml else {})
    sizes = {
        distance.get("Id"): length_um(distance.findtext("Value", ""), "m")  # always metres
        for distance in root.findall("./Metadata/Scaling/Items/Distance")
    }
    size_y, size_x = sizes.get("Y"), sizes.get("X")
    image = root.find("./Metadata/Information/Image")
    names: tuple[str, ...] = ()
    step_s, bits, plain = None, "0", {}
    if image is not None:
        names = tuple(channel.get("Name", "") for channel in image.findall("./Dimensions/Channels/Channel"))
        step_s = duration_s(image.findtext("./Dimensions/T/Positions/Interval/Increment", ""), "s")
        bits = image.findtext("./ComponentBitCount", "0")
        plain = {tag: image.findtext(tag, "") for tag in ("AcquisitionDateAndTime",) if image.findtext(tag)}
    objective = root.find("./Metadata/Information/Instrument/Objectives/Objective")
    if objective is not None:
        plain["objective"] = objective.get("Name", "")
    return _Said(
        (size_y, size_x) if size_y and size_x else None,
        sizes.get("Z"),
        step_s,
        names,
        int(bits) if bits.isdecimal() else 0,
        plain,
    )
