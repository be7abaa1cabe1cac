"""OME-Zarr (NGFF) labels: `<name>.ome.zarr/labels/<class>`, several scales, pixel size, confidences.

Version 0.4 (Zarr 2) is written by default, as more programs open it today; 0.5 (Zarr 3) on demand; both are read. Where
an OME-Zarr image of the name is already there, the labels go into it, with as many axes as the image has.
"""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import zarr
from numpy.typing import NDArray

from spheroseg.errors import FormatError, ImageReadError
from spheroseg.formats.dataset import AnnotatedImage, Annotations, Report
from spheroseg.formats.parts.files import OneFileAnImage, relative_name
from spheroseg.formats.parts.image_folder import ImageFolder, ImageInfo
from spheroseg.formats.parts.jsonfile import as_mapping
from spheroseg.formats.parts.labelplane import decode_plane, named_like, note_hidden_pixels, refuse_other_size
from spheroseg.geometry import Polygon, Polygons, trace
from spheroseg.imaging import Image, read_image
from spheroseg.imaging.units import length_um

SUFFIX = ".ome.zarr"
SUFFIXES = (".ome.zarr", ".zarr")
CHUNK_PX = 1024
SMALLEST_LEVEL_PX = 256
_MARKERS = (".zgroup", "zarr.json")

Version = Literal["0.4", "0.5"]


def write(
    annotations: Annotations, path: Path | str, *, images: ImageFolder | None = None, version: Version = "0.4"
) -> Report:
    """Write the labels of each image to an OME-Zarr.

    Args:
        annotations: the images.
        path: a folder that gets one OME-Zarr an image, or the .ome.zarr of the only image.
        images: the image files; their pixels go into the store, so that viewers show the labels on the image.
        version: of NGFF; an image that is already there keeps its own.

    Returns:
        Objects of one class that lie under each other; labels that the OME-Zarr already had are refused, never replaced.
    """
    report = Report()
    files = OneFileAnImage(Path(path), SUFFIX, report)
    for image in annotations.images:
        target = files.path_for(image.name)
        try:
            if _is_zarr(target):
                _write_labels(zarr.open_group(target, mode="r+"), target, image, report)
            elif target.exists():
                raise FormatError(target, "is there already and is no Zarr; it is not replaced")  # noqa: TRY301 -- reported below
            else:
                _write_new(target, image, images.find(image.name) if images else None, version, report)
        except (FormatError, ImageReadError) as error:
            report.add("refused", image.name, error.reason)
            continue
        report.n_images += 1
        report.n_objects += sum(1 for _ in image.objects())
    return report


def read(path: Path | str, *, images: ImageFolder | None = None) -> tuple[Annotations, Report]:
    """Read the labels of an OME-Zarr, or of all in a folder; the name of a label image is the class of its objects.

    Args:
        path: an OME-Zarr (NGFF 0.4 or 0.5) or a folder.
        images: the images; they give names, and labels of another size are refused.

    Raises:
        FormatError: the path does not exist.
    """
    path, report, found = Path(path), Report(), []
    if not path.is_dir():
        raise FormatError(path, "there is no such folder")
    if _is_zarr(path):
        stores = [(path, path.name)]
    else:
        stores = [(folder, folder.relative_to(path).as_posix()) for folder in _zarrs_below(path)]
    for store, name in stores:
        try:
            image = _read_store(store, name, report)
            refuse_other_size(store, image, images)
            image = named_like(image, images)
        except (FormatError, ImageReadError) as error:
            report.add("refused", name, error.reason)
            continue
        found.append(image)
        report.n_objects += sum(1 for _ in image.objects())
    report.n_images = len(found)
    return Annotations(tuple(found)), report


