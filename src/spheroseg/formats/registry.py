"""The list of formats, and which one a path is."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from spheroseg.errors import FormatError, ParameterError
from spheroseg.formats.dataset import Annotations, Report
from spheroseg.formats.parts.image_folder import ImageFolder
from spheroseg.imaging.folder import is_hidden

# Each format's libraries load when it is used: together they take seconds, which `spheroseg --help` should not.
# ruff: noqa: PLC0415

Read = Callable[[Path, ImageFolder | None], tuple[Annotations, Report]]
Write = Callable[[Annotations, Path, ImageFolder | None], Report]

SNIFFED_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Format:
    """One file format.

    Attributes:
        name: for `--from` and `--to`.
        title: as people call it.
        suffixes: endings by which a path is recognised, lower case; the first one is written.
        read: (path, images) → annotations and report; None where it cannot be read as outlines.
        write: (annotations, path, images) → report; None where it is only read.
        cannot_hold: what gets lost, in words; each loss is also in the report of the write.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    read: Read | None
    write: Write | None
    cannot_hold: tuple[str, ...]

    @property
    def can_read(self) -> bool:
        """Whether outlines can be read from it."""
        return self.read is not None

    @property
    def can_write(self) -> bool:
        """Whether it can be written."""
        return self.write is not None


def _read_mask(path: Path, images: ImageFolder | None) -> tuple[Annotations, Report]:
    from spheroseg.formats import labelmask

    return labelmask.read(path, images=images)


def _write_mask(annotations: Annotations, path: Path, _images: ImageFolder | None) -> Report:
    from spheroseg.formats import labelmask

    return labelmask.write(annotations, path, suffix=".tif")


def _write_mask_png(annotations: Annotations, path: Path, _images: ImageFolder | None) -> Report:
    from spheroseg.formats import labelmask

    return labelmask.write(annotations, path, suffix=".png")


def _read_ometiff(path: Path, images: ImageFolder | None) -> tuple[Annotations, Report]:
    from spheroseg.formats import ometiff

    return ometiff.read(path, images=images)


def _write_ometiff(annotations: Annotations, path: Path, _images: ImageFolder | None) -> Report:
    from spheroseg.formats import ometiff

    return ometiff.write(annotations, path)


def _read_omezarr(path: Path, images: ImageFolder | None) -> tuple[Annotations, Report]:
    from spheroseg.formats import omezarr

    return omezarr.read(path, images=images)


def _write_omezarr(annotations: Annotations, path: Path, images: ImageFolder | None) -> Report:
    from spheroseg.formats import omezarr

    return omezarr.write(annotations, path, images=images)


def _read_coco(path: Path, images: ImageFolder | None) -> tuple[Annotations, Report]:
    from spheroseg.formats import coco

    return coco.read(path, images=images)


def _write_coco(annotations: Annotations, path: Path, _images: ImageFolder | None) -> Report:
    from spheroseg.formats import coco

    return coco.write(annotations, path)


def _read_yolo(path: Path, images: ImageFolder | None) -> tuple[Annotations, Report]:
    from spheroseg.formats import yolo

    return yolo.read(path, images=images)


def _write_yolo(annotations: Annotations, path: Path, images: ImageFolder | None) -> Report:
    from spheroseg.formats import yolo

    return yolo.write(annotations, path, images=images)


def _read_geojson(path: Path, images: ImageFolder | None) -> tuple[Annotations, Report]:
    from spheroseg.formats import geojson

    return geojson.read(path, images=images)


def _write_geojson(annotations: Annotations, path: Path, _images: ImageFolder | None) -> Report:
    from spheroseg.formats import geojson

    return geojson.write(annotations, path)


def _read_imagej(path: Path, images: ImageFolder | None) -> tuple[Annotations, Report]:
    from spheroseg.formats import imagej

    return imagej.read(path, images=images)


def _write_imagej(annotations: Annotations, path: Path, _images: ImageFolder | None) -> Report:
    from spheroseg.formats import imagej

    return imagej.write(annotations, path)


def _read_cvat(path: Path, _images: ImageFolder | None) -> tuple[Annotations, Report]:
    from spheroseg.formats import cvat

    return cvat.read(path)


def _read_datumaro(path: Path, images: ImageFolder | None) -> tuple[Annotations, Report]:
    from spheroseg.formats import datumaro

    return datumaro.read(path, images=images)


def _write_table(suffix: str) -> Write:
    def write(annotations: Annotations, path: Path, _images: ImageFolder | None) -> Report:
        from spheroseg.formats import table

        return table.write(annotations, path if path.suffix.lower() == suffix else path / f"objects{suffix}")

    return write


def _write_overlay(annotations: Annotations, path: Path, images: ImageFolder | None) -> Report:
    from spheroseg.formats import overlay

    if images is None:
        raise ParameterError("overlays are drawn on the images; give the images' folder")
    return overlay.write(annotations, path, images)


_NO_OUTLINES = ("outlines",)

