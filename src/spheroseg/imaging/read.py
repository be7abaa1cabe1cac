"""A file → Image. The kinds of files are the visible list in `kinds`; what a file is, its first bytes decide."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from spheroseg.errors import ImageReadError, ParameterError
from spheroseg.imaging.image import Image
from spheroseg.imaging.kinds import HEAD_BYTES, IMAGE_KINDS, OME_ZARR, ImageKind, kind_of
from spheroseg.imaging.other_kinds import other_kind
from spheroseg.imaging.reader_logs import quiet_libraries
from spheroseg.imaging.readers.axes import parse_axes, restate
from spheroseg.imaging.readers.damage import explained

#: The reader of each kind of `IMAGE_KINDS`, a module of `readers` with (path, series, axes as a person states them) → Image.
#: They are imported when a file asks for them: the libraries behind them take 0.2 to 0.4 s each, which neither
#: `spheroseg --help` nor a server that only serves tables should pay.
_READERS = {
    "PNG": "photo",
    "JPEG": "photo",
    "BMP": "photo",
    "TIFF": "tiff",
    "ND2": "nd2",
    "CZI": "czi",
    "LIF": "lif",
    "XLEF": "lif",
    "OIB": "olympus",
    "OIF": "olympus",
    "OIR": "oir",
    "VSI": "vsi",
    "HEIC": "heif",
    "DV": "dv",
    "OME-Zarr": "omezarr",
}

_JPEG_2000 = b"\0\0\0\x0cjP  \r\n\x87\n"  # old ND2 files begin like it


def read_image(path: Path | str, *, series: int = 0, axes: str | None = None, interval_s: float | None = None) -> Image:
    """Reads one image: raw values, named axes, pixel size.

    The file's first bytes decide what it is, not its name. Uncompressed TIFF of 128 MiB and more is
    memory-mapped read-only; keep the file unchanged while the image is in use.

    Args:
        path: a file of one of `IMAGE_KINDS` (PNG, JPEG, TIFF with OME-TIFF, STK and LSM, ND2, CZI, LIF …), or the folder of
            an OME-Zarr.
        series: which image of a file of several (scene, position), from 0; `Image.n_series` says how many.
        axes: what the pages of a file are whose metadata do not say it: "channels", "z" or "time", their numbers as in
            "t12c2" (the slowest first), or all stored axes as in "zcyx".
        interval_s: seconds between frames, for recordings that state none; pages of unknown meaning become times.

    Returns:
        The image; `Image.notes` says what a person should know about the reading.

    Raises:
        ImageReadError: the file is missing, unreadable, empty, damaged, truncated, of an unknown kind or larger
            than SpheroSeg handles. One line that names the file and the reason.
        ParameterError: axes or interval_s make no sense.
    """
    path = Path(path)
    stated = parse_axes(axes) if axes else None
    if interval_s is not None and not 0 < interval_s < float("inf"):
        raise ParameterError(f"an interval is a positive time in seconds, not {interval_s:g}")
    kind = _format_of(path)
    with quiet_libraries() as messages:
        try:
            image: Image = _reader(kind).read(path, series, stated)
        except (ImageReadError, ParameterError):
            raise
        except MemoryError as error:
            raise ImageReadError(path, "there is not enough memory to read it") from error
        except ModuleNotFoundError as error:
            raise ImageReadError(path, _missing(kind)) from error
        except OSError as error:
            raise ImageReadError(path, _system_reason(error, kind)) from error
        except Exception as error:  # on damaged bytes the decoders raise whatever they happen to trip over
            raise ImageReadError(path, _damage(kind, error, messages)) from error
    if stated is not None and kind.name not in {"TIFF", "OME-Zarr"}:
        image = restate(image, stated)
    image = explained(image)
    image = with_interval(image, interval_s)
    metadata = {"format": kind.name, **image.metadata}
    return replace(image, metadata=metadata, notes=(*image.notes, *_not_finite(image)))


@contextmanager
def cached_structure() -> Iterator[None]:
    """Within it the structure of a TIFF is read once, however many of its series `read_image` is asked for."""
    from spheroseg.imaging.readers import tiff  # noqa: PLC0415 -- see above

    with tiff.cached_structure():
        yield


def count_series(path: Path | str) -> int:
    """How many series a file has, without reading their pixels; 1 where that cannot be told.

    For a file whose first series cannot be read: the others are not lost with it.
    """
    path = Path(path)
    try:
        kind = _format_of(path)
        with quiet_libraries():
            return max(1, int(_reader(kind).count_series(path)))
    except Exception:  # noqa: BLE001 -- what is wrong with the file is told by reading it
        return 1


def _reader(kind: ImageKind) -> ModuleType:
    return import_module(f"spheroseg.imaging.readers.{_READERS[kind.name]}")


def with_interval(image: Image, interval_s: float | None) -> Image:
    """What a person says about the time between frames, over what the file says."""
    if interval_s is None or image.n_frames < 2 or image.frames_are not in {"time", "page"}:
        return image
    notes = image.notes
    if image.frames_are == "page":
        notes = (
            *(note for note in notes if "unknown meaning" not in note),
            f"{image.n_frames} pages read as times, as stated",
        )
    elif image.time_step_s and abs(image.time_step_s - interval_s) > 0.01 * interval_s:
        notes = (*notes, f"{interval_s:g} s between frames, as stated; the file says {image.time_step_s:g} s")
    return replace(image, time_step_s=interval_s, frame_times_s=(), frames_are="time", notes=notes)


def describe(path: Path | str, *, series: int = 0) -> dict[str, Any]:
    """What was read from a file, in words and numbers, for `spheroseg info`.

    Returns:
        Plain values by name: file, file_bytes, format, series, n_series, name, plate, well, field, width, height, n_frames, n_channels,
        n_slices, dtype, significant_bits, is_rgb, channel_names, pixel_size_um (y, x), pixel_size_source,
        z_step_um, time_step_s, notes, metadata.

    Raises:
        ImageReadError: as `read_image`.
    """
    image = read_image(path, series=series)
    height, width = image.shape
    return {
        "file": str(path),
        "file_bytes": Path(path).stat().st_size,
        "format": image.metadata["format"],
        "series": image.series,
        "n_series": image.n_series,
        "name": image.name,
        "plate": image.plate,
        "well": image.well,
        "field": image.field,
        "width": width,
        "height": height,
        "n_frames": image.n_frames,
        "n_channels": image.n_channels,
        "n_slices": image.n_slices,
        "dtype": image.data.dtype.name,
        "significant_bits": image.significant_bits,
        "is_rgb": image.is_rgb,
        "channel_names": list(image.channel_names),
        "pixel_size_um": list(image.pixel_size_um) if image.pixel_size_um else None,
        "pixel_size_source": image.pixel_size_source,
        "z_step_um": image.z_step_um,
        "time_step_s": image.time_step_s,
        "notes": list(image.notes),
        "metadata": image.metadata,
    }


def _format_of(path: Path) -> ImageKind:
    try:
        if path.is_dir() and any((path / name).is_file() for name in ("zarr.json", ".zgroup", ".zattrs")):
            return OME_ZARR
        if path.is_dir():
            raise ImageReadError(path, "this is a folder, not an image file")
        if path.exists() and not path.is_file():
            raise ImageReadError(path, "this is a pipe or a device, not an image file")
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError as error:
        raise ImageReadError(path, _system_reason(error, None)) from error
    except ValueError as error:  # a null character in the name
        raise ImageReadError(path, "this is no file name") from error
    if not head:
        raise ImageReadError(path, "the file is empty")
    other = other_kind(path.name, head)
    if other is not None:
        raise ImageReadError(path, f"a {other.name} file: {other.reason}")
    if head.startswith(_JPEG_2000) and path.suffix.lower() != ".nd2":
        raise ImageReadError(path, "a JPEG 2000 file: it is not read; save it as TIFF or PNG")
    kind = kind_of(head, path.name)
    if kind is not None:
        return kind
    known = ", ".join(kind.name for kind in IMAGE_KINDS)
    raise ImageReadError(path, f"its content is none of the kinds that are read ({known})")


def _missing(kind: ImageKind) -> str:
    """What to install for a kind whose library is not there."""
    if kind.name == "OIR" and sys.version_info < (3, 12):
        return "an OIR file: the library that reads it needs Python 3.12 or newer; use that, or export it as OME-TIFF"
    return f"reading {kind.name} needs a library that is not installed: pip install 'spheroseg[{kind.extra}]'"


def _system_reason(error: OSError, kind: ImageKind | None) -> str:
    if error.errno == errno.ENOENT:
        return "there is no such file"
    if error.errno is not None:
        return os.strerror(error.errno).lower()
    # Pillow's own messages about damaged pictures are OSErrors without a number
    return f"the {kind.name} file is damaged or truncated ({_one_line(error)})" if kind else _one_line(error)


def _damage(kind: ImageKind, error: Exception, messages: list[str]) -> str:
    detail = _one_line(error)
    if not detail and messages:
        detail = messages[-1].splitlines()[0]
    return f"the {kind.name} file is damaged or of a kind that is not supported ({detail or type(error).__name__})"


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 160 else f"{text[:157]}…"


def _not_finite(image: Image) -> list[str]:
    """A note on NaN and infinite values; memory-mapped images are not searched."""
    if image.data.dtype.kind != "f" or isinstance(image.data, np.memmap) or isinstance(image.data.base, np.memmap):
        return []
    n_values = image.data.size - int(np.isfinite(image.data).sum())
    return [f"{n_values:,} values are NaN or infinite; contrast ignores them"] if n_values else []