def _write_new(target: Path, image: AnnotatedImage, pixels: ImageInfo | None, version: Version, report: Report) -> None:
    temporary = target.with_name(f".writing-{target.name}")
    shutil.rmtree(temporary, ignore_errors=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    root = zarr.open_group(temporary, mode="w", zarr_format=2 if version == "0.4" else 3)
    try:
        root.attrs["spheroseg"] = {"image": image.name}
        if pixels is not None:
            _write_pixels(root, read_image(pixels.path), image, version)
        _write_labels(root, target, image, report)
        temporary.rename(target)  # the whole store or nothing
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _write_labels(root: zarr.Group, target: Path, image: AnnotatedImage, report: Report) -> None:
    version: Version = "0.4" if root.metadata.zarr_format == 2 else "0.5"
    n_axes = _check_image(root, target, image)
    group = root.require_group("labels")
    present = _label_names(group)
    classes = list(dict.fromkeys(image.polygons.class_names)) or ["spheroid"]
    names = {class_name: str(relative_name(class_name.replace("/", "_"))) for class_name in classes}
    taken = [name for name in names.values() if name in present]
    if taken:
        raise FormatError(target, f"has labels “{taken[0]}” already; they are not replaced")
    for class_name, name in names.items():
        labels = image.labels(class_name)
        note_hidden_pixels(image, labels, {class_name}, report)
        _write_multiscale(group.create_group(name), labels, n_axes, image, class_name, version)
    entry = {"labels": [*present, *names.values()]}
    group.attrs.update(entry if version == "0.4" else {"ome": {"version": version, **entry}})


def _check_image(root: zarr.Group, target: Path, image: AnnotatedImage) -> int:
    """How many axes the labels need: those of the image that is in the store, else 2."""
    multiscales = _ome(root).get("multiscales")
    if not isinstance(multiscales, list) or not multiscales:
        return 2
    array = root[str(multiscales[0]["datasets"][0]["path"])]
    if not isinstance(array, zarr.Array) or array.shape[-2:] != image.shape:
        raise FormatError(target, f"holds an image of another size than {image.width} × {image.height} px")
    return array.ndim


def _write_multiscale(
    group: zarr.Group, labels: NDArray[Any], n_axes: int, image: AnnotatedImage, class_name: str, version: Version
) -> None:
    labels = labels.astype(np.uint16 if labels.max(initial=0) <= 65_535 else np.uint32)
    properties = [_property(key.label, parts) for key, parts in image.objects() if key.class_name == class_name]
    about: dict[str, Any] = {"properties": properties} | ({"source": {"image": "../../"}} if n_axes > 2 else {})
    # the nearest label: a mean of labels means nothing
    levels = (labels[:: 2**level, :: 2**level][(None,) * (n_axes - 2)] for level in range(_n_levels(labels.shape)))
    multiscale = _write_levels(group, levels, image.pixel_size_um, class_name, version)
    if version == "0.4":
        group.attrs.update({"multiscales": [multiscale], "image-label": {"version": version, **about}})
    else:
        group.attrs["ome"] = {"version": version, "multiscales": [multiscale], "image-label": about}


def _write_pixels(root: zarr.Group, pixels: Image, image: AnnotatedImage, version: Version) -> None:
    if pixels.shape != image.shape:
        raise FormatError(pixels.path or "", f"is not of the annotated size {image.width} × {image.height} px")
    levels = (_halved(pixels.data, 2**level) for level in range(_n_levels(pixels.shape)))
    multiscale = _write_levels(root, levels, image.pixel_size_um or pixels.pixel_size_um, image.name, version)
    root.attrs.update(
        {"multiscales": [multiscale]}
        if version == "0.4"
        else {"ome": {"version": version, "multiscales": [multiscale]}}
    )


def _write_levels(
    group: zarr.Group,
    levels: Iterable[NDArray[Any]],
    pixel_size_um: tuple[float, float] | None,
    name: str,
    version: Version,
) -> dict[str, Any]:
    """Write the levels of one image, finest first, each half of the one before; its entry in "multiscales"."""
    size_y, size_x = pixel_size_um or (1.0, 1.0)
    unit = {"unit": "micrometer"} if pixel_size_um is not None else {}
    datasets, n_axes = [], 2
    for level, block in enumerate(levels):
        n_axes = block.ndim
        chunks = (1,) * (n_axes - 2) + (min(CHUNK_PX, block.shape[-2]), min(CHUNK_PX, block.shape[-1]))
        group.create_array(str(level), data=np.ascontiguousarray(block), chunks=chunks, **_separator(version))
        scale = [1.0] * (n_axes - 2) + [size_y * 2**level, size_x * 2**level]
        datasets.append({"path": str(level), "coordinateTransformations": [{"type": "scale", "scale": scale}]})
    leading = (("t", "time"), ("c", "channel"), ("z", "space"))[5 - n_axes :]
    axes = [{"name": axis, "type": kind} for axis, kind in leading]
    axes += [{"name": axis, "type": "space", **unit} for axis in "yx"]
    entry = {"name": name, "axes": axes, "datasets": datasets}
    return {"version": version, **entry} if version == "0.4" else entry


def _halved(data: NDArray[Any], step: int) -> NDArray[Any]:
    """Mean of blocks of step × step pixels; the last, incomplete blocks take their pixels' mean alone."""
    if step == 1:
        return data
    rows, columns = range(0, data.shape[-2], step), range(0, data.shape[-1], step)
    sums = np.add.reduceat(np.add.reduceat(data, rows, axis=-2, dtype=np.float64), columns, axis=-1)
    n_rows = np.minimum(step, data.shape[-2] - np.array(rows))
    n_columns = np.minimum(step, data.shape[-1] - np.array(columns))
    mean = sums / (n_rows[:, None] * n_columns)
    halved: NDArray[Any] = (np.rint(mean) if data.dtype.kind in "iu" else mean).astype(data.dtype)
    return halved


def _separator(version: Version) -> dict[str, Any]:
    # NGFF 0.4 wants chunks in nested folders; Zarr 3 nests by itself
    return {"chunk_key_encoding": {"name": "v2", "separator": "/"}} if version == "0.4" else {}


def _property(label: int, parts: Sequence[Polygon]) -> dict[str, Any]:
    confidences = [part.confidence for part in parts if part.confidence is not None]
    return {"label-value": label} | ({"confidence": min(confidences)} if confidences else {})


def _n_levels(shape: Sequence[int]) -> int:
    return max(1, math.ceil(math.log2(max(1.0, max(shape) / SMALLEST_LEVEL_PX))) + 1)


def _is_zarr(path: Path) -> bool:
    return any((path / marker).is_file() for marker in _MARKERS)


def _zarrs_below(folder: Path) -> list[Path]:
    found: list[Path] = []
    for child in sorted(folder.iterdir()):
        if child.is_dir() and not child.name.startswith("."):
            found += [child] if _is_zarr(child) else _zarrs_below(child)
    return found


def _ome(group: zarr.Group) -> dict[str, Any]:
    """The OME metadata, which NGFF 0.5 keeps under "ome"."""
    attributes = dict(group.attrs)
    return as_mapping(attributes.get("ome")) or attributes


def _label_names(group: zarr.Group) -> list[str]:
    names = _ome(group).get("labels")
    return [str(name) for name in names] if isinstance(names, list) else []


def _read_store(store: Path, name: str, report: Report) -> AnnotatedImage:
    try:
        root = zarr.open_group(store, mode="r")
        labels = root.get("labels")
    except Exception as error:  # zarr raises whatever it trips over in damaged metadata
        raise FormatError(store, f"is no readable Zarr ({' '.join(str(error).split())[:160]})") from error
    if not isinstance(labels, zarr.Group) or not _label_names(labels):
        raise FormatError(store, "holds no labels")
    polygons: list[Polygon] = []
    shape: tuple[int, int] | None = None
    pixel_size: tuple[float, float] | None = None
    for class_name in _label_names(labels):
        where = f"{name} labels {class_name}"
        try:
            plane, size, confidences = _read_labels(labels, class_name, store)
            if shape is not None and plane.shape != shape:
                raise FormatError(store, "has another size than the other labels")  # noqa: TRY301 -- reported below
            plane = decode_plane(plane, store, report, where=where)
        except FormatError as error:
            report.add("refused", where, error.reason)
            continue
        except Exception as error:  # noqa: BLE001 -- as above, in one label image
            report.add("refused", where, f"is damaged ({' '.join(str(error).split())[:160]})")
            continue
        shape = (plane.shape[0], plane.shape[1])
        pixel_size = pixel_size or size
        polygons += trace(plane, class_name=class_name, confidences=confidences)
    if shape is None:
        raise FormatError(store, "holds no labels that could be read")
    stem = name[: len(name) - len(next((suffix for suffix in SUFFIXES if name.endswith(suffix)), ""))]
    image_name = as_mapping(dict(root.attrs).get("spheroseg")).get("image") or stem
    return AnnotatedImage(str(image_name), shape[1], shape[0], Polygons.from_list(polygons), pixel_size)


def _read_labels(
    labels: zarr.Group, class_name: str, store: Path
) -> tuple[NDArray[Any], tuple[float, float] | None, dict[int, float]]:
    """The finest level as (y, x), pixel size, confidences by label."""
    group = labels[class_name]
    if not isinstance(group, zarr.Group):
        raise FormatError(store, f"labels “{class_name}” are no group of scales")
    metadata = _ome(group)
    multiscale = metadata["multiscales"][0]
    dataset = multiscale["datasets"][0]
    array = group[str(dataset["path"])]
    if not isinstance(array, zarr.Array) or any(side != 1 for side in array.shape[:-2]):
        raise FormatError(
            store, f"labels “{class_name}” have the shape {getattr(array, 'shape', '?')}; one plane is read"
        )
    plane = np.asarray(array[(0,) * (array.ndim - 2)])
    units = [str(as_mapping(axis).get("unit", "")) for axis in multiscale["axes"]][-2:]
    scales = [t["scale"] for t in dataset.get("coordinateTransformations", []) if t.get("type") == "scale"]
    sizes = [length_um(value, unit) for value, unit in zip(scales[0][-2:], units, strict=True)] if scales else [None]
    pixel_size = (sizes[0], sizes[1]) if len(sizes) == 2 and sizes[0] and sizes[1] else None
    properties = as_mapping(metadata.get("image-label")).get("properties") or []
    confidences = {int(p["label-value"]): float(p["confidence"]) for p in properties if "confidence" in p}
    return plane, pixel_size, confidences
