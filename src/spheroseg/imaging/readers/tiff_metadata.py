"""Pixel size, time step and names from what TIFF writers say: ImageJ, MetaMorph, LSM, Micro-Manager, Gen5, Keyence, plain tags.

Sources: ImageJ `TiffDecoder` and `FileInfo`; MetaMorph STK and MetaSeries; Zeiss LSM; TIFF 6.0, section 8; Aperio's description
of its SVS files; for Gen5 and Keyence what readers of such files found.
"""

from __future__ import annotations

import contextlib
import dataclasses
import re
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import tifffile
from defusedxml import ElementTree

from spheroseg.errors import FileNameError
from spheroseg.imaging.filenames import parse_well
from spheroseg.imaging.identity import well_of_name
from spheroseg.imaging.readers.steps import even_step_s, from_first
from spheroseg.imaging.scale import Claim
from spheroseg.imaging.units import duration_s, length_um

_UM_PER_RESOLUTION_UNIT = {2: 25_400.0, 3: 10_000.0}  # inch, centimetre
_GENERAL_UNITS = {"in", "inch", "inches", "cm", "centimeter", "centimetre"}
_TAIL_BYTES = 256 << 10


@dataclass(slots=True)
class Calibration:
    """What a file's metadata say; see `Image` for the fields. `claims` go to `scale.judge`."""

    claims: list[Claim] = dataclasses.field(default_factory=list)
    z_step_um: float | None = None
    time_step_s: float | None = None
    frame_times_s: tuple[float, ...] = ()
    channel_names: tuple[str, ...] = ()
    name: str = ""
    plate: str = ""
    well: str = ""
    field: int | None = None
    metadata: dict[str, Any] = dataclasses.field(default_factory=dict)
    notes: list[str] = dataclasses.field(default_factory=list)


