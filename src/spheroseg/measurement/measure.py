"""Outlines or labels → one table row an object."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ParameterError
from spheroseg.geometry import Polygons, rasterise, trace
from spheroseg.geometry.trace import Confidences, as_label_image
from spheroseg.imaging.image import Image
from spheroseg.records import check_pixel_size

if TYPE_CHECKING:
    import pandas as pd


def measure(
    objects: NDArray[Any] | Polygons,
    image: Image | NDArray[Any] | None = None,
    *,
    pixel_size_um: float | tuple[float, float] | None = None,
    region: str = "filled",
    shape: tuple[int, int] | None = None,
    class_name: str = "spheroid",
    confidences: Confidences | None = None,
    ring_px: tuple[float, float] = (2.0, 10.0),
) -> pd.DataFrame:
    """Measure every object of an image: the columns of `DEFINITIONS`, one row an object.

    An object is all polygons (or all pixels) of one label and class. Lengths are in µm where the pixel size is known
    and in px otherwise, as the columns' names say: `area_um2` or `area_px2`. What cannot be computed is NA, and the
    column `na_reasons` says why ("orientation:no_direction", codes in `NA_REASONS`); nothing is clamped but
    `circularity_imagej`.

    Args:
        objects: (y, x) labels of any integer dtype, 0 is background; or outlines in pixel-edge coordinates.
        image: raw values for the intensity columns: an `Image` with one frame and one slice, or an array (y, x) or
            (c, y, x) of any real dtype. None leaves the intensity columns out.
        pixel_size_um: µm a pixel, or (y, x) where pixels are not square; None takes the image's own.
        region: "filled" measures the area inside the outer rings, "net" subtracts the holes.
        shape: (height, width) of the image, where neither labels nor image tell it; `touches_border` needs it.
        class_name: of the objects of a label image; outlines carry their own.
        confidences: of the objects of a label image, as for `trace`; outlines carry their own.
        ring_px: distance of the background ring from the object, and its width.

    Returns:
        Rows in ascending order of label, `attrs` with region, pixel_size_um (y, x) or None, and unit "µm" or "px".

    Raises:
        ParameterError: labels, image, region, pixel size or ring make no sense or do not fit each other.
    """
    # numba and pandas load slowly
    from spheroseg.measurement.columns import add_intensities, shape_columns  # noqa: PLC0415
    from spheroseg.measurement.objects import group_objects, measurable  # noqa: PLC0415

    if region not in {"filled", "net"}:
        raise ParameterError(f'region is "filled" or "net", not {region!r}')
    if not (ring_px[0] >= 0 and ring_px[1] > 0 and math.isfinite(sum(ring_px))):
        raise ParameterError(f"a background ring has a distance ≥ 0 and a width > 0 in px, not {ring_px}")
    if pixel_size_um is None and isinstance(image, Image):
        pixel_size_um = image.pixel_size_um
    spacing = check_pixel_size(pixel_size_um)
    channels = [] if image is None else _channels(image)
    owner_labels = None if isinstance(objects, Polygons) else as_label_image(objects)
    shape = _one_shape(
        [shape, None if owner_labels is None else owner_labels.shape, *(plane.shape for _, plane, _ in channels)]
    )
    if isinstance(objects, Polygons):
        outlines, broken = measurable(objects)
    else:
        outlines = trace(objects, class_name=class_name, confidences=confidences)
        broken = np.zeros(len(outlines), dtype=np.bool_)
    grouped = group_objects(outlines)
    columns = shape_columns(grouped, spacing or (1.0, 1.0), shape, net=region == "net")
    if shape is not None and channels:
        if owner_labels is None:
            owner_labels = _owner_image(outlines, broken, shape)
        add_intensities(columns, grouped, owner_labels, channels, ring_px, net=region == "net")
    if broken.any():
        columns.forget(np.logical_or.reduceat(broken[grouped.parts], grouped.part_start[:-1]), "invalid_outline")
    table = columns.table(calibrated=spacing is not None)
    table.attrs = {"region": region, "pixel_size_um": spacing, "unit": "px" if spacing is None else "µm"}
    return table


def _one_shape(shapes: list[tuple[int, ...] | None]) -> tuple[int, int] | None:
    known = [(int(shape[0]), int(shape[1])) for shape in shapes if shape is not None]
    if len(set(known)) > 1:
        raise ParameterError(f"labels, image and shape do not fit each other: (height, width) {sorted(set(known))}")
    return known[0] if known else None


def _channels(image: Image | NDArray[Any]) -> list[tuple[str, NDArray[Any], bool]]:
    """Suffix and (y, x) plane of each channel, and whether it can be read: one that cannot leaves its cells empty."""
    if isinstance(image, Image):
        if image.n_frames > 1 or image.n_slices > 1:
            raise ParameterError(
                f"objects lie in one plane; this image has {image.n_frames} frames and {image.n_slices} slices"
            )
        planes = list(image.data[0, :, 0])
        is_read = [(0, c, 0) not in image.unreadable for c in range(image.n_channels)]
        names = image.channel_names if len(image.channel_names) == len(planes) else ("",) * len(planes)
    else:
        array = np.asarray(image)
        if array.ndim not in {2, 3}:
            raise ParameterError(f"an image has the axes (y, x) or (c, y, x); this array's shape is {array.shape}")
        planes = [array] if array.ndim == 2 else list(array)
        is_read = [True] * len(planes)
        names = ("",) * len(planes)
    for plane in planes:
        if plane.dtype.kind not in "uibf":
            raise ParameterError(f"intensities are real numbers; this image's dtype is {plane.dtype}")
    return list(zip(_channel_suffixes(names), planes, is_read, strict=True))


def _owner_image(outlines: Polygons, broken: NDArray[np.bool_], shape: tuple[int, int]) -> NDArray[Any]:
    if broken.any():
        outlines = Polygons.from_list(polygon for polygon, out in zip(outlines, broken, strict=True) if not out)
    largest = int(outlines.labels.max(initial=0))
    return rasterise(outlines, shape, dtype=np.uint32 if largest <= np.iinfo(np.uint32).max else np.int64)


def _channel_suffixes(names: tuple[str, ...]) -> tuple[str, ...]:
    """Column suffixes of an image's channels: "GFP (488)" → "gfp_488"; "" for a single channel."""
    if len(names) == 1:
        return ("",)
    slugs = [re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_") or f"channel_{k + 1}" for k, name in enumerate(names)]
    return tuple(slug if slugs.count(slug) == 1 else f"{slug}_{k + 1}" for k, slug in enumerate(slugs))
