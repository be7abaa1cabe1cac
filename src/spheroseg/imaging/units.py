"""Units as the file formats write them → µm and seconds."""

from __future__ import annotations

import math
import re

from spheroseg.errors import ParameterError

_UM_PER_UNIT = {
    "pm": 1e-6,
    "å": 1e-4,
    "angstrom": 1e-4,
    "nm": 1e-3,
    "nanometer": 1e-3,
    "µm": 1.0,
    "um": 1.0,
    "micron": 1.0,
    "microns": 1.0,
    "micrometer": 1.0,
    "micrometre": 1.0,
    "mm": 1e3,
    "millimeter": 1e3,
    "cm": 1e4,
    "centimeter": 1e4,
    "in": 25_400.0,
    "inch": 25_400.0,
    "inches": 25_400.0,
    "m": 1e6,
    "meter": 1e6,
}
_SECONDS_PER_UNIT = {
    "ns": 1e-9,
    "nanosecond": 1e-9,
    "microsecond": 1e-6,
    "millisecond": 1e-3,
    "µs": 1e-6,
    "us": 1e-6,
    "ms": 1e-3,
    "msec": 1e-3,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "seconds": 1.0,
    "min": 60.0,
    "minute": 60.0,
    "minutes": 60.0,
    "h": 3600.0,
    "hr": 3600.0,
    "hour": 3600.0,
    "hours": 3600.0,
    "d": 86_400.0,
    "day": 86_400.0,
    "days": 86_400.0,
}
# the Greek letter, and ImageJ's escape in files that must stay ASCII
_MICRO_SIGNS = ("μ", "\\u00b5", "\\u03bc")


def length_um(value: object, unit: str) -> float | None:
    """A length in µm, or None where the unit is no length ("pixel") or the value is no positive finite number.

    >>> length_um("0.65", "micron")
    0.65
    >>> length_um(1, "pixel") is None
    True
    """
    return _scaled(value, unit, _UM_PER_UNIT)


def duration_s(value: object, unit: str) -> float | None:
    """A duration in seconds, or None where the unit is no time or the value is no positive finite number."""
    return _scaled(value, unit, _SECONDS_PER_UNIT)


def parse_interval(text: str) -> float:
    """Seconds of what a person wrote: "4h", "30 min", "90s", "1,5 h", "2d".

    Raises:
        ParameterError: the text is no time, or has no unit.
    """
    match = re.fullmatch(r"\s*(\d+(?:[.,]\d+)?)\s*([A-Za-zµ]+)\s*", text)
    seconds = duration_s(match[1].replace(",", "."), match[2]) if match else None
    if seconds is None:
        raise ParameterError(
            f"{text!r} is no time between frames: write a number with its unit, as in 4h, 30min or 90s"
        )
    return seconds


def _scaled(value: object, unit: str, table: dict[str, float]) -> float | None:
    name = unit.strip().lower()
    for sign in _MICRO_SIGNS:
        name = name.replace(sign, "µ")
    if name not in table:
        return None
    try:
        number = float(str(value)) * table[name]
    except ValueError:
        return None
    # twelve digits are more than any file means: 650 nm is 0.65 µm, not 0.6500000000000001
    return float(f"{number:.12g}") if math.isfinite(number) and number > 0 else None