def calibration(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> Calibration:
    """What the metadata of a TIFF that is no OME-TIFF say: the most specific dialect, and every statement of a size."""
    found = _imagej(tif, page) or _metamorph(tif) or _lsm(tif) or _micromanager(tif) or _biotek(page) or Calibration()
    aperio = re.search(r"\bMPP\s*=\s*(\d*[.,]?\d+)", page.description) if tif.is_svs else None
    size = length_um(aperio[1].replace(",", "."), "µm") if aperio else None
    if size:
        found.claims.append(Claim("svs", (size, size)))
    found.claims += keyence_claims(tif)
    if not any(claim.source == "imagej" for claim in found.claims) and not (tif.is_imagej and _imagej_unit(tif)):
        found.claims += resolution_claims(page)
    return found


def _imagej_unit(tif: tifffile.TiffFile) -> str:
    return str((tif.imagej_metadata or {}).get("unit", ""))


def _imagej(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> Calibration | None:
    if not tif.is_imagej:
        return None
    tags = tif.imagej_metadata or {}
    unit = _imagej_unit(tif)
    y_unit = str(tags.get("yunit", "")) or unit
    per_unit = _resolution_yx(page)
    result = Calibration(metadata=_plain(tags))
    if per_unit is not None:
        size_y, size_x = length_um(1 / per_unit[0], y_unit), length_um(1 / per_unit[1], unit)
        if size_y and size_x:
            # inches and centimetres come from the resolution tags of the picture that was opened in ImageJ
            is_general = unit.strip().lower() in _GENERAL_UNITS
            result.claims.append(Claim("imagej", (size_y, size_x), is_general))
    if "spacing" in tags and tags.get("slices", 1) > 1:
        result.z_step_um = length_um(abs(float(tags["spacing"])), str(tags.get("zunit", "")) or unit)
    if "finterval" in tags:
        result.time_step_s = duration_s(tags["finterval"], str(tags.get("tunit", "s")))
    labels = tags.get("Labels")
    n_channels = int(tags.get("channels", 1))
    if isinstance(labels, list) and len(labels) == n_channels > 1:
        result.channel_names = tuple(str(label) for label in labels)
    return result


def _metamorph(tif: tifffile.TiffFile) -> Calibration | None:
    if tif.is_metaseries:
        return _metaseries((tif.metaseries_metadata or {}).get("PlaneInfo", {}))
    return _stk(tif.stk_metadata or {}) if tif.is_stk else None


def _metaseries(tags: dict[str, Any]) -> Calibration:
    prefix = "spatial-calibration"
    result = Calibration(metadata=_plain(tags))
    if tags.get("image-name"):
        result.channel_names = (str(tags["image-name"]),)
    label = re.match(r"\s*([A-Za-z]{1,2}\d{1,2})\s*:\s*Site\s*(\d+)", str(tags.get("stage-label", "")))
    if label:
        with contextlib.suppress(FileNameError):  # a stage position that is called like no well of a plate
            result.well, result.field = parse_well(label[1])[0], int(label[2])
    if str(tags.get(f"{prefix}-state", "True")).lower() not in {"false", "off", "0"}:
        unit = str(tags.get(f"{prefix}-units", "um"))
        size_x, size_y = (length_um(tags.get(f"{prefix}-{axis}", ""), unit) for axis in "xy")
        if size_x and size_y:
            result.claims.append(Claim("metamorph", (size_y, size_x)))
    return result


def _stk(tags: dict[str, Any]) -> Calibration:
    unit = str(tags.get("CalibrationUnits", ""))
    size_x, size_y = (length_um(tags.get(f"{axis}Calibration", ""), unit) for axis in "XY")
    result = Calibration(metadata=_plain(tags))
    if size_x and size_y:
        result.claims.append(Claim("metamorph", (size_y, size_x)))
    distances = np.atleast_1d(np.asarray(tags.get("ZDistance", ()), dtype=float))
    known = np.abs(distances[1:] if distances.size > 1 else distances)
    if known.size and known[0] > 0:
        result.z_step_um = length_um(float(known[0]), unit or "µm")
    moments = tags.get("DatetimeCreated")
    if moments is not None and np.size(moments) > 1:
        times = np.asarray(moments, dtype="datetime64[ms]").astype(np.int64) / 1_000.0
        result.frame_times_s = from_first([float(time) for time in times])
        result.time_step_s = even_step_s(result.frame_times_s)
    return result


def _lsm(tif: tifffile.TiffFile) -> Calibration | None:
    if not tif.is_lsm:
        return None
    tags = tif.lsm_metadata or {}
    size_x, size_y, size_z = (length_um(tags.get(f"VoxelSize{axis}", ""), "m") for axis in "XYZ")
    times = from_first([float(time) for time in tags.get("TimeStamps", ())])
    return Calibration(
        [Claim("lsm", (size_y, size_x))] if size_x and size_y else [],
        size_z,
        duration_s(tags.get("TimeIntervall", ""), "s") or even_step_s(times),
        times,
        metadata=_plain(tags),
    )


def _micromanager(tif: tifffile.TiffFile) -> Calibration | None:
    if not tif.is_micromanager:
        return None
    tags = tif.micromanager_metadata or {}
    summary = tags.get("Summary", {})
    size = length_um(summary.get("PixelSize_um", ""), "um")
    names = summary.get("ChNames", ())
    result = Calibration(
        [Claim("micromanager", (size, size))] if size else [],
        length_um(summary.get("z-step_um", ""), "um"),
        duration_s(summary.get("Interval_ms", ""), "ms"),
        channel_names=tuple(map(str, names)) if isinstance(names, list) else (),
        metadata=_plain(summary),
    )
    positions = summary.get("StagePositions") or summary.get("InitialPositionList") or []
    if len(positions) == 1 and isinstance(positions[0], dict):
        result.name = str(positions[0].get("Label", ""))
        result.well = well_of_name(result.name)
    return result


def _biotek(page: tifffile.TiffPage) -> Calibration | None:
    """BioTek Gen5 (Cytation, Lionheart): XML in the description, with or without its root element's tag."""
    text = page.description
    start = text.find("<BTIImageMetaData")
    if start < 0:
        return None
    try:
        root = ElementTree.fromstring(text[start:].strip("\0 \r\n"))
    except (ElementTree.ParseError, ValueError):
        return None
    found = Calibration()
    width_px, width_um = root.findtext(".//PixelWidth"), root.findtext(".//ImageWidthMicrons")
    height_px, height_um = root.findtext(".//PixelHeight"), root.findtext(".//ImageHeightMicrons")
    size_x = _ratio(width_um, width_px)
    size_y = _ratio(height_um, height_px) or size_x
    if size_x and size_y:
        found.claims.append(Claim("biotek", (size_y, size_x)))
    found.plate = root.findtext(".//ImageReference/Plate") or ""
    with contextlib.suppress(FileNameError):  # a position that is no well
        found.well = parse_well(root.findtext(".//ImageReference/Well") or "")[0]
    channel = root.find(".//ImageAcquisition/Channel")
    if channel is not None and channel.get("Color"):
        found.channel_names = (str(channel.get("Color")),)
    return found


def _ratio(um: str | None, px: str | None) -> float | None:
    try:
        return length_um(float(um or 0) / float(px or 0), "µm")
    except (ValueError, ZeroDivisionError):
        return None


def keyence_claims(tif: tifffile.TiffFile) -> list[Claim]:
    """Keyence BZ-X writes XML behind the last page: the calibration in nm, as the bits of a double in a whole number."""
    handle = tif.filehandle
    handle.seek(max(0, handle.size - _TAIL_BYTES))
    tail = handle.read(_TAIL_BYTES)
    if b"SingleFileProperty" not in tail:
        return []
    found = re.search(rb"<Calibration[^>]*>\s*(-?\d+(?:\.\d+)?)\s*</Calibration>", tail)
    if found is None:
        return []
    text = found[1].decode("ascii")
    nm = float(text)
    if text.lstrip("-").isdecimal() and abs(nm) > 1e12 and abs(nm) < 2**63:
        nm = struct.unpack("<d", struct.pack("<q", int(text)))[0]
    size = length_um(nm, "nm")
    return [Claim("keyence", (size, size))] if size else []


def resolution_claims(page: tifffile.TiffPage) -> list[Claim]:
    """What the resolution tags of a page say, if anything."""
    per_unit = _resolution_yx(page)
    tag = page.tags.get("ResolutionUnit")
    # TIFF 6.0: the unit is the inch where the tag is missing, but writers that leave it out mean nothing by it
    um_per_unit = _UM_PER_RESOLUTION_UNIT.get(int(tag.value)) if tag is not None else None
    if per_unit is None or um_per_unit is None or per_unit == (1.0, 1.0):
        return []
    size_y, size_x = (float(f"{um_per_unit / value:.12g}") for value in per_unit)
    return [Claim("tiff-resolution", (size_y, size_x), is_general=True)]


def _resolution_yx(page: tifffile.TiffPage) -> tuple[float, float] | None:
    """Pixels a unit along y and x, or None where a tag is missing or zero."""
    values = []
    for name in ("YResolution", "XResolution"):
        tag = page.tags.get(name)
        if tag is None or not isinstance(tag.value, tuple) or len(tag.value) != 2 or 0 in tag.value:
            return None
        values.append(tag.value[0] / tag.value[1])
    return values[0], values[1]


def _plain(tags: dict[str, Any]) -> dict[str, Any]:
    """The short plain values of a metadata dictionary; look-up tables, overlays and thumbnails stay out."""
    return {
        str(key): value
        for key, value in tags.items()
        if isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= 2_000)
    }
