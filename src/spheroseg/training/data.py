"""Images with masks → training crops: scale, geometry and targets.

Nothing here needs torch; a crop is a handful of plain arrays and depends on its seed alone.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cc3d
import cv2
import edt  # type: ignore[import-not-found]  # compiled, ships no types
import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ImageReadError
from spheroseg.segmentation.network.card import Normalisation
from spheroseg.training.augment import FloatImage, Rng, appearance, behind, log_uniform, smooth_noise, uniform
from spheroseg.training.manifest import Record
from spheroseg.training.synthetic import render_scene
from spheroseg.training.vessels import Standing, enclose, is_transmitted, shade

Labels = NDArray[np.uint16]

CROP_PX = 256
WORK_PX = 320  # a crop is cut out of this window, so that turning and bending find something beyond it
DIAMETER_RANGE_PX = (12.0, 280.0)
LARGEST_ENLARGEMENT = 3.0
OVERVIEW_RANGE_PX = (4.0, 9.0)
OVERVIEW_CHANCE = 0.07
ENCLOSED_CHANCE = 0.35  # of a crop; most crops show something else than one body in transmitted light
SHADED_CHANCE = 0.6  # of a crop that was enclosed
LEAST_COVER, LEAST_COVER_RENDERED = 0.6, 0.85  # of a crop's side by the picture; the rest is its mirror image
UNSURE_BELOW_PX, UNSURE_WEIGHT = 7.0, 0.3
#: From luminance to the network's input, in training; export writes it into the card.
NORMALISATION = Normalisation()
DRAWN_CORES = Path(__file__).with_name("cores.json")


@dataclass(frozen=True, slots=True)
class Picture:
    """An image in memory, ready to be cropped.

    Attributes:
        plane: (y, x) float32 (rendered scenes: float16), 0…1 between the percentiles of the whole plane.
        labels: (y, x) uint16.
        core: (y, x) int8, 1 in a core, 0 outside, −1 where it is not known; or None where none is known.
        diameters_px: equivalent diameter of each object.
        centres: (n, 2) y, x of each object's middle row's middle pixel, inside the object.
        source: data set, or "synthetic"; group: experiment, well or plate.
    """

    plane: FloatImage
    labels: Labels
    core: NDArray[np.int8] | None
    diameters_px: NDArray[np.float64]
    centres: NDArray[np.float64]
    source: str
    weak: bool = False
    group: str = ""

    @classmethod
    def of(
        cls,
        plane: FloatImage,
        labels: Labels,
        source: str,
        *,
        core: NDArray[np.int8] | None = None,
        weak: bool = False,
        group: str = "",
    ) -> Picture:
        """Normalises a plane and measures its objects."""
        low, high = np.percentile(plane, NORMALISATION.percentiles)
        normal = ((plane - low) / max(float(high - low), 1e-6)).astype(np.float32)
        area = np.bincount(labels.ravel())
        present = np.flatnonzero(area[1:]) + 1
        y, x = np.nonzero(labels)
        order = np.argsort(labels[y, x], kind="stable")  # pixels by object; the middle one lies in the middle row
        middle = np.cumsum(area[present]) - area[present] // 2 - 1
        centres = np.stack((y[order][middle], x[order][middle]), -1).astype(float)
        return cls(normal, labels, core, np.sqrt(4 / np.pi * area[present]), centres, source, weak, group)


def read_luminance(path: Path) -> FloatImage:
    """An image as (y, x) float32; colour becomes Rec. 601 luminance.

    Raises:
        ImageReadError: the file cannot be read.
    """
    array = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if array is None:
        raise ImageReadError(path, "this is no readable PNG")
    grey = cv2.cvtColor(array[..., :3], cv2.COLOR_BGR2GRAY) if array.ndim == 3 else array
    return np.asarray(grey, np.float32)


def read_mask(path: Path) -> NDArray[Any]:
    """A mask as it is in its file.

    Raises:
        ImageReadError: it cannot be read.
    """
    mask = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if mask is None:
        raise ImageReadError(path, "this is no readable PNG")
    return np.asarray(mask)


def load_picture(record: Record) -> Picture:
    """Reads an image and its mask; colour becomes Rec. 601 luminance.

    Raises:
        ImageReadError: one of the files cannot be read.
    """
    plane = read_luminance(record.image)
    labels = read_mask(record.mask).astype(np.uint16)
    return Picture.of(
        plane,
        labels,
        record.source,
        core=drawn_core(record, labels),
        weak=record.weak,
        group=record.group,
    )


def load_pictures(records: list[Record]) -> list[Picture]:
    """Every record's picture, in order; all cores read."""
    if not records:
        return []
    with get_context("fork").Pool(min(len(os.sched_getaffinity(0)), len(records))) as pool:
        return pool.map(load_picture, records, chunksize=2)


