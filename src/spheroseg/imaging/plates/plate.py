"""A plate: its fields as images with channels, z planes and times, whatever files these lie in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import FileNameError, ImageReadError
from spheroseg.imaging import limits
from spheroseg.imaging.filenames import parse_well
from spheroseg.imaging.image import Image
from spheroseg.imaging.plates.index import PlateFile
from spheroseg.imaging.readers.axes import RGB, name_channels
from spheroseg.imaging.readers.damage import Damage, blank, explained
from spheroseg.imaging.readers.steps import even_step_s, from_first
from spheroseg.kernels.scratch import allocate


@dataclass(frozen=True)
class PlateImage:
    """One field of view of a well: all its planes.

    Attributes:
        plate: name of the plate, or "".
        well: "A01", or what the instrument calls the place.
        field: number of the field of view as the instrument counts, or None.
        layout: who wrote it ("imagexpress", "operetta" …).
        files: its planes.
    """

    plate: str
    well: str
    field: int | None
    layout: str
    files: tuple[PlateFile, ...]

    @property
    def name(self) -> str:
        """Short name, unique on its plate: "A01" or "A01_f2"."""
        return self.well if self.field is None else f"{self.well}_f{self.field}"

    @property
    def path(self) -> Path:
        """The first of its files."""
        return self.files[0].path

    @cached_property
    def channels(self) -> tuple[str, ...]:
        """What tells its channels apart, in order."""
        return tuple(sorted({file.channel for file in self.files}, key=_channel_key))

    @cached_property
    def channel_names(self) -> tuple[str, ...]:
        """Its channels as a person reads them."""
        names = {file.channel: file.channel_name for file in self.files if file.channel_name}
        return tuple(names.get(channel, "" if channel.isdecimal() else channel) for channel in self.channels)

    @cached_property
    def slices(self) -> tuple[int, ...]:
        """Numbers of its z planes."""
        return tuple(sorted({file.z for file in self.files}))

    @cached_property
    def frames(self) -> tuple[int, ...]:
        """Numbers of its time points."""
        return tuple(sorted({file.t for file in self.files}))

    @property
    def z_step_um(self) -> float | None:
        """Distance of z planes, by the heights that the index states."""
        heights = {file.z: file.z_um for file in self.files if file.z_um is not None and file.t == self.frames[0]}
        steps = [
            abs(heights[b] - heights[a])
            for a, b in zip(self.slices, self.slices[1:], strict=False)
            if {a, b} <= heights.keys()
        ]
        return float(f"{np.median(steps):.6g}") if steps and min(steps) > 0 else None

    def times_s(self, frames: Sequence[int]) -> tuple[float, ...]:
        """Seconds of frames after the first one; () where they are not stated."""
        at: dict[int, float] = {}
        for file in self.files:
            if file.time_s is not None:
                at[file.t] = min(file.time_s, at.get(file.t, file.time_s))
        times = [at[frame] for frame in frames if frame in at]
        return from_first(times) if len(times) == len(frames) else ()

    def read(self, *, interval_s: float | None = None) -> Image:
        """All planes as one image.

        Planes whose files are damaged or missing are `unreadable`. The last time points that were not finished are left out with a note, and so are channels that were taken in fewer z planes
        than the others.

        Args:
            interval_s: seconds between time points, over what the index or the names say.

        Raises:
            ImageReadError: a file is missing, damaged or of another size than the others.
        """
        from spheroseg.imaging.read import read_image  # noqa: PLC0415 -- it offers the images of plates, too

        if self.layout == "omezarr":  # a field is an image of the store, with its axes
            return read_image(self.path, series=self.files[0].page, interval_s=interval_s)
        places = {(file.t, file.channel, file.z): file for file in self.files}
        frames, channels, notes = self._complete(places)
        slices = self._slices_of(channels[0])
        damage = Damage(self.path)
        read: list[Image] = []
        made: list[NDArray[Any]] = []

        def load(file: PlateFile | None, t: int, c: int, z: int) -> None:
            if file is None:
                raise ImageReadError(self.path, "the file of this plane is missing")
            try:
                image = read_image(file.path)
                image.check_plane(0, 0, 0)
            except ImageReadError as error:
                raise ImageReadError(file.path, f"{file.path.name}: {error.reason}") from error
            if not read:
                n_colours = image.n_channels if image.is_rgb else 1
                shape = (len(frames), len(channels) * n_colours, len(slices), *image.shape)
                limits.check_size(self.path, image.shape, shape[:3], bytes_per_value=image.data.dtype.itemsize)
                read.append(image)
                made.append(allocate(shape, image.data.dtype, spill_from_bytes=limits.SCRATCH_FROM_BYTES))
            first = read[0]
            if image.shape != first.shape or image.data.dtype != first.data.dtype:
                raise ImageReadError(
                    file.path, f"{file.path.name} has another size or depth than the other planes of its field"
                )
            n_colours = first.n_channels if first.is_rgb else 1
            made[0][t, c * n_colours : (c + 1) * n_colours, z] = image.data[0, :n_colours, 0]

        for t, frame in enumerate(frames):
            for c, channel in enumerate(channels):
                for z, number in enumerate(slices):
                    damage.attempt((t, c, z), partial(load, places.get((frame, channel, number)), t, c, z))
        damage.check(len(frames) * len(channels) * len(slices))
        first, data = read[0], made[0]
        times = self.times_s(frames) if interval_s is None else ()
        is_rgb = first.is_rgb and len(channels) == 1
        names = [name for channel, name in zip(self.channels, self.channel_names, strict=True) if channel in channels]
        own = self.well if _is_well(self.well) else ""
        image = replace(
            first,
            data=data,
            z_step_um=self.z_step_um or (first.z_step_um if len(slices) > 1 else None),
            time_step_s=even_step_s(times) if interval_s is None or len(frames) < 2 else interval_s,
            frame_times_s=times,
            frames_are="time",
            channel_names=RGB if is_rgb else name_channels(names, data.shape[1]),
            is_rgb=is_rgb,
            name=self.name,
            plate=self.plate,
            well=own,
            field=self.field,
            metadata={**first.metadata, "layout": self.layout, "files": len(frames) * len(channels) * len(slices)},
            notes=(*first.notes, *notes),
            unreadable=blank(data, damage.reasons, data.shape[1] // len(channels)),
        )
        return explained(image)

    def _slices_of(self, channel: str) -> tuple[int, ...]:
        return tuple(sorted({file.z for file in self.files if file.channel == channel}))

    def _complete(self, places: dict[tuple[int, str, int], PlateFile]) -> tuple[list[int], list[str], list[str]]:
        """Frames and channels that make a whole, and notes on what is left out."""
        notes: list[str] = []
        depths = Counter(len(self._slices_of(channel)) for channel in self.channels)
        depth = max(depths)
        channels = [channel for channel in self.channels if len(self._slices_of(channel)) == depth]
        if len(channels) < len(self.channels):
            fewer = [channel for channel in self.channels if channel not in channels]
            notes.append(f"channel {', '.join(fewer)} left out: taken in fewer z planes than the others")
        slices = self._slices_of(channels[0])
        whole = [
            frame for frame in self.frames if all((frame, channel, z) in places for channel in channels for z in slices)
        ]
        frames = [frame for frame in self.frames if not whole or frame <= whole[-1]]
        if len(frames) < len(self.frames):
            notes.append(f"{len(self.frames) - len(frames)} of {len(self.frames)} time points left out: not finished")
        return frames, channels, notes


@dataclass(frozen=True)
class Plate:
    """A folder of a screening instrument, understood.

    Attributes:
        path: the folder.
        name: of the plate, or "".
        layout: who wrote it.
        images: its fields in order of wells.
        notes: what a person should know about the reading.
    """

    path: Path
    name: str
    layout: str
    images: tuple[PlateImage, ...]
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.images)

    def __iter__(self) -> Iterator[PlateImage]:
        return iter(self.images)

    def __getitem__(self, name: str) -> PlateImage:
        """A field by its name ("A01_f2"), or a well's only field by the well's ("A01").

        Raises:
            KeyError: there is none, or a well has several fields.
        """
        fitting = [image for image in self.images if image.name == name] or [
            image for image in self.images if image.well == name
        ]
        if len(fitting) != 1:
            raise KeyError(name)
        return fitting[0]

    @property
    def wells(self) -> tuple[str, ...]:
        """Its wells in order."""
        return tuple(dict.fromkeys(image.well for image in self.images))

    def summary(self) -> str:
        """One line: "ImageXpress plate Plate7: 96 wells × 4 fields, 2 channels (BF, GFP), 5 z planes, 3 times"."""

        def one(values: Iterable[int], word: str) -> str:
            counts = sorted(set(values))
            few = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]}…{counts[-1]}"
            return f"{few} {word}{'' if counts == [1] else 's'}"

        fields = Counter(image.well for image in self.images).values()
        head = f"{LAYOUTS.get(self.layout, self.layout)} {self.name}: {one([len(self.wells)], 'well')} × {one(fields, 'field')}"
        if self.layout == "omezarr":
            return head
        names = max((image.channel_names for image in self.images), key=len, default=())
        called = f" ({', '.join(names)})" if any(names) else ""
        return (
            f"{head}, "
            f"{one((len(image.channels) for image in self.images), 'channel')}{called}, "
            f"{one((len(image.slices) for image in self.images), 'z plane')}, "
            f"{one((len(image.frames) for image in self.images), 'time')}"
        )


LAYOUTS = {
    "imagexpress": "ImageXpress plate",
    "operetta": "Operetta/Phenix plate",
    "yokogawa": "Yokogawa plate",
    "cellinsight": "CellInsight plate",
    "incucyte": "Incucyte scan",
    "biotek": "Cytation/Gen5 plate",
    "incell": "InCell plate",
    "scanr": "scanR plate",
    "keyence": "Keyence recording",
    "omezarr": "OME-Zarr plate",
}
"""Layouts of plate folders, as a person reads them."""


def group(files: Iterable[PlateFile], layout: str, name: str = "") -> list[PlateImage]:
    """The fields that single planes make, in order of wells and fields."""
    fields: dict[tuple[str, str, int | None], list[PlateFile]] = {}
    for file in files:
        fields.setdefault((file.plate or name, file.well, file.field), []).append(file)
    made = [
        PlateImage(plate, well, field, layout, tuple(sorted(planes, key=_plane_key)))
        for (plate, well, field), planes in fields.items()
    ]
    return sorted(made, key=lambda image: (image.plate, *_well_key(image.well), image.field or 0))


def _plane_key(file: PlateFile) -> tuple[int, tuple[int, str], int, str]:
    return file.t, _channel_key(file.channel), file.z, str(file.path)


def _channel_key(channel: str) -> tuple[int, str]:
    return (int(channel), "") if channel.isdecimal() else (1 << 30, channel)


def _well_key(well: str) -> tuple[int, int, str]:
    try:
        _, row, column = parse_well(well)
    except FileNameError:
        return 1 << 30, 0, well
    return row, column, ""


def _is_well(well: str) -> bool:
    return _well_key(well)[0] < 1 << 30
