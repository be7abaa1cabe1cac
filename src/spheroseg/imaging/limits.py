"""What a file may ask for before anything is allocated.

A header of a few bytes can claim 10⁶ × 10⁶ pixels. Every reader asks here first, with the sizes that the header
states, and the answer is one clear refusal instead of a machine without memory.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from spheroseg.errors import ImageReadError

MAX_SIDE_PX = 65_536
"""Longest side of a plane in pixels."""

MAX_PLANE_PX = 2_000_000_000
"""Most pixels of one plane, channels not counted (44,700 × 44,700)."""

MAX_DECODED_BYTES = 64 * 2**30
"""Most bytes that the series of one file may decode to (a scratch file holds what is too large for memory)."""

MAX_COMPRESSION_RATIO = 5_000
"""Most decoded bytes a stored byte; deflate reaches 1,032 on an empty picture, JPEG about as much."""

RATIO_CHECKED_FROM_BYTES = 64 * 2**20
"""Below this size a high ratio does no harm (a small empty mask compresses very well)."""

SCRATCH_FROM_BYTES = 2**30
"""Decoded series from this size go to an unnamed scratch file that the system may page out."""


def check_size(
    path: Path,
    plane_yx: tuple[int, int],
    stack: Sequence[int] = (),
    *,
    bytes_per_value: int = 1,
    file_bytes: int | None = None,
) -> None:
    """Refuses an image that is empty or larger than SpheroSeg handles.

    Args:
        path: the file, for the message.
        plane_yx: height and width in pixels as the header states them.
        stack: sizes of the other axes (frames, channels, slices, samples).
        bytes_per_value: bytes of one decoded value.
        file_bytes: size of the file, to recognise decompression bombs; None where it says nothing
            (memory-mapped files, sets of files).

    Raises:
        ImageReadError: a side is 0, or one of this module's limits is exceeded.
    """
    height, width = plane_yx
    if height < 1 or width < 1 or any(size < 1 for size in stack):
        raise ImageReadError(path, f"the image is empty ({width} × {height} pixels)")
    if max(height, width) > MAX_SIDE_PX or height * width > MAX_PLANE_PX:
        raise ImageReadError(
            path,
            f"the header asks for {width:,} × {height:,} pixels; "
            f"the limit is {MAX_SIDE_PX:,} a side and {MAX_PLANE_PX:,} in all",
        )
    decoded_bytes = height * width * math.prod(stack) * bytes_per_value
    if decoded_bytes > MAX_DECODED_BYTES:
        raise ImageReadError(
            path,
            f"the image would take {decoded_bytes / 2**30:,.0f} GiB in memory; the limit is {MAX_DECODED_BYTES // 2**30}",
        )
    if (
        file_bytes is not None
        and decoded_bytes > RATIO_CHECKED_FROM_BYTES
        and decoded_bytes > MAX_COMPRESSION_RATIO * file_bytes
    ):
        raise ImageReadError(
            path,
            f"{file_bytes:,} bytes claim to hold {decoded_bytes:,} bytes of pixels; this looks like a decompression bomb",
        )
