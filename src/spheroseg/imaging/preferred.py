"""Reading with what a person said once for many files: it holds for those that do not say it themselves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from spheroseg.errors import ImageReadError
from spheroseg.imaging.image import Image
from spheroseg.imaging.read import with_interval


@dataclass(frozen=True, slots=True)
class Preferred:
    """An image and the axes that it was read with, None where the file's own were taken."""

    image: Image
    axes: str | None


def read_preferred(read: Callable[[str | None], Image], axes: str | None, interval_s: float | None) -> Preferred:
    """Reads an image; what the file states itself is not overruled.

    Args:
        read: reads it with axes as `read_image` takes them, or None for the file's own.
        axes: what pages of unknown meaning are.
        interval_s: time between frames where the file states none.

    Raises:
        ImageReadError: it cannot be read, with its own axes or these.
    """
    taken = None
    try:
        image = read(None)
    except ImageReadError:
        if axes is None:
            raise
        image, taken = read(axes), axes
    else:
        if axes is not None and image.frames_are == "page" and image.n_frames > 1:
            image, taken = read(axes), axes
    if interval_s is not None and image.time_step_s is None and not image.frame_times_s:
        image = with_interval(image, interval_s)
    return Preferred(image, taken)
