"""DeltaVision (DV, R3D) → Image, by mrc."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from mrc import DVFile

from spheroseg.errors import ImageReadError
from spheroseg.imaging.image import Image
from spheroseg.imaging.limits import check_size
from spheroseg.imaging.readers.axes import StatedAxes, name_channels, to_tczyx
from spheroseg.imaging.readers.damage import CUT_OFF, blank, places_of, stacked
from spheroseg.imaging.readers.steps import even_step_s, from_first
from spheroseg.imaging.scale import Claim, judge
from spheroseg.imaging.units import length_um

_HEADER_BYTES = 1024
_MODES = {0, 1, 2, 6, 7}
"""Kinds of pixels that are numbers: bytes, signed and unsigned 16 bit, 32-bit float and integer."""
_IDS = (b"\xa0\xc0", b"\xc0\xa0")


def read(path: Path, series: int, _stated: StatedAxes | None = None) -> Image:
    """Reads the one image of a DeltaVision file; planes beyond the end of one that is cut off are `unreadable`.

    Raises:
        ImageReadError: damaged, truncated, of complex pixels, too large, or a series other than 0.
    """
    if series != 0:
        raise ImageReadError(path, f"there is no series {series}; this kind of file holds one image")
    with path.open("rb") as stream:
        head = stream.read(_HEADER_BYTES)
    if len(head) < _HEADER_BYTES or head[96:98] not in _IDS:
        raise ImageReadError(path, "it is no DeltaVision file; of other MRC files export a TIFF (mrc2tif of IMOD)")
    order = "<" if head[96:98] == _IDS[0] else ">"
    width, height, sections, mode = (int(value) for value in np.frombuffer(head, f"{order}i4", 4))
    extended = int(np.frombuffer(head, f"{order}i4", 1, offset=92)[0])
    if mode not in _MODES:
        raise ImageReadError(path, f"pixels of mode {mode} are not read")
    bytes_per_value = {0: 1, 1: 2, 2: 4, 6: 2, 7: 4}[mode]
    check_size(path, (height, width), (sections,), bytes_per_value=bytes_per_value)
    start, plane_bytes = _HEADER_BYTES + extended, height * width * bytes_per_value
    n_there = (path.stat().st_size - start) // plane_bytes if extended >= 0 else 0
    if n_there < 1:
        raise ImageReadError(path, "the DV file is truncated: pixels lie beyond its end")
    with _opened(path, start + sections * plane_bytes) as file:
        sizes, header = file.sizes, file.hdr
        if sizes["T"] * sizes["C"] * sizes["Z"] != sections:
            raise ImageReadError(path, f"its {sections} planes are no whole number of times and channels")
        arranged = to_tczyx(path, np.array(file.data, dtype=file.dtype.newbyteorder("=")), "".join(sizes))
        cut_off = dict.fromkeys(range(n_there, sections), CUT_OFF)
        unreadable = places_of(path, cut_off, stacked(list(sizes), list(sizes.values())), arranged.data.shape)
        times = _times(file) if order == "<" else ()  # mrc reads the extended header of the usual byte order alone
    size_x, size_y, z_step = (length_um(f"{abs(size):.7g}", "µm") for size in (header.dx, header.dy, header.dz))
    scale = judge([Claim("dv", (size_y, size_x))] if size_y and size_x else [])
    waves = (header.wave1, header.wave2, header.wave3, header.wave4, header.wave5)[: sizes["C"]]
    return Image(
        data=arranged.data,
        pixel_size_um=scale.pixel_size_um,
        z_step_um=z_step if sizes["Z"] > 1 else None,
        time_step_s=even_step_s(times),
        frame_times_s=times,
        channel_names=name_channels([f"{wave} nm" if wave > 0 else "" for wave in waves], arranged.data.shape[1]),
        significant_bits=8 * bytes_per_value,
        path=path,
        pixel_size_source=scale.source,
        metadata={"lens": file.lens} if file.lens else {},
        notes=(*scale.notes, *arranged.notes),
        unreadable=blank(arranged.data, unreadable),
    )


@contextmanager
def _opened(path: Path, n_bytes: int) -> Iterator[DVFile]:
    """The file, or, where it ends too early, a copy that goes on with zeros: mrc maps the whole of it."""
    if path.stat().st_size >= n_bytes:
        with DVFile(path) as file:
            yield file
        return
    with tempfile.NamedTemporaryFile(suffix=".dv") as copy:
        with path.open("rb") as stored:
            shutil.copyfileobj(stored, copy)
        copy.truncate(n_bytes)  # takes no room on the disk
        copy.flush()
        with DVFile(copy.name) as file:
            yield file


def _times(file: DVFile) -> tuple[float, ...]:
    """Seconds of the frames after the first, by the time stamp that each plane has; () where there are none."""
    sizes, header = file.sizes, file.ext_hdr
    if header is None or sizes["T"] < 2 or file.hdr.n_floats < 2:
        return ()
    names = [name for name in sizes if name not in "YX"]
    stride = int(np.prod([sizes[name] for name in names[names.index("T") + 1 :]], dtype=int))
    return from_first([float(header.frame(t * stride).timeStampSeconds) for t in range(sizes["T"])])
