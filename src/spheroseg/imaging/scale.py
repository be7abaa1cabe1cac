"""How large is a pixel? One judge for whatever a file, and what stands beside it, says.

A wrong scale is the worst fault of a measuring tool, since nobody sees it. Every reader therefore hands its statements to
`judge`, which takes the most trustworthy one that is meant as a scale, and says what it took or refused, and why.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass

from spheroseg.errors import ParameterError

MIN_UM, MAX_UM = 0.02, 50.0
"""Pixel sizes that a light microscope or a plate scanner can have, in µm."""

SOURCES = {
    "operetta": "Index.idx.xml of Harmony beside the file",
    "yokogawa": "MeasurementDetail.mrf beside the file",
    "zen": "ZEN's metadata file beside the image",
    "micromanager-text": "Micro-Manager's metadata.txt beside the file",
    "czi": "CZI scaling",
    "nd2": "ND2 calibration",
    "lif": "LIF dimensions",
    "lsm": "LSM voxel size",
    "oif": "Olympus axis parameters",
    "oir": "Olympus axis parameters",
    "dv": "DeltaVision header",
    "vsi": "cellSens pixel size",
    "omezarr": "OME-Zarr coordinate transformations",
    "metamorph": "MetaMorph or MetaSeries calibration",
    "micromanager": "Micro-Manager metadata",
    "biotek": "Gen5 image width",
    "keyence": "calibration behind a Keyence image",
    "svs": "Aperio MPP",
    "ome": "OME physical size",
    "imagej": "ImageJ calibration",
    "tiff-resolution": "resolution tags of the TIFF",
}
"""Where a pixel size may come from, the most trustworthy first. What is beside a file was written for the acquisition;
resolution tags are filled in by every export function, whether it knows a scale or not."""

_ORDER = {source: rank for rank, source in enumerate(SOURCES)}
# of screens, printers and flatbed scanners; 10,000 is written by programs that know no scale, whatever the unit
_PRINT_DPI = (
    72, 75, 90, 96, 100, 120, 150, 180, 200, 240, 254, 300, 350, 360, 400, 600, 720, 800, 1000, 1200, 1440, 1600, 1800, 2000,
    2400, 2880, 3200, 3600, 4000, 4800, 6400, 9600, 10_000,
)  # fmt: skip
_ROUNDED_DPI = 0.0025  # whole pixels a centimetre (472) are 0.2 % beside the dots an inch (1200) that they were made of
# pitches of the sensors of microscope cameras: what a writer states who knows the camera and not the objective
_SENSOR_PITCH_UM = (
    3.45, 3.75, 3.76, 4.25, 4.54, 4.65, 5.3, 5.5, 5.86, 6.45, 6.5, 6.7, 6.8, 7.3, 7.4, 7.52, 8.0, 9.0, 11.0, 13.0, 16.0, 24.0,
    2 * 3.45, 2 * 4.54, 2 * 5.86,  # binned
)  # fmt: skip
_SAME = 0.005  # sizes that differ by less are the same statement


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement about the size of a pixel.

    Attributes:
        source: a key of `SOURCES`.
        size_um: (y, x) µm as stated.
        is_general: True for fields that say pixels an inch or a centimetre and that every export function fills in.
    """

    source: str
    size_um: tuple[float, float]
    is_general: bool = False


@dataclass(frozen=True, slots=True)
class Scale:
    """What was decided.

    Attributes:
        pixel_size_um: (y, x) in µm, or None.
        source: of the statement that was taken, or "".
        notes: what was refused or contradicted, and why, one sentence each.
    """

    pixel_size_um: tuple[float, float] | None = None
    source: str = ""
    notes: tuple[str, ...] = ()


def judge(claims: Iterable[Claim], *, writer: str = "") -> Scale:
    """Takes the most trustworthy statement that is plausible and meant as a scale.

    Args:
        claims: all statements, in any order.
        writer: the program that wrote the file, where it is known to fill in the resolution tags with something
            else: "operetta" puts the camera's pitch there.

    Returns:
        The scale; without one that can be believed, no pixel size and the reasons.
    """
    taken: Claim | None = None
    notes: list[str] = []
    for claim in sorted(claims, key=lambda claim: _ORDER[claim.source]):
        reason = _doubt(claim, writer)
        if reason:
            if taken is None:  # what a better statement makes idle need not be explained
                notes.append(reason)
        elif taken is None:
            taken = claim
        elif _differ(claim.size_um, taken.size_um):
            notes.append(
                f"pixel size {_text(taken.size_um)} of {SOURCES[taken.source]} taken; "
                f"{SOURCES[claim.source]} says {_text(claim.size_um)}"
            )
    if taken is None:
        return Scale(notes=tuple(notes))
    if taken.size_um == (1.0, 1.0):
        notes.append(f"exactly 1 µm a pixel ({SOURCES[taken.source]}) may be a program's default")
    return Scale(taken.size_um, taken.source, tuple(notes))