def drawn_core(record: Record, labels: Labels) -> NDArray[np.int8] | None:
    """The cores drawn by hand in a training image: 1 in a core, 0 outside, −1 in bodies whose core nobody drew.

    They are polygons in `cores.json`, by source and file, then object; `second_pass_yx` is the same core drawn again in
    another way, which says how far two drawings agree. None where nothing was drawn.
    """
    drawn = json.loads(DRAWN_CORES.read_text(encoding="utf-8")).get(f"{record.source}/{record.image.stem}")
    if drawn is None:
        return None
    core = np.where(labels > 0, -1, 0).astype(np.int8)
    for number, shape in drawn.items():
        body = labels == int(number)
        core[body] = 1
        if "core_yx" in shape:
            inside = np.zeros(labels.shape, np.uint8)
            cv2.fillPoly(inside, [np.array(shape["core_yx"], np.int32)[:, ::-1]], 1)
            core[body & (inside == 0)] = 0
    return core


def synthetic_picture(seed: int) -> Picture:
    """A rendered scene as a picture; half precision, because thousands are kept in memory."""
    scene = render_scene(seed)
    picture = Picture.of(
        scene.image, scene.labels, "synthetic", core=scene.core.astype(np.int8) if scene.core_known else None
    )
    return replace(picture, plane=picture.plane.astype(np.float16))


def synthetic_pictures(count: int, seed: int, processes: int | None = None) -> list[Picture]:
    """Scenes number seed, seed + 1, …; the same for the same arguments. Without `processes` all cores render."""
    if count == 0:
        return []
    with get_context("fork").Pool(processes or len(os.sched_getaffinity(0))) as pool:
        return pool.map(synthetic_picture, range(seed, seed + count), chunksize=16)


@dataclass(frozen=True, slots=True)
class Crop:
    """What the network sees and should answer; all (CROP_PX, CROP_PX).

    Attributes:
        image: float32, −3…3, mostly −1…1 (the card's normalisation).
        foreground: float32, 0 or 1.
        distance: float32, distance to the object's own boundary over the object's largest, 0…1.
        weight: float32 of the foreground loss; 0 ignores, above 1 stresses gaps between neighbours.
        core: float32, 0 or 1; −1 where unknown.
    """

    image: FloatImage
    foreground: FloatImage
    distance: FloatImage
    weight: FloatImage
    core: FloatImage


def _draw_scale(rng: Rng, picture: Picture) -> tuple[float, tuple[float, float]]:
    """How much to enlarge, and where to look: at an object mostly, so that its diameter lands in range."""
    height, width = picture.plane.shape
    anywhere = (uniform(rng, 0, height), uniform(rng, 0, width))
    if not len(picture.diameters_px):
        return log_uniform(rng, 0.5, 1.5), anywhere
    index = int(rng.integers(len(picture.diameters_px)))
    size = float(picture.diameters_px[index])
    typical = float(np.median(picture.diameters_px))
    cover = LEAST_COVER_RENDERED if picture.source == "synthetic" else LEAST_COVER
    if rng.random() < OVERVIEW_CHANCE:  # too small to outline: what the search for the scale sees first
        wanted, size, smallest = log_uniform(rng, *OVERVIEW_RANGE_PX), typical, 0.0
    else:
        # below the comfortable size a crop shows the whole neighbourhood; above it, only large objects profit
        wanted, smallest = log_uniform(rng, *DIAMETER_RANGE_PX), 9 / typical
    smallest = max(smallest, cover * CROP_PX / max(height, width))
    enlargement = float(np.clip(wanted / np.sqrt(size * typical), smallest, LARGEST_ENLARGEMENT))
    if rng.random() < 0.12:
        return enlargement, anywhere
    spread = 0.3 * CROP_PX / enlargement
    centre = picture.centres[index]
    return enlargement, (centre[0] + uniform(rng, -spread, spread), centre[1] + uniform(rng, -spread, spread))


def _cut(plane: NDArray[Any], top_left: tuple[int, int], side: int) -> NDArray[Any]:
    """A square of a plane, mirrored beyond its border."""
    parts, borders, starts = [], [], []
    for start, size in zip(top_left, plane.shape, strict=True):
        before, after = max(-start, 0), max(start + side - size, 0)
        # what is shown, and what its mirror images beyond either border need
        first = 0 if before else max(min(start, size - after), 0)
        last = size if after else min(max(start + side, before), size)
        parts.append(slice(first, last))
        borders.append((before, after))
        starts.append(start + before - first)
    block = np.ascontiguousarray(plane[parts[0], parts[1]])
    (above, below), (left, right) = borders
    if above or below or left or right:
        block = cv2.copyMakeBorder(block, above, below, left, right, cv2.BORDER_REFLECT)
    return block[starts[0] : starts[0] + side, starts[1] : starts[1] + side]


