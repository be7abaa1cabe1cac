"""ND2 (Nikon NIS-Elements) → Image, by the nd2 package: one series a stage position."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import nd2
from numpy.typing import NDArray

from spheroseg.errors import ImageReadError
from spheroseg.imaging import limits
from spheroseg.imaging.identity import places_of_names
from spheroseg.imaging.image import Image
from spheroseg.imaging.limits import check_size
from spheroseg.imaging.readers import nd2_chunks
from spheroseg.imaging.readers.axes import RGB, StatedAxes, name_channels
from spheroseg.imaging.readers.damage import Damage, blank
from spheroseg.imaging.readers.steps import even_step_s
from spheroseg.imaging.scale import Claim, judge
from spheroseg.imaging.units import duration_s, length_um
from spheroseg.kernels.scratch import allocate

_MODERN = b"\xda\xce\xbe\x0a"


def read(path: Path, series: int, _stated: StatedAxes | None = None) -> Image:
    """Reads one stage position of an ND2 file; planes that are damaged or missing are `unreadable`.

    Raises:
        ImageReadError: damaged, truncated, unsupported, too large, or there is no such position.
    """
    with path.open("rb") as stream:
        is_modern = stream.read(4) == _MODERN
    chunks = nd2_chunks.read_map(path) if is_modern else None
    with chunks.opened(path) if chunks is not None else nd2.ND2File(path) as file:
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
        damage = Damage(path)

        def decode(index: int, target: NDArray[Any]) -> None:
            if chunks is not None:
                chunks.check_frame(path, index, frame_bytes)
            frame = file.read_frame(index).reshape(n_channels, height, width, n_samples)
            target[...] = frame.transpose(0, 3, 1, 2).reshape(-1, height, width)

        for index, place in _frames(file, series):
            t, z = place.get("T", 0), place.get("Z", 0)
            damage.attempt((t, 0, z), partial(decode, index, data[t, :, z]))
        damage.check(n_frames * n_slices)
        is_rgb = n_channels == 1 and n_samples in {3, 4}
        if is_rgb:
            data = data[:, 2::-1]  # stored as blue, green, red
        channels = _channels(file, notes)
        pixel_size_um, z_step_um = _calibration(channels)
        scale = judge([Claim("nd2", pixel_size_um)] if pixel_size_um else [])
        names = [_position_name(file, position) for position in range(n_series)]
        well, field = places_of_names(names)[series]
        times = _frame_times_s(file, n_frames)
        channel_names = tuple(channel.channel.name for channel in channels)
        return Image(
            data=data,
            pixel_size_um=scale.pixel_size_um,
            z_step_um=(z_step_um or _z_step_um(file)) if n_slices > 1 else None,
            time_step_s=(_time_step_s(file) or even_step_s(times)) if n_frames > 1 else None,
            frame_times_s=times,
            channel_names=RGB if is_rgb else name_channels(channel_names, data.shape[1]),
            is_rgb=is_rgb,
            significant_bits=attributes.bitsPerComponentSignificant,
            path=path,
            series=series,
            n_series=n_series,
            name=names[series],
            well=well,
            field=field,
            pixel_size_source=scale.source,
            metadata=_plain(file, channels),
            notes=(*scale.notes, *(chunks.notes if chunks is not None else ()), *notes),
            unreadable=blank(data, damage.reasons, data.shape[1]),
        )


def count_series(path: Path) -> int:
    """How many stage positions the file has."""
    with path.open("rb") as stream:
        is_modern = stream.read(4) == _MODERN
    with nd2_chunks.read_map(path).opened(path) if is_modern else nd2.ND2File(path) as file:
        return int(dict(file.sizes).get("P", 1))


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
