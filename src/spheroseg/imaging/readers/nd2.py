"""ND2 (Nikon NIS-Elements) → Image, by the nd2 package: one series a stage position."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import nd2

from spheroseg.errors import ImageReadError
from spheroseg.imaging import limits
from spheroseg.imaging.identity import well_of_name
from spheroseg.imaging.image import Image
from spheroseg.imaging.limits import check_size
from spheroseg.imaging.readers.axes import RGB, StatedAxes, name_channels
from spheroseg.imaging.readers.steps import even_step_s
from spheroseg.imaging.scale import Claim, judge
from spheroseg.imaging.units import duration_s, length_um
from spheroseg.kernels.scratch import allocate

_MODERN = b"\xda\xce\xbe\x0a"
_MAP_END = b"ND2 CHUNK MAP SIGNATURE 0000001!"
_MAP_START = b"ND2 FILEMAP SIGNATURE NAME 0001!"
_FRAME_HEADER_BYTES = 4096 + 8  # chunk header with its name, padded, and the frame's time stamp


def read(path: Path, series: int, _stated: StatedAxes | None = None) -> Image:
    """Reads one stage position of an ND2 file.

    Raises:
        ImageReadError: damaged, truncated, unsupported, too large, or there is no such position.
    """
    with path.open("rb") as stream:
        is_modern = stream.read(4) == _MODERN
    frames_in_file = _frames_in_file(path) if is_modern else None
    with nd2.ND2File(path) as file:
        sizes = dict(file.sizes)
        n_series = sizes.get("P", 1)
        if not 0 <= series < n_series:
            raise ImageReadError(path, f"there is no series {series}; the file has {n_series} (0 is the first)")
        attributes = file.attributes
        height, width = attributes.heightPx, attributes.widthPx or 0
        n_channels = attributes.channelCount or 1
        n_samples = attributes.componentCount // n_channels
        n_frames, n_slices = sizes.get("T", 1), sizes.get("Z", 1)
        dtype = file.dtype
        if dtype.kind not in "uf" or not 8 <= attributes.bitsPerComponentInMemory <= 32:
            raise ImageReadError(path, f"pixels of {attributes.bitsPerComponentInMemory} bit are not supported")
        is_raw = attributes.compressionType != "lossless"
        check_size(
            path,
            (height, width),
            (n_frames, n_channels, n_samples, n_slices),
            bytes_per_value=dtype.itemsize,
            file_bytes=path.stat().st_size,
        )
        notes = [
            f"only the first of {n} along the ND2 axis {a} was read" for a, n in sizes.items() if a not in "TPZCYXS"
        ]
        data = allocate(
            (n_frames, n_channels * n_samples, n_slices, height, width),
            dtype,
            spill_from_bytes=limits.SCRATCH_FROM_BYTES,
        )
        frame_bytes = height * width * n_channels * n_samples * dtype.itemsize if is_raw else 0
        for index, place in _frames(file, series):
            _check_frame(path, frames_in_file, index, frame_bytes)
            frame = file.read_frame(index).reshape(n_channels, height, width, n_samples)
            data[place.get("T", 0), :, place.get("Z", 0)] = frame.transpose(0, 3, 1, 2).reshape(-1, height, width)
        is_rgb = n_channels == 1 and n_samples in {3, 4}
        if is_rgb:
            data = data[:, 2::-1]  # stored as blue, green, red
        channels = _channels(file, notes)
        pixel_size_um, z_step_um = _calibration(channels)
        scale = judge([Claim("nd2", pixel_size_um)] if pixel_size_um else [])
        name = _position_name(file, series)
        times = _frame_times_s(file, n_frames)
        names = tuple(channel.channel.name for channel in channels)
        return Image(
            data=data,
            pixel_size_um=scale.pixel_size_um,
            z_step_um=(z_step_um or _z_step_um(file)) if n_slices > 1 else None,
            time_step_s=(_time_step_s(file) or even_step_s(times)) if n_frames > 1 else None,
            frame_times_s=times,
            channel_names=RGB if is_rgb else name_channels(names, data.shape[1]),
            is_rgb=is_rgb,
            significant_bits=attributes.bitsPerComponentSignificant,
            path=path,
            series=series,
            n_series=n_series,
            name=name,
            well=well_of_name(name),
            pixel_size_source=scale.source,
            metadata=_plain(file, channels),
            notes=(*scale.notes, *notes),
        )


def count_series(path: Path) -> int:
    """How many stage positions the file has."""
    with nd2.ND2File(path) as file:
        return int(dict(file.sizes).get("P", 1))


def _frames_in_file(path: Path) -> dict[int, int]:
    """Position in the file of every frame by its index, from the map at the file's end.

    The nd2 package gives black frames for those that are missing; this tells them apart.
    """
    file_bytes = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, file_bytes - 40))
        tail = stream.read(40)
        if len(tail) < 40 or not tail.startswith(_MAP_END):
            raise ImageReadError(path, "the ND2 file is truncated: the map at its end is missing")
        (position,) = struct.unpack_from("<Q", tail, 32)
        if not 0 < position < file_bytes:
            raise ImageReadError(path, "the ND2 file is damaged: the map of its parts is not where it should be")
        stream.seek(position)
        chunks = stream.read()
    start = chunks.find(_MAP_START, 0, 256)
    if start < 0:
        raise ImageReadError(path, "the ND2 file is damaged: the map of its parts is not where it should be")
    frames = {}
    name = b"ImageDataSeq|"
    at = chunks.find(name, start)
    while at >= 0:
        end = chunks.find(b"!", at)
        digits = chunks[at + len(name) : end]
        if end < 0 or not digits.isdigit() or end + 17 > len(chunks):
            raise ImageReadError(path, "the ND2 file is damaged: the map of its parts is incomplete")
        frames[int(digits)] = struct.unpack_from("<Q", chunks, end + 1)[0]
        at = chunks.find(name, end + 17)
    return frames


def _check_frame(path: Path, frames_in_file: dict[int, int] | None, index: int, frame_bytes: int) -> None:
    if frames_in_file is None:
        return
    if index not in frames_in_file:
        raise ImageReadError(path, f"plane {index} is missing from the file (was the acquisition stopped?)")
    if frames_in_file[index] + _FRAME_HEADER_BYTES + frame_bytes > path.stat().st_size:
        raise ImageReadError(path, "the ND2 file is truncated: pixels lie beyond its end")


def _frames(file: nd2.ND2File, series: int) -> list[tuple[int, dict[str, int]]]:
    """(index, place on the axes T and Z) of the frames of one position, at the first index of any other axis."""
    return [
        (index, place)
        for index, place in enumerate(file.loop_indices or ({},))
        if place.get("P", 0) == series and all(at == 0 for axis, at in place.items() if axis not in "TPZ")
    ]


def _channels(file: nd2.ND2File, notes: list[str]) -> list[nd2.structures.Channel]:
    try:
        metadata = file.metadata
    except Exception:  # noqa: BLE001 -- metadata that the package cannot make sense of leave the pixels readable
        notes.append("the metadata could not be read; there is no pixel size")
        return []
    return list(getattr(metadata, "channels", None) or [])


def _calibration(channels: list[nd2.structures.Channel]) -> tuple[tuple[float, float] | None, float | None]:
    """((y, x) in µm, z step in µm); the package says 1 µm where the file says nothing, so ask it what it knows."""
    if not channels:
        return None, None
    volume = channels[0].volume
    size_x, size_y, size_z = (
        length_um(size, "µm") if known else None
        for size, known in zip(volume.axesCalibration, volume.axesCalibrated, strict=True)
    )
    return ((size_y, size_x) if size_x and size_y else None), size_z


def _time_step_s(file: nd2.ND2File) -> float | None:
    """Seconds between frames: as measured where the file has that, else as planned."""
    for loop in file.experiment:
        if loop.type == "TimeLoop":
            measured = loop.parameters.periodDiff.avg
            return duration_s(measured, "ms") or duration_s(loop.parameters.periodMs, "ms")
        if loop.type == "NETimeLoop" and len(loop.parameters.periods) == 1:
            period = loop.parameters.periods[0]
            measured = period.periodDiff.avg
            return duration_s(measured, "ms") or duration_s(period.periodMs, "ms")
    return None


def _frame_times_s(file: nd2.ND2File, n_frames: int) -> tuple[float, ...]:
    """Seconds of each frame of a recording of several phases ("every 5 min, then every hour"), else ()."""
    for loop in file.experiment:
        if loop.type == "NETimeLoop" and len(loop.parameters.periods) > 1:
            times, at = [0.0], 0.0
            for number, period in enumerate(loop.parameters.periods):
                step = duration_s(period.periodMs, "ms")
                if step is None:
                    return ()
                for _ in range(period.count - (number == 0)):
                    at += step
                    times.append(at)
            return tuple(times[:n_frames]) if len(times) >= n_frames else ()
    return ()


def _z_step_um(file: nd2.ND2File) -> float | None:
    steps = (loop.parameters.stepUm for loop in file.experiment if loop.type == "ZStackLoop")
    return next((length_um(abs(step), "µm") for step in steps if step), None)


def _position_name(file: nd2.ND2File, series: int) -> str:
    for loop in file.experiment:
        if loop.type == "XYPosLoop" and series < len(loop.parameters.points):
            return str(loop.parameters.points[series].name or "")
    return ""


def _plain(file: nd2.ND2File, channels: list[nd2.structures.Channel]) -> dict[str, Any]:
    texts = {key: str(value) for key, value in file.text_info.items() if len(str(value)) <= 2_000}
    objective = channels[0].microscope.objectiveName if channels else None
    return {**texts, "objective": objective} if objective else texts