def _resized(cut: NDArray[Any], *, nearest: bool = False) -> NDArray[Any]:
    """A square at the work size: area-averaged down, cubic up."""
    if nearest:
        return cv2.resize(cut, (WORK_PX, WORK_PX), interpolation=cv2.INTER_NEAREST)
    way = cv2.INTER_AREA if len(cut) > WORK_PX else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(cut.astype(np.float32), (WORK_PX, WORK_PX), interpolation=way), np.float32)


def _relabel(labels: Labels) -> Labels:
    """Objects that the mirror or the frame cut into parts become one object each part."""
    return np.asarray(cc3d.connected_components(labels, connectivity=4, out_dtype=np.uint16), np.uint16)


def _relative_distance(labels: Labels) -> FloatImage:
    """Distance to the object's own boundary over the object's largest such distance."""
    inner = np.asarray(edt.edt(labels, black_border=False, parallel=1), np.float32)
    inner[~np.isfinite(inner)] = CROP_PX
    largest = np.ones(int(labels.max()) + 1, np.float32)
    np.maximum.at(largest, labels.ravel(), inner.ravel())
    return np.asarray(inner / largest[labels], np.float32)


def _weights(image: FloatImage, labels: Labels, *, weak: bool) -> FloatImage:
    """1, more where two objects meet, little on tiny objects, none where a weak mask may lack an object."""
    weight = np.ones(labels.shape, np.float32)
    high = cv2.dilate(labels, np.ones((5, 5), np.uint8))
    flipped = np.where(labels > 0, np.uint16(65535) - labels, np.uint16(0))
    low = np.uint16(65535) - cv2.dilate(flipped, np.ones((5, 5), np.uint8))
    weight[(high > 0) & (low < 65535) & (high != low)] = 4
    areas = np.bincount(labels.ravel())
    tiny = areas < np.pi / 4 * UNSURE_BELOW_PX**2
    tiny[0] = False
    weight[cv2.dilate(tiny[labels].view(np.uint8), np.ones((3, 3), np.uint8)) > 0] = UNSURE_WEIGHT
    if weak:
        blurred = cv2.blur(image, (13, 13))
        spread = np.sqrt(np.clip(cv2.blur(image * image, (13, 13)) - blurred * blurred, 0, None))
        near = cv2.dilate((labels > 0).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
        weight[~near & (spread > 0.025)] = 0.05
    return weight


def _on_frame_edge(labels: Labels) -> NDArray[np.uint8]:
    """1 in objects that the frame cuts: with its mirror image such a half is neither one object nor two."""
    cut = np.zeros(int(labels.max()) + 1, np.uint8)
    cut[np.concatenate((labels[0], labels[-1], labels[:, 0], labels[:, -1]))] = 1
    cut[0] = 0
    return np.asarray(cut[labels], np.uint8)


def _warp_maps(rng: Rng) -> tuple[FloatImage, FloatImage]:
    """Where each pixel of the crop comes from in the larger work window: turn, mirror, shear, bend."""
    angle = uniform(rng, 0, 2 * np.pi) if rng.random() < 0.4 else float(rng.integers(4)) * np.pi / 2
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    stretch = np.diag(np.exp(rng.uniform(-0.12, 0.12, 2))) @ np.array([[1, rng.uniform(-0.12, 0.12)], [0, 1]])
    if rng.random() < 0.5:
        stretch = stretch @ np.diag((1, -1))
    matrix = (rotation @ stretch).astype(np.float32)
    axis = np.arange(CROP_PX, dtype=np.float32) - (CROP_PX - 1) / 2
    y, x = axis[:, None], axis[None, :]
    map_x = matrix[0, 0] * x + matrix[0, 1] * y + (WORK_PX - 1) / 2
    map_y = matrix[1, 0] * x + matrix[1, 1] * y + (WORK_PX - 1) / 2
    if rng.random() < 0.3:
        strength, coarse = uniform(rng, 1, 4), log_uniform(rng, 24, 90)
        map_x = map_x + strength * smooth_noise(rng, (CROP_PX, CROP_PX), coarse)
        map_y = map_y + strength * smooth_noise(rng, (CROP_PX, CROP_PX), coarse)
    return np.asarray(map_x, np.float32), np.asarray(map_y, np.float32)


def _paste_neighbour(rng: Rng, image: FloatImage, labels: Labels) -> tuple[FloatImage, Labels]:
    """Copies one object, mirrored, so that it touches another: touching pairs are rare in small data sets."""
    names = np.unique(labels[labels > 0])
    if not len(names):
        return image, labels
    source = labels == rng.choice(names)
    y, x = np.nonzero(source)
    top, left, bottom, right = y.min(), x.min(), y.max() + 1, x.max() + 1
    margin = 4
    if min(top, left) < margin or bottom + margin > len(labels) or right + margin > len(labels):
        return image, labels
    box = (slice(top - margin, bottom + margin), slice(left - margin, right + margin))
    patch, mask = image[box][:, ::-1], source[box][:, ::-1]
    angle, reach = uniform(rng, 0, 2 * np.pi), 0.45 * (bottom - top + right - left) * uniform(rng, 0.75, 1.0)
    new_top, new_left = int(box[0].start + reach * np.sin(angle)), int(box[1].start + reach * np.cos(angle))
    height, width = mask.shape
    if new_top < 0 or new_left < 0 or new_top + height > len(labels) or new_left + width > len(labels):
        return image, labels
    target = (slice(new_top, new_top + height), slice(new_left, new_left + width))
    mask = mask & (labels[target] == 0)
    if mask.sum() < 0.5 * source.sum():
        return image, labels
    blend = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.2)
    blend[labels[target] > 0] *= 0.5
    image, labels = image.copy(), labels.copy()
    image[target] += blend * (patch - image[target])
    labels[target][mask] = labels.max() + 1
    return image, labels


