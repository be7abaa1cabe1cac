"""Pixel size, time step and names from what TIFF writers say: ImageJ, MetaMorph, LSM, Micro-Manager, plain tags.

Sources: ImageJ `TiffDecoder` and `FileInfo`; MetaMorph STK and MetaSeries; Zeiss LSM; TIFF 6.0, section 8.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import tifffile

from spheroseg.imaging.units import duration_s, length_um

_UM_PER_RESOLUTION_UNIT = {2: 25_400.0, 3: 10_000.0}  # inch, centimetre
_PRINT_DPI = (72, 75, 90, 96, 100, 120, 150, 180, 200, 240, 254, 300, 350, 360, 400, 600, 720, 1200, 1440, 2400)
_PLAUSIBLE_UM = (0.01, 20.0)


@dataclass(slots=True)
class Calibration:
    """What a file's metadata say about the scale of its pixels; see `Image` for the fields."""

    pixel_size_um: tuple[float, float] | None = None
    z_step_um: float | None = None
    time_step_s: float | None = None
    channel_names: tuple[str, ...] = ()
    source: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


def calibration(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> Calibration:
    """The most specific metadata of a TIFF that is no OME-TIFF.

    Resolution tags count only where they make a plausible pixel size (0.01…20 µm) and no usual resolution of
    prints and screens (72, 96, 300 … dots an inch); a note says when they were not used.
    """
    return _imagej(tif, page) or _metamorph(tif) or _lsm(tif) or _micromanager(tif) or _resolution(page)


def _imagej(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> Calibration | None:
    if not tif.is_imagej:
        return None
    said = tif.imagej_metadata or {}
    unit = str(said.get("unit", ""))
    y_unit = str(said.get("yunit", "")) or unit
    per_unit = _resolution_yx(page)
    result = Calibration(metadata=_plain(said))
    if per_unit is not None:
        size_y, size_x = length_um(1 / per_unit[0], y_unit), length_um(1 / per_unit[1], unit)
        if size_y and size_x:
            result.pixel_size_um = (size_y, size_x)
            result.source = "imagej"
    if result.pixel_size_um is None and not unit:
        plain = _resolution(page)
        result.pixel_size_um, result.source, result.notes = plain.pixel_size_um, plain.source, plain.notes
    if "spacing" in said and said.get("slices", 1) > 1:
        result.z_step_um = length_um(abs(float(said["spacing"])), str(said.get("zunit", "")) or unit)
    if "finterval" in said:
        result.time_step_s = duration_s(said["finterval"], str(said.get("tunit", "s")))
    labels = said.get("Labels")
    n_channels = int(said.get("channels", 1))
    if isinstance(labels, list) and len(labels) == n_channels > 1:
        result.channel_names = tuple(str(label) for label in labels)
    return result


def _metamorph(tif: tifffile.TiffFile) -> Calibration | None:
    if tif.is_metaseries:
        said = (tif.metaseries_metadata or {}).get("PlaneInfo", {})
        prefix = "spatial-calibration"
        if str(said.get(f"{prefix}-state", "True")).lower() in {"false", "off", "0"}:
            return None
        unit = str(said.get(f"{prefix}-units", "um"))
        size_x, size_y = (length_um(said.get(f"{prefix}-{axis}", ""), unit) for axis in "xy")
        names = (str(said["image-name"]),) if said.get("image-name") else ()
    elif tif.is_stk:
        said = tif.stk_metadata or {}
        unit = str(said.get("CalibrationUnits", ""))
        size_x, size_y = (length_um(said.get(f"{axis}Calibration", ""), unit) for axis in "XY")
        names = ()
    else:
        return None
    if not (size_x and size_y):
        return None
    return Calibration((size_y, size_x), channel_names=names, source="metamorph", metadata=_plain(said))


def _lsm(tif: tifffile.TiffFile) -> Calibration | None:
    if not tif.is_lsm:
        return None
    said = tif.lsm_metadata or {}
    size_x, size_y, size_z = (length_um(said.get(f"VoxelSize{axis}", ""), "m") for axis in "XYZ")
    if not (size_x and size_y):
        return None
    return Calibration(
        (size_y, size_x), size_z, duration_s(said.get("TimeIntervall", ""), "s"), source="lsm", metadata=_plain(said)
    )


def _micromanager(tif: tifffile.TiffFile) -> Calibration | None:
    if not tif.is_micromanager:
        return None
    summary = (tif.micromanager_metadata or {}).get("Summary", {})
    size = length_um(summary.get("PixelSize_um", ""), "um")
    if not size:
        return None
    names = summary.get("ChNames", ())
    return Calibration(
        (size, size),
        length_um(summary.get("z-step_um", ""), "um"),
        channel_names=tuple(map(str, names)) if isinstance(names, list) else (),
        source="micromanager",
        metadata=_plain(summary),
    )


def _resolution(page: tifffile.TiffPage) -> Calibration:
    per_unit = _resolution_yx(page)
    tag = page.tags.get("ResolutionUnit")
    # TIFF 6.0: the unit is the inch where the tag is missing, but writers that leave it out mean nothing by it
    um_per_unit = _UM_PER_RESOLUTION_UNIT.get(int(tag.value)) if tag is not None else None
    if per_unit is None or um_per_unit is None:
        return Calibration()
    size_y, size_x = (float(f"{um_per_unit / value:.12g}") for value in per_unit)
    low, high = _PLAUSIBLE_UM
    dpi = 25_400 / size_x
    is_print = any(abs(dpi - usual) < 0.02 * usual**0.5 for usual in _PRINT_DPI)
    if is_print or not (low <= size_y <= high and low <= size_x <= high):
        if (per_unit[0], per_unit[1]) == (1.0, 1.0):
            return Calibration()
        return Calibration(notes=[f"resolution of {dpi:.4g} dots per inch is a print setting, not a pixel size"])
    return Calibration((size_y, size_x), source="tiff-resolution")


def _resolution_yx(page: tifffile.TiffPage) -> tuple[float, float] | None:
    """Pixels a unit along y and x, or None where a tag is missing or zero."""
    values = []
    for name in ("YResolution", "XResolution"):
        tag = page.tags.get(name)
        if tag is None or not isinstance(tag.value, tuple) or len(tag.value) != 2 or 0 in tag.value:
            return None
        values.append(tag.value[0] / tag.value[1])
    return values[0], values[1]


def _plain(said: dict[str, Any]) -> dict[str, Any]:
    """The short plain values of a metadata dictionary; look-up tables, overlays and thumbnails stay out."""
    return {
        str(key): value
        for key, value in said.items()
        if isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= 2_000)
    }
