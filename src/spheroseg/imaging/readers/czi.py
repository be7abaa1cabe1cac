"""CZI (Zeiss ZEN) → Image: one series a scene, tiles of a mosaic put together, pyramids at full resolution."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ImageReadError
from spheroseg.imaging import limits
from spheroseg.imaging.image import Image
from spheroseg.imaging.limits import check_size
from spheroseg.imaging.readers.axes import RGB, StatedAxes, frame_axis_of, name_channels
from spheroseg.imaging.readers.czi_container import SubBlock, directory, pixels, time_stamps
from spheroseg.imaging.readers.czi_metadata import metadata
from spheroseg.imaging.readers.damage import MISSING, Damage, blank
from spheroseg.imaging.readers.steps import even_step_s, from_first
from spheroseg.imaging.scale import Claim, judge
from spheroseg.kernels.scratch import allocate

_AXIS_NAMES = {"H": "phase", "R": "rotation", "I": "illumination", "V": "view", "B": "block"}


def read(path: Path, series: int, _stated: StatedAxes | None = None) -> Image:
    """Reads one scene of a CZI file.

    Tiles are placed by their stage-independent pixel positions, later tiles over earlier ones (the order of the
    mosaic index), as ZEN shows them; what no tile covers is 0. One axis beyond time, channel, z and mosaic (phase,
    illumination, view …) becomes frames that are no times; beside times, and of two such axes, the first index is read.
    `notes` says so. Planes that are damaged or missing are `unreadable`.

    Raises:
        ImageReadError: damaged, truncated, unsupported, too large, or there is no such scene.
    """
    with path.open("rb") as stream:
        contents = directory(stream, path)
        notes = list(contents.notes)
        blocks = [block for block in contents.blocks if block.is_full_resolution]
        if not blocks:
            raise ImageReadError(path, "the CZI file holds no image")
        scenes = sorted({block.start.get("S", 0) for block in blocks})
        if not 0 <= series < len(scenes):
            raise ImageReadError(path, f"there is no series {series}; the file has {len(scenes)} (0 is the first)")
        blocks = [block for block in blocks if block.start.get("S", 0) == scenes[series]]
        blocks, frame_letter = _one_frame_axis(blocks, notes)
        samples = blocks[0].samples
        if any((block.samples > 1) != (samples > 1) for block in blocks):
            raise ImageReadError(path, "channels in colour beside channels in grey are not supported")
        blocks.sort(key=lambda block: block.start.get("M", 0))
        top, left = (min(block.start[axis] for block in blocks) for axis in "YX")
        height = max(block.start["Y"] + block.height for block in blocks) - top
        width = max(block.start["X"] + block.width for block in blocks) - left
        letters = frame_letter + "CZ"
        places = {axis: sorted({block.start.get(axis, 0) for block in blocks}) for axis in letters}
        n_frames, n_channels, n_slices = (len(places[axis]) for axis in letters)
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
        damage = Damage(path, dict.fromkeys(np.ndindex(n_frames, n_channels, n_slices), MISSING))
        for block in blocks:
            damage.reasons.pop(tuple(places[axis].index(block.start.get(axis, 0)) for axis in letters), None)
        for block in blocks:
            t, c, z = (places[axis].index(block.start.get(axis, 0)) for axis in letters)
            y, x = block.start["Y"] - top, block.start["X"] - left
            target: NDArray[Any] = data[t, c * n_samples : (c + 1) * n_samples, z]
            part = target[:, y : y + block.height, x : x + block.width]
            damage.attempt((t, c, z), partial(_decode, stream, path, block, part))
        damage.check(n_frames * n_channels * n_slices)
        stamps = time_stamps(stream, path)
    facts = metadata(contents.xml)
    is_rgb = n_samples == 3 and n_channels == 1
    names = tuple(facts.channel_names[c] if c < len(facts.channel_names) else "" for c in places["C"])
    if samples == 4:
        notes.append("alpha channel dropped")
    times = [facts.offsets_s[t] for t in places.get("T", ()) if t < len(facts.offsets_s)]
    if len(times) != n_frames:
        times = [stamps[t] for t in places.get("T", ()) if t < len(stamps)]
    frame_times_s = from_first(times) if len(times) == n_frames else ()
    scene = facts.scenes.get(scenes[series])
    scale = judge([Claim("czi", facts.pixel_size_um)] if facts.pixel_size_um else [])
    return Image(
        data=data,
        pixel_size_um=scale.pixel_size_um,
        z_step_um=facts.z_step_um if n_slices > 1 else None,
        time_step_s=(facts.time_step_s or even_step_s(frame_times_s)) if frame_letter == "T" and n_frames > 1 else None,
        frame_times_s=frame_times_s,
        frames_are="time" if frame_letter == "T" else _AXIS_NAMES.get(frame_letter) or frame_axis_of(frame_letter),
        channel_names=RGB if is_rgb else name_channels(names, data.shape[1]),
        is_rgb=is_rgb,
        significant_bits=min(facts.significant_bits or 8 * dtype.itemsize, 8 * dtype.itemsize),
        path=path,
        series=series,
        n_series=len(scenes),
        name=scene.name if scene else "",
        well=scene.well if scene else "",
        field=scene.field if scene else None,
        pixel_size_source=scale.source,
        metadata=facts.plain,
        notes=(*scale.notes, *notes),
        unreadable=blank(data, damage.reasons, n_samples),
        cut_off=contents.cut_off,
    )


def _decode(stream: BinaryIO, path: Path, block: SubBlock, target: NDArray[Any]) -> None:
    target[...] = pixels(stream, path, block).transpose(2, 0, 1)


def count_series(path: Path) -> int:
    """How many scenes the file has."""
    with path.open("rb") as stream:
        contents = directory(stream, path)
    return len({block.start.get("S", 0) for block in contents.blocks})


def _one_frame_axis(blocks: list[SubBlock], notes: list[str]) -> tuple[list[SubBlock], str]:
    """The blocks of one axis of frames, and its letter: times where there are several, else another axis of several."""
    others = sorted({letter for block in blocks for letter in block.start} - set("XYTCZSM"))
    has_times = len({block.start.get("T", 0) for block in blocks}) > 1
    frame_letter = "T"
    for axis in others:
        indices = sorted({block.start.get(axis, 0) for block in blocks})
        if len(indices) < 2:
            continue
        called = _AXIS_NAMES.get(axis, axis)
        if not has_times and frame_letter == "T":
            frame_letter = axis
            notes.append(f"{len(indices)} planes of the axis '{called}' read one by one; they are no times")
        else:
            notes.append(f"only the first of {len(indices)} planes of the axis '{called}' was read")
            blocks = [block for block in blocks if block.start.get(axis, 0) == indices[0]]
    return blocks, frame_letter
