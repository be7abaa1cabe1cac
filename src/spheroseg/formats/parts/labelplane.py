"""Label planes, as every format of pixels shares them: from any stored values to labels, and what drawing hides."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import cc3d
import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import FormatError
from spheroseg.formats.dataset import AnnotatedImage, Report
from spheroseg.formats.parts.image_folder import ImageFolder
from spheroseg.formats.parts.maskdoubts import doubts_about
from spheroseg.formats.parts.objectmask import mask_of
from spheroseg.imaging.stored import StoredPlane

Labels = NDArray[Any]

MAX_COLOURS = 4_096
MAX_RESTLESS_SHARE = 0.25
JUDGED_FROM_PX = 4_096
VOID, VOID_COLOUR = 255, (224, 224, 192)  # of the palette of Pascal VOC


def decode_stored(stored: StoredPlane, file: Path, report: Report, *, where: str) -> Labels:
    """The labels of a plane as a file stores it: its numbers, not the shades or colours that it is shown in.

    A palette's indices and the numbers of an inverted or a low-depth picture are the labels. What may stand in
    either of two ways (a palette whose background is not known, labels under transparency) is refused.

    Raises:
        FormatError: as `decode_plane` and `decode_colours`, or it cannot be told what the numbers are.
    """
    values = stored.values
    if stored.alpha is not None:
        _check_alpha(values, stored.alpha, file, report, where)
    if stored.kind == "colours":
        return decode_colours(np.moveaxis(values, -1, 0), file, report, where=where)
    if stored.palette is not None:
        _check_palette(values, stored.palette, file)
        report.add("info", where, "a palette: the index of a pixel was taken as its label, whatever colour shows it")
        if len(stored.palette) == VOID + 1 and tuple(stored.palette[VOID]) == VOID_COLOUR and (values == VOID).any():
            values = np.where(values == VOID, 0, values)
            report.add("info", where, "index 255 is the void around objects of Pascal VOC; taken as background")
    elif stored.is_white_zero:
        report.add("info", where, "shown with 0 as white (an inverting table); the stored numbers were taken")
    elif 1 < stored.bits < 8:
        report.add("info", where, f"{stored.bits} bits a pixel; the stored numbers were taken, not the shades")
    is_black_and_white = stored.palette is None or stored.palette.tolist() == [[0, 0, 0], [255, 255, 255]]
    is_foreground = stored.bits == 1 and is_black_and_white
    return decode_plane(values, file, report, where=where, is_foreground=is_foreground, is_picture=True)


def decode_plane(
    plane: NDArray[Any],
    file: Path,
    report: Report,
    *,
    where: str,
    is_foreground: bool = False,
    is_picture: bool = False,
) -> Labels:
    """The labels of a stored plane.

    Whole-number floats are taken as they are. 0 and 255 (or 65535) alone mean foreground: 8-connected parts become
    objects 1…n. Each is said in the report, and what looks doubtful: a label in several pieces, smoothed edges.

    Args:
        plane: (y, x) of any dtype.
        file: for errors.
        report: gets the notes.
        where: the place that notes name.
        is_foreground: one bit a pixel: what is not 0 is foreground.
        is_picture: it comes from a picture, which any program may have written: 0 need not be its background.

    Returns:
        (y, x) uint16 or uint32, 0 is background.

    Raises:
        FormatError: fractions, NaN, negative values, values beyond 32 bits, a picture instead of labels, a foreground mask
            that is surely inverted, or a label all around the others.
    """
    if plane.dtype.kind == "f":
        if not np.isfinite(plane).all():
            raise FormatError(file, "holds values that are not finite; a label mask holds whole numbers")
        if (plane != np.round(plane)).any():
            raise FormatError(file, "holds fractions; a label mask holds whole numbers (is it a probability map?)")
        report.add("info", where, "stored as floating point; its values are whole numbers and taken as labels")
    elif plane.dtype.kind not in "bui":
        raise FormatError(file, f"holds {plane.dtype} values; a label mask holds whole numbers")
    low, high = (plane.min(), plane.max()) if plane.size else (0, 0)
    if low < 0:
        raise FormatError(file, f"holds the negative value {low}; a label mask holds 0 and up")
    if high > 2**32 - 1:
        raise FormatError(file, f"holds the value {high}, beyond 32 bits")
    labels: Labels = plane.astype(np.uint16 if high <= 65_535 else np.uint32)
    only = f"0 and {int(high)} alone" if not is_foreground else "one bit a pixel"
    is_foreground |= int(high) in {255, 65_535} and not ((labels != 0) & (labels != high)).any()
    if is_foreground and high:
        share = _border_share(labels > 0)
        if share == 1.0 and not labels.all():
            raise FormatError(
                file,
                f"every outermost pixel is {int(high)} and the shapes are 0: an inverted mask; save it with 0 around them",
            )
        parts, n_parts = cc3d.connected_components((labels > 0).astype(np.uint8), connectivity=8, return_N=True)
        report.add("info", where, f"holds {only}: a foreground mask; its separate parts ({n_parts}) became the objects")
        if share > 0.5:
            report.add("info", where, "most of its outermost pixels belong to objects; is it inverted?")
        return np.asarray(parts, dtype=np.uint16 if n_parts <= 65_535 else np.uint32)
    _refuse_picture(labels, file)
    if is_picture:
        _check_background(labels, file, report, where)
    for doubt in doubts_about(labels):
        report.add("info", where, doubt)
    return labels


def decode_colours(planes: NDArray[Any], file: Path, report: Report, *, where: str) -> Labels:
    """The labels of a colour mask: black is background, each other colour one object, numbered by red, green, blue.

    Args:
        planes: (3, y, x) unsigned.
        file: for errors.
        report: gets the notes.
        where: the place that notes name.

    Raises:
        FormatError: more than 4,096 colours (a photograph), or no black.
    """
    red, green, blue = planes.astype(np.uint64)
    if (red == green).all() and (green == blue).all():
        report.add("info", where, "grey values stored as colours; taken as labels")
        return decode_plane(planes[0], file, report, where=where)
    packed = (red << np.uint64(32)) | (green << np.uint64(16)) | blue
    colours, index = np.unique(packed, return_inverse=True)
    if len(colours) > MAX_COLOURS:
        raise FormatError(file, f"holds {len(colours):,} colours; this is a picture, not a mask")
    if colours[0] != 0:
        raise FormatError(file, "a colour mask without black: which colour is background cannot be told")
    report.add(
        "info", where, f"a colour mask: black is background, each of {len(colours) - 1} other colours one object"
    )
    labels: Labels = np.asarray(index.reshape(red.shape), dtype=np.uint16)
    for doubt in doubts_about(labels):
        report.add("info", where, doubt)
    return labels


def note_hidden_pixels(image: AnnotatedImage, drawn: Labels, classes: Collection[str], report: Report) -> None:
    """Report the objects of some classes that lost pixels to others when all were drawn into one plane.

    Args:
        image: the objects.
        drawn: (y, x) the plane they were drawn into.
        classes: which of the image's classes are in it.
        report: gets a note for each object that lost something.
    """
    numbers, counts = np.unique(drawn, return_counts=True)  # a label's number costs nothing, however large
    visible = dict(zip(numbers.tolist(), counts.tolist(), strict=True))
    for key, polygons in image.objects():
        if key.class_name not in classes:
            continue
        n_alone = int(np.count_nonzero(mask_of(polygons, image.shape)[0]))
        n_seen = visible.get(key.label, 0)
        where = f"{image.name} {key.class_name} {key.label}"
        if n_alone == 0:
            report.add("lost", where, "no pixel centre lies inside its outline; a mask cannot hold it")
        elif n_seen < n_alone:
            report.add("lost", where, "parts under another object; a pixel of a mask belongs to one object")


def refuse_other_size(file: Path, image: AnnotatedImage, images: ImageFolder | None) -> None:
    """Refuse a mask whose image has another size.

    Raises:
        FormatError: the sizes differ.
    """
    info = images.find(image.name, is_mask=True) if images else None
    if info is not None and (info.height, info.width) != image.shape:
        raise FormatError(
            file, f"is {image.width} × {image.height} px, but its image {info.name} {info.width} × {info.height} px"
        )


def named_like(image: AnnotatedImage, images: ImageFolder | None) -> AnnotatedImage:
    """The same objects under the name of the image file they belong to, with its pixel size where none is known."""
    info = images.find(image.name, is_mask=True) if images else None
    if info is None:
        return image
    return replace(image, name=info.name, pixel_size_um=image.pixel_size_um or info.pixel_size_um)


def _border_share(is_object: NDArray[np.bool_]) -> float:
    border = np.concatenate([is_object[0], is_object[-1], is_object[1:-1, 0], is_object[1:-1, -1]])
    return float(border.mean())


def _check_background(labels: Labels, file: Path, report: Report, where: str) -> None:
    """Where one label surrounds all others it is the background, not 0: ilastik's 1 and 2, an inverted 0 and 1."""
    if labels.size < JUDGED_FROM_PX:
        return
    border = np.concatenate([labels[0], labels[-1], labels[1:-1, 0], labels[1:-1, -1]])
    numbers, counts = np.unique(border, return_counts=True)
    outer, share = int(numbers[counts.argmax()]), counts.max() / counts.sum()
    if outer == 0 or share <= 0.5 or (labels == outer).all():
        return
    if share == 1.0:
        raise FormatError(
            file,
            f"label {outer} lies all around the others: it is the background, which should be 0; save it with 0 there",
        )
    report.add("info", where, f"label {outer} takes most of the outermost pixels; is it the background?")


