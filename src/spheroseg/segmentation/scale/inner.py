"""Whether a closer look shows other, smaller objects inside the outlined ones: then an outline could mean two things.

A smear shows cells and their nuclei, an embryo its body and hundreds of nuclei, and a network that saw both kinds of picture takes
what is largest. No outline is blurred there, so nothing else tells. The look is one window where the outlined objects have most
texture, so that it costs the same for any plane.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from spheroseg.segmentation.instances.splitting import Instances, SplitRule, split
from spheroseg.segmentation.network.catalogue import Model
from spheroseg.segmentation.prediction import ScaleChoice
from spheroseg.segmentation.scale.network_input import WHOLE_UP_TO_PX, NetworkInput
from spheroseg.segmentation.scale.survey import network_shape
from spheroseg.segmentation.scale.tiling import window_maps

#: Side of the window, in network pixels.
WINDOW_PX = 256
#: The objects are this large in it, as far as the plane has the pixels: nuclei of a fortieth of a body are ten pixels then.
CLOSE_DIAMETER_PX = 400.0
#: A look that is not closer by this much shows nothing new.
CLOSER_BY = 1.4
#: So much of the window is inside of objects: in the midst of a large one the network sees nothing but ground.
OUTLINED_AT_MOST = 0.85
#: Texture is what differs from its surroundings of this share of the objects' diameter, so far from their outline.
TEXTURE_SHARE = 0.05
#: Where it is weaker than this (root of the mean square, network input) there is nothing to find; smears and embryos have 0.09 and more.
TEXTURE_FROM = 0.08
#: Objects inside are hills of their own, however faint: rows of nuclei that touch are told from each other before they are sure.
HILLS = SplitRule(threshold=0.3, min_depth=0.15, min_peak=0.3, min_area_px=20, min_certainty=0.0)
#: What lies inside an object with so much of itself, and is smaller than so much of it, is another kind of object.
INSIDE_FROM, SMALLER_THAN = 0.8, 0.1
#: So many of them are no accident (a bubble, a fold, a cell that lies upon another). On validation images and those of laboratories
#: never seen four smears and three embryos have 6 to 90, a spheroid with coloured nuclei 8, and all others 2 at most.
ENOUGH = 4
#: Areas of the outlined objects are taken from about so many pixels.
SAMPLED_PX = 1 << 18


def smaller_inside(
    plane: NDArray[np.generic],
    frame: NetworkInput,
    foreground: NDArray[np.bool_],
    labels: NDArray[np.uint32],
    scale: ScaleChoice,
    model: Model,
) -> int:
    """How many smaller objects a closer look at one window shows inside of the outlined ones; 0 where no closer look is to be had.

    Args:
        plane: (y, x) raw values.
        frame: the plane at the scale that it was outlined at.
        foreground: (y, x) what is outlined, at that scale; planes of more than WHOLE_UP_TO_PX are not looked at.
        labels: (y, x) the outlined objects, in image pixels.
        scale: how the plane came to that scale.
        model: the network and its card.
    """
    factor = float(np.sqrt(scale.factor[0] * scale.factor[1]))
    if scale.diameter_px is None or foreground.size > WHOLE_UP_TO_PX or not foreground.any():
        return 0
    nearer = min(1.0, CLOSE_DIAMETER_PX / scale.diameter_px) / factor
    if nearer < CLOSER_BY:
        return 0
    shape = network_shape((plane.shape[0], plane.shape[1]), (scale.factor[0] * nearer, scale.factor[1] * nearer))
    middle, strength = _most_texture(frame, foreground, scale.diameter_px * factor, WINDOW_PX / nearer)
    if strength < TEXTURE_FROM:
        return 0
    y0, x0 = (
        int(np.clip(round(at * side / far - WINDOW_PX / 2), 0, max(0, side - WINDOW_PX)))
        for at, side, far in zip(middle, shape, foreground.shape, strict=True)
    )
    closer = NetworkInput(plane, shape, model.card.normalisation, whole_up_to_px=0)
    # what the window shows beyond the frame's edge is a mirror image
    height, width = min(WINDOW_PX, shape[0] - y0), min(WINDOW_PX, shape[1] - x0)
    rows, columns = (
        ((at + np.arange(side) + 0.5) * (n / whole)).astype(np.int64)
        for at, side, n, whole in zip((y0, x0), (height, width), labels.shape, shape, strict=True)
    )
    around, areas = labels[np.ix_(rows, columns)], _areas(labels)
    pixel = labels.size / (shape[0] * shape[1])
    places = [model.card.outputs.index(name) for name in ("foreground", "distance")]
    count = 0
    # the partner alone costs little and has something to show wherever both together have
    for network in (model.partner, model.network):
        if network is None:
            continue
        maps = window_maps(closer, network, y0, x0, WINDOW_PX)[:, :height, :width]
        foreground_near, distance = (np.ascontiguousarray(maps[place]) for place in places)
        hills = split(foreground_near, distance, HILLS)
        count = _count_inside(hills, around, areas, pixel)
        if count == 0:
            break
    return count


def _most_texture(
    frame: NetworkInput, foreground: NDArray[np.bool_], diameter_px: float, window_px: float
) -> tuple[tuple[float, float], float]:
    """Middle (y, x) of the window in which the inside of the outlined objects has most texture, and how strong it is there."""
    values = frame.window(0, frame.shape[0], 0, frame.shape[1])
    near = 2 * max(1, round(TEXTURE_SHARE * diameter_px)) + 1
    texture = (values - cv2.blur(values, (near, near), borderType=cv2.BORDER_REFLECT)) ** 2
    inside = cv2.erode(foreground.astype(np.uint8), np.ones((near, near), np.uint8)).astype(np.float32)
    texture *= inside
    reach = max(1, round(window_px))

    def summed(plane: NDArray[np.float32]) -> NDArray[np.float32]:
        sums = cv2.boxFilter(plane, -1, (reach, reach), normalize=False, borderType=cv2.BORDER_CONSTANT)
        return np.asarray(sums, np.float32)

    sums, outlined = summed(texture), summed(foreground.astype(np.float32))
    with_ground = outlined <= OUTLINED_AT_MOST * reach * reach
    if with_ground.any():
        sums[~with_ground] = 0.0
    y, x = np.unravel_index(int(np.argmax(sums)), sums.shape)
    strength = float(np.sqrt(sums[y, x] / max(float(summed(inside)[y, x]), 1.0)))
    return (float(y) + 0.5, float(x) + 0.5), strength


def _areas(labels: NDArray[np.uint32]) -> NDArray[np.float64]:
    """Pixels of label 0…n, from every so many rows and columns of a large plane."""
    step = max(1, int(np.sqrt(labels.size / SAMPLED_PX)))
    return np.asarray(np.bincount(labels[::step, ::step].ravel()) * float(step * step), np.float64)


def _count_inside(hills: Instances, around: NDArray[np.uint32], areas_around: NDArray[np.float64], pixel: float) -> int:
    """Objects of a window that lie inside of a much larger outlined one and are not cut by the window.

    Args:
        hills: the objects of the window.
        around: (y, x) the outlined objects at the window's pixels.
        areas_around: (m + 1,) areas of label 0…m in image pixels.
        pixel: area of a pixel of the window in image pixels.
    """
    found, areas = hills.labels, np.asarray(hills.areas_px * pixel, np.float64)
    if not len(areas):
        return 0
    base = len(areas_around) + 1
    there = (found > 0) & (around > 0)
    pairs, counts = np.unique(found[there].astype(np.int64) * base + around[there], return_counts=True)
    own, other = np.divmod(pairs, base)
    cut = np.zeros(len(areas) + 1, np.bool_)
    for edge in (found[0], found[-1], found[:, 0], found[:, -1]):
        cut[edge] = True
    size, room = areas[own - 1], np.append(areas_around, 0.0)[other]
    return int(np.count_nonzero(~cut[own] & (counts * pixel >= INSIDE_FROM * size) & (size < SMALLER_THAN * room)))