def make_crop(rng: Rng, picture: Picture) -> Crop:
    """A random, augmented crop of a picture."""
    enlargement, centre = _draw_scale(rng, picture)
    side = max(8, round(WORK_PX / enlargement))
    top_left = (int(centre[0] - side / 2), int(centre[1] - side / 2))
    image = _resized(_cut(picture.plane, top_left, side))
    labels = _relabel(_resized(_cut(picture.labels, top_left, side), nearest=True))
    if picture.core is None and not picture.weak and rng.random() < 0.12:
        image, labels = _paste_neighbour(rng, image, labels)
    maps = _warp_maps(rng)
    distance = np.asarray(_warped(_relative_distance(labels), maps, cv2.INTER_LINEAR), np.float32)
    image = np.asarray(_warped(image, maps, cv2.INTER_LINEAR), np.float32)
    labels = _warped(labels, maps, cv2.INTER_NEAREST)
    core = np.full(labels.shape, -1, np.float32)
    if picture.core is not None:
        cut = _resized(_cut(picture.core, top_left, side), nearest=True)
        core = _warped(cut.astype(np.int16), maps, cv2.INTER_NEAREST).astype(np.float32)
    weight = _weights(image, labels, weak=picture.weak)
    if (
        min(top_left) < 0
        or max(top + side - size for top, size in zip(top_left, picture.labels.shape, strict=True)) > 0
    ):
        halves = _resized(_cut(_on_frame_edge(picture.labels), top_left, side), nearest=True)
        weight[_warped(halves, maps, cv2.INTER_NEAREST) > 0] = 0
    image = behind(rng, image, labels)
    if rng.random() < ENCLOSED_CHANCE:
        image = _enclosed(rng, image, labels)
    image = appearance(rng, image)
    foreground = (labels > 0).astype(np.float32)
    return Crop(_final_values(rng, image), foreground, distance * foreground, weight, core)


def _enclosed(rng: Rng, image: FloatImage, labels: Labels) -> FloatImage:
    """A vessel drawn around a body that stands alone in transmitted light; now and then around nothing."""
    if not labels.any():
        if rng.random() < 0.5 and float(np.median(image)) > 0.3:
            middle = (uniform(rng, 0.2, 0.8) * CROP_PX, uniform(rng, 0.2, 0.8) * CROP_PX)
            return enclose(rng, image, Standing(middle, log_uniform(rng, 5, 60), np.inf))
        return image
    body = Standing.largest(labels)
    if body is None or body.radius > 0.35 * CROP_PX or not is_transmitted(image, labels):
        return image
    if rng.random() < SHADED_CHANCE:
        image = shade(rng, image, labels)
    return enclose(rng, image, body)


def _warped(plane: NDArray[Any], maps: tuple[FloatImage, FloatImage], way: int) -> NDArray[Any]:
    return cv2.remap(plane, *maps, way, borderMode=cv2.BORDER_REFLECT)


def _final_values(rng: Rng, image: FloatImage) -> FloatImage:
    """The card's normalisation, with the spread that frames of other content would cause."""
    if rng.random() < 0.5:
        low, high = np.percentile(image[::2, ::2], NORMALISATION.percentiles)
        image = (image - low) / max(float(high - low), 0.02)
    if rng.random() < 0.6:
        image = image * uniform(rng, 0.6, 1.25) + uniform(rng, -0.12, 0.2)
    return NORMALISATION.encode(image)