def _doubt(claim: Claim, writer: str) -> str:
    """Why a statement is not believed, or ""."""
    size_y, size_x = claim.size_um
    where = SOURCES[claim.source]
    if claim.is_general:
        dpi = 25_400 / size_x
        dots = f"{dpi:,.0f}" if dpi >= 1_000 else f"{dpi:.4g}"
        if any(abs(dpi - usual) < _ROUNDED_DPI * usual for usual in _PRINT_DPI):
            return f"{dots} dots per inch ({where}) is a print setting, not a pixel size"
        if _is(1.0, size_y) and _is(1.0, size_x):
            return f"10,000 pixels per cm ({where}) is a default of programs that know no scale; not taken as 1 µm"
        if writer == "operetta":
            return f"{_text(claim.size_um)} ({where}) is the camera's pitch in Harmony's files, not the size in the specimen"
        if any(_is(pitch, size_x) for pitch in _SENSOR_PITCH_UM):
            return f"{_text(claim.size_um)} ({where}) is the pitch of a camera's sensor, not the size in the specimen"
        if not _is_plausible(claim.size_um) and dpi < 2_400:
            return f"{dots} dots per inch ({where}) is a print setting, not a pixel size"
    if not _is_plausible(claim.size_um):
        return f"a pixel size of {_text(claim.size_um)} ({where}) cannot be meant; believed are {MIN_UM:g} to {MAX_UM:g} µm"
    if max(size_y, size_x) > 4 * min(size_y, size_x):
        return f"a pixel of {_text(claim.size_um)} ({where}) cannot be meant: its sides differ too much"
    return ""


def _is_plausible(size_um: tuple[float, float]) -> bool:
    return all(math.isfinite(size) and MIN_UM <= size <= MAX_UM for size in size_um)


def _is(expected: float, size: float) -> bool:
    return abs(size - expected) <= 1e-4 * expected


def _differ(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return any(abs(a - b) > _SAME * b for a, b in zip(one, other, strict=True))


def _text(size_um: tuple[float, float]) -> str:
    size_y, size_x = size_um
    return f"{size_x:.4g} µm" if _is(size_y, size_x) else f"{size_x:.4g} × {size_y:.4g} µm"


def parse_pixel_size(text: str) -> tuple[float, float]:
    """(y, x) in µm of what a person wrote: "1.3", "1,3" (a decimal comma), "1.3um", "1.3x1.5" or "1.3,1.5" (x, y).

    A lone comma between two whole numbers is a decimal comma: pixels of 1 × 3 µm do not exist, 1,3 µm do. Two sizes are
    told apart by ×, x, a semicolon or a space, or by a comma where both have a decimal point.

    Raises:
        ParameterError: the text is no size, or could mean two things.
    """
    bare = re.sub(r"\s*(um|µm|μm)\s*", " ", text.strip(), flags=re.IGNORECASE).strip()
    parts = [part for part in re.split(r"\s*[x×;]\s*|\s+", bare, flags=re.IGNORECASE) if part]
    if len(parts) == 1 and re.fullmatch(r"\d*\.\d+,\d*\.\d+", parts[0]):
        parts = parts[0].split(",")
    if len(parts) == 2 and parts[0].endswith(","):
        parts[0] = parts[0][:-1]  # "1.3, 1.5"
    values = [_number(part) for part in parts]
    if len(values) not in {1, 2} or any(value is None for value in values):
        raise ParameterError(f"{text!r} is no pixel size: write µm per pixel, as in 1.3, or 1.3x1.5 for x and y")
    size_y, size_x = float(values[-1] or 0), float(values[0] or 0)
    if not (0 < size_x < math.inf and 0 < size_y < math.inf):
        raise ParameterError(f"a pixel size is a positive length in µm, not {text!r}")
    return size_y, size_x


def _number(text: str) -> float | None:
    if not re.fullmatch(r"\d*[.,]?\d+|\d+[.,]", text):
        return None
    return float(text.replace(",", "."))
