"""The image as the rest of SpheroSeg sees it: raw values, named axes, a pixel size."""

from __future__ import annotations

import dataclasses
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from spheroseg.errors import ImageReadError, ParameterError

AXES = "tczyx"


@dataclass(frozen=True, slots=True, eq=False)
class Image:
    """One image (a file's series): raw values with axes (t, c, z, y, x).

    Attributes:
        data: (t, c, z, y, x) array of the file's own dtype and values, never rescaled; axes that the file
            does not have are of length 1. May be a read-only memory map.
        pixel_size_um: (y, x) in µm per pixel, or None where the file does not say.
        z_step_um: distance of z planes in µm, or None.
        time_step_s: seconds between frames, or None.
        frame_times_s: seconds of each frame after the first, where the file states them (they need not be even), else ().
        frames_are: what the axis t counts: "time"; "page" where nothing says that the pages are times; or the name of
            another axis ("phase", "angle" …). Only "time" has times.
        channel_names: one name a channel; ("red", "green", "blue") for a colour image.
        is_rgb: True when the three channels are the colours of one photograph.
        significant_bits: bits that the detector used (8, 12, 16, 32 …).
        path: the file, or None for an array.
        series: index of the series (scene, position) within the file; n_series says how many there are.
        name: what the file calls this series ("" where it calls it nothing).
        plate, well, field: as the file's own metadata, or those beside it, have them for this series ("" or None where
            they do not); a well is "A01". What the file's *name* says is not here, see `identity_of`.
        pixel_size_source: which statement was taken ("ome", "imagej", "metamorph", "czi", "operetta" …, see
            `scale.SOURCES`), "user", or "".
        metadata: what else the file said, as plain values.
        notes: what the reader did that a person should know ("rotated by the EXIF orientation").
        unreadable: planes (t, c, z) that are damaged or missing, each with a sentence that names place and reason; their
            values are 0, and `plane` refuses them. Never all of a file's planes.
        cut_off: where the file ends too early to say what is missing: a sentence about it, else "".
    """

    data: NDArray[Any]
    pixel_size_um: tuple[float, float] | None = None
    z_step_um: float | None = None
    time_step_s: float | None = None
    frame_times_s: tuple[float, ...] = ()
    frames_are: str = "time"
    channel_names: tuple[str, ...] = ()
    is_rgb: bool = False
    significant_bits: int = 8
    path: Path | None = None
    series: int = 0
    n_series: int = 1
    name: str = ""
    plate: str = ""
    well: str = ""
    field: int | None = None
    pixel_size_source: str = ""
    metadata: dict[str, Any] = dataclasses.field(default_factory=dict)
    notes: tuple[str, ...] = ()
    unreadable: dict[tuple[int, int, int], str] = dataclasses.field(default_factory=dict)
    cut_off: str = ""

    def __post_init__(self) -> None:
        if self.data.ndim != len(AXES):
            raise ParameterError(f"an Image has the axes {AXES}; this array has {self.data.ndim} axes")
        if 0 in self.data.shape:
            raise ParameterError(f"an Image cannot be empty; this array's shape is {self.data.shape}")

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return int(self.data.shape[3]), int(self.data.shape[4])

    @property
    def n_frames(self) -> int:
        """Number of time points."""
        return int(self.data.shape[0])

    @property
    def preview_place(self) -> tuple[int, int]:
        """The frame and slice that stand for the image: the first frame's middle slice, or where most channels can be read."""
        middle = self.n_slices // 2
        lost = Counter((t, z) for t, _, z in self.unreadable)
        places = [(t, z) for t in range(self.n_frames) for z in range(self.n_slices)] if lost else [(0, middle)]
        return min(places, key=lambda at: (lost[at], at[0], abs(at[1] - middle)))

    @property
    def n_channels(self) -> int:
        """Number of channels (3 for a colour photograph)."""
        return int(self.data.shape[1])

    @property
    def n_slices(self) -> int:
        """Number of z planes."""
        return int(self.data.shape[2])

    def time_of_frame_s(self, t: int) -> float | None:
        """Seconds of a frame after the first, or None where frames are no times or no one knows their distance."""
        if self.frames_are != "time":
            return None
        if self.frame_times_s:
            return self.frame_times_s[t]
        return t * self.time_step_s if self.time_step_s else None

    def check_plane(self, t: int, c: int, z: int) -> None:
        """Refuses a plane whose pixels are damaged or missing.

        Raises:
            ImageReadError: it is one; others can be read.
        """
        if (t, c, z) in self.unreadable:
            raise ImageReadError(self.path or Path("image"), self.unreadable[t, c, z])

    def plane(self, t: int = 0, c: int = 0, z: int = 0) -> NDArray[Any]:
        """One (y, x) plane of raw values; a view where the data allow it.

        Raises:
            ParameterError: there is no such frame, channel or slice.
            ImageReadError: its pixels are damaged or missing.
        """
        self.check_plane(t, c, z)
        for name, index, size in (("t", t, self.n_frames), ("c", c, self.n_channels), ("z", z, self.n_slices)):
            if not 0 <= index < size:
                raise ParameterError(f"{name}={index} is outside this image, which has {name} 0…{size - 1}")
        plane: NDArray[Any] = self.data[t, c, z]
        return plane