def _check_alpha(values: NDArray[Any], alpha: NDArray[Any], file: Path, report: Report, where: str) -> None:
    if (alpha == alpha.max()).all():
        report.add("info", where, "its alpha channel is the same everywhere and was left aside")
        return
    coloured: NDArray[np.bool_] = np.asarray(values.any(axis=2) if values.ndim == 3 else values != 0, dtype=np.bool_)
    if not coloured[alpha > 0].any() or (values == values[:1, :1]).all():
        raise FormatError(file, "its shapes lie in the transparency alone; save them as grey values")
    if coloured[alpha == 0].any():
        raise FormatError(file, "holds labels under transparent pixels; whether they count cannot be told")
    report.add("info", where, "transparent where nothing is labelled; the transparency was left aside")


def _check_palette(indices: NDArray[Any], palette: NDArray[np.uint8], file: Path) -> None:
    """Index 0 is the background: it is black, or it surrounds the rest; else nobody knows what the indices mean."""
    if len(palette) and not palette[0].any():
        return
    if indices.size and _border_share(indices == 0) > 0.5:
        return
    colour = "#{:02x}{:02x}{:02x}".format(*palette[0]) if len(palette) else "no colour"
    raise FormatError(
        file,
        f"has a palette whose index 0 is {colour} and does not surround the objects: which index is background cannot "
        "be told; save the labels as grey values",
    )


def _refuse_picture(labels: Labels, file: Path) -> None:
    """Labels are calm: neighbours inside an object are equal. In a photograph they seldom are."""
    if labels.size < JUDGED_FROM_PX:
        return
    left, right = labels[:, :-1], labels[:, 1:]
    share = np.count_nonzero((left != right) & (left > 0) & (right > 0)) / left.size
    if share > MAX_RESTLESS_SHARE:
        raise FormatError(file, f"{share:.0%} of neighbouring pixels differ; this is a picture, not a label mask")