FORMATS: tuple[Format, ...] = (
    Format(
        "masks", "Label masks, TIFF", (".tif", ".tiff", ".bmp"), _read_mask, _write_mask,
        ("classes (cores get a file of their own)", "confidences", "pixels under another object", "measures"),
    ),
    Format(
        "masks-png", "Label masks, 16-bit PNG", (".png",), _read_mask, _write_mask_png,
        ("as masks", "pixel size", "labels above 65,535"),
    ),
    Format(
        "ome-tiff", "OME-TIFF labels, a channel a class", (".ome.tif", ".ome.tiff"), _read_ometiff, _write_ometiff,
        ("confidences", "pixels under another object of the class", "measures"),
    ),
    Format(
        "ome-zarr", "OME-Zarr labels (NGFF 0.4, 0.5)", (".ome.zarr", ".zarr"), _read_omezarr, _write_omezarr,
        ("pixels under another object of the class", "measures"),
    ),
    Format("coco", "COCO instance segmentation", (".json",), _read_coco, _write_coco, ("measures", "sub-pixel outlines")),
    Format(
        "yolo", "YOLO segmentation with data.yaml", (), _read_yolo, _write_yolo,
        ("holes", "object numbers", "confidences", "pixel size", "image size", "measures"),
    ),
    Format("geojson", "QuPath GeoJSON", (".geojson", ".geojson.gz"), _read_geojson, _write_geojson, ()),
    Format("imagej", "ImageJ and Fiji ROI set", (".zip", ".roi"), _read_imagej, _write_imagej, ("measures",)),
    Format("cvat", "CVAT XML 1.1", (".xml",), _read_cvat, None, ()),
    Format("datumaro", "Datumaro JSON", (), _read_datumaro, None, ()),
    Format("csv", "Tables of measures, CSV", (".csv",), None, _write_table(".csv"), (*_NO_OUTLINES, "run card")),
    Format("xlsx", "Tables of measures, Excel workbook", (".xlsx",), None, _write_table(".xlsx"), _NO_OUTLINES),
    Format("parquet", "Tables of measures, Parquet", (".parquet",), None, _write_table(".parquet"), _NO_OUTLINES),
    Format("overlays", "Overlay PNG on the images", (), None, _write_overlay, ("everything but the picture",)),
)  # fmt: skip


def format_named(name: str) -> Format:
    """The format of that name.

    Raises:
        ParameterError: there is none.
    """
    for entry in FORMATS:
        if entry.name == name.lower():
            return entry
    raise ParameterError(f"there is no format “{name}”; known are {', '.join(entry.name for entry in FORMATS)}")


def format_of_source(path: Path) -> Format:
    """Which format a file or folder is in: by its suffix, and by its content where several share the suffix.

    Raises:
        FormatError: it does not exist, or no format is recognised.
    """
    if path.is_dir():
        name = _folder_format(path)
    elif path.is_file():
        name = _file_format(path)
    else:
        raise FormatError(path, "there is no such file or folder")
    if name is None:
        raise FormatError(path, f"its format is not recognised; name it: {_names(reads=True)}")
    entry = format_named(name)
    if entry.read is None:
        raise FormatError(path, f"{entry.title} hold no outlines that could be read")
    return entry


def format_of_target(path: Path) -> Format:
    """Which format a path to write means, by its suffix.

    Raises:
        FormatError: the suffix says nothing, or the format is only read.
    """
    name = _by_suffix(path.name)
    if name is None:
        raise FormatError(path, f"its name does not say the format; name it: {_names(reads=False)}")
    entry = format_named(name)
    if entry.write is None:
        raise FormatError(path, f"{entry.title} is only read, not written")
    return entry


def _names(*, reads: bool) -> str:
    return ", ".join(entry.name for entry in FORMATS if (entry.can_read if reads else entry.can_write))


def _by_suffix(name: str) -> str | None:
    """The format with the longest fitting suffix: .ome.tif before .tif."""
    fitting = [
        (len(suffix), entry.name) for entry in FORMATS for suffix in entry.suffixes if name.lower().endswith(suffix)
    ]
    return max(fitting)[1] if fitting else None


def _file_format(path: Path) -> str | None:
    suffix = path.suffix.lower()
    if suffix == ".json":
        with path.open("rb") as stream:
            head = stream.read(SNIFFED_BYTES)
        if b'"FeatureCollection"' in head or b'"Feature"' in head:
            return "geojson"
        return (
            "datumaro" if b'"dm_format_version"' in head or (b'"items"' in head and b'"images"' not in head) else "coco"
        )
    if suffix == ".zip" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return "cvat" if "annotations.xml" in archive.namelist() else "imagej"
    if suffix in {".txt", ".yaml", ".yml"}:
        return "yolo"
    return _by_suffix(path.name)


def _folder_format(path: Path) -> str | None:
    if (path / ".zgroup").is_file() or (path / "zarr.json").is_file():
        return "ome-zarr"
    if (path / "labels").is_dir() or any((path / name).is_file() for name in ("data.yaml", "data.yml")):
        return "yolo"
    for child in sorted(path.rglob("*")):
        if any(map(is_hidden, child.relative_to(path).parts)):
            continue
        if child.suffix.lower() == ".txt":
            return "yolo"
        if child.is_file() or child.name.lower().endswith(".zarr"):
            name = _file_format(child) if child.is_file() else "ome-zarr"
            if name is not None and format_named(name).read is not None:
                return name
    return None
