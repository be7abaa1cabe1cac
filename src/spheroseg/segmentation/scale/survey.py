"""Looks at a plane at several scales, before one is chosen: what is there, how large it is, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from spheroseg.segmentation.instances.splitting import SplitRule, split
from spheroseg.segmentation.network.card import ModelCard
from spheroseg.segmentation.network.catalogue import Model
from spheroseg.segmentation.quality.edges import HIGH_LEVEL, LOW_LEVEL
from spheroseg.segmentation.scale.network_input import NetworkInput
from spheroseg.segmentation.scale.tiling import network_maps

#: A plane is never enlarged more than this in a look.
LARGEST_FACTOR = 2.0
#: Longest side of the first plane that the estimate looks at; each further one is twice as large.
FIRST_SIDE_PX = 512
#: Objects smaller than this at a level are looked at again at the next finer level.
TRUSTED_FROM_PX = 16.0
#: Where nothing is seen, smaller planes are looked at down to this side: a large even disc is all ground from close by.
LAST_SIDE_PX = 128
#: ... but only where the plane is of two even levels (Otsu's share of the variance between them): from afar, the uneven
#: light of empty wells looks like an object. Rendered empty wells have up to 0.967, an even disc with noise has 0.97 and more.
TWO_LEVELS_FROM = 0.97
CONFIDENT_LEVEL = round(0.6 * 255)
#: Sharpness (see `Look`) from which on the first look is believed without another one from further away.
SHARP_FROM = 0.95
#: A look from further away is believed instead if it is sharper by this much and sees objects of so many network pixels.
SHARPER_BY = 0.03
LARGE_FROM_PX = 40.0
#: Two looks that are as sharp as this, and whose diameters differ by more than this factor, are two readings of a plane.
READING_FROM, TWO_READINGS_FROM = 0.85, 1.6


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """The network's answer at one scale.

    Attributes:
        factor: network pixels an image pixel (geometric mean).
        maps: (k, y, x) uint8, the card's outputs.
        diameter_px: that half of the confidently outlined area lies above of, in image pixels; None: nothing is there.
        sharpness: area above the higher over area above the lower threshold, 0…1. What the network knows it outlines
            sharply, and what it takes for an object at a wrong scale it does not: on 68 images and 52 cut-outs of them
            outlines of IoU 0.85 and more had a sharpness of 0.85 and more, wrong ones mostly below 0.6.
    """

    factor: float
    maps: NDArray[np.uint8]
    diameter_px: float | None
    sharpness: float


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """What was seen before a scale was chosen.

    Attributes:
        believed: the look whose diameter is taken; None: nothing was found at any scale.
        reason: one sentence.
        is_ambiguous: another look was as sharp and saw objects of another size.
    """

    believed: Look | None
    reason: str
    is_ambiguous: bool = False


def survey(plane: NDArray[np.generic], model: Model, square: tuple[float, float]) -> Survey:
    """Looks at a plane until one look can be believed.

    The network looks at the plane at a longest side of 512 px, then at finer levels as long as what it finds is too
    small to be trusted. If the first look is not sharp, it looks at half of that too: what fills or leaves the frame is
    ground from close by. Where there is nothing at any of them and the plane is of two even levels, it looks from further away.

    Args:
        plane: (y, x) raw values.
        model: the network.
        square: factors that make the pixels square.
    """
    longest = max(plane.shape[0] * square[0], plane.shape[1] * square[1])
    first = min(LARGEST_FACTOR, FIRST_SIDE_PX / longest)
    believed: Look | None = None
    for factor in _levels(first, longest):
        if factor < first and believed is not None:
            break
        frame = _frame(plane, model, factor, square)
        if (
            factor < first
            and _share_between_levels(frame.window(0, frame.shape[0], 0, frame.shape[1])) < TWO_LEVELS_FROM
        ):
            break
        seen = look(frame, model, factor)
        if seen.diameter_px is not None:
            believed = seen
            if seen.diameter_px * factor >= TRUSTED_FROM_PX:
                break
    is_ambiguous = False
    if believed is not None and believed.factor == first and believed.sharpness < SHARP_FROM:
        believed, is_ambiguous = _from_further_away(plane, model, square, believed)
    if believed is None:
        return Survey(None, "no object was found at any scale")
    height, width = believed.maps.shape[1:]
    reason = f"objects of {believed.diameter_px:.0f} px were seen at {width} × {height} px"
    return Survey(believed, reason, is_ambiguous)


def _from_further_away(
    plane: NDArray[np.generic], model: Model, square: tuple[float, float], first: Look
) -> tuple[Look, bool]:
    """The first look or one at half its scale, whichever is to be believed, and whether both could be."""
    factor = first.factor / 2.0
    far = look(_frame(plane, model, factor, square), model, factor)
    if far.diameter_px is None or first.diameter_px is None or far.diameter_px * factor < LARGE_FROM_PX:
        return first, False
    ratio = max(far.diameter_px / first.diameter_px, first.diameter_px / far.diameter_px)
    are_both = min(far.sharpness, first.sharpness) >= READING_FROM and ratio > TWO_READINGS_FROM
    return (far if far.sharpness > first.sharpness + SHARPER_BY else first), are_both


def look(frame: NetworkInput, model: Model, factor: float) -> Look:
    """The network's answer for a frame that shows factor network pixels an image pixel."""
    maps = network_maps(frame, model)
    diameter = None if frame.constant else _area_median_diameter(maps, model.card)
    sharpness = outline_sharpness(maps[model.card.outputs.index("foreground")])
    return Look(factor, maps, None if diameter is None else diameter / factor, sharpness)


def outline_sharpness(probability: NDArray[np.uint8]) -> float:
    """Area above the higher over area above the lower threshold of a foreground map, 0…1; 0 where there is nothing."""
    low = int(np.count_nonzero(probability >= LOW_LEVEL))
    return int(np.count_nonzero(probability >= HIGH_LEVEL)) / low if low else 0.0


def _frame(plane: NDArray[np.generic], model: Model, factor: float, square: tuple[float, float]) -> NetworkInput:
    shape = network_shape(plane.shape, (factor * square[0], factor * square[1]))
    return NetworkInput(plane, shape, model.card.normalisation)


def network_shape(shape: tuple[int, int], factor: tuple[float, float]) -> tuple[int, int]:
    """Height and width at network scale, at least one pixel."""
    return max(1, round(shape[0] * factor[0])), max(1, round(shape[1] * factor[1]))


def estimate_diameter(
    plane: NDArray[np.generic], model: Model, square: tuple[float, float]
) -> tuple[float | None, str]:
    """Typical object diameter of a plane in px (None: no object at any scale), and how it was found; see `survey`."""
    seen = survey(plane, model, square)
    return (None if seen.believed is None else seen.believed.diameter_px), seen.reason


def _levels(first: float, longest: float) -> list[float]:
    """Factors to look at: the first, finer ones up to the plane's own pixels, then those coarser than the first."""
    levels = [first]
    while levels[-1] < 1.0:
        levels.append(min(1.0, 2.0 * levels[-1]))
    factor = first / 2.0
    while factor * longest >= LAST_SIDE_PX:
        levels.append(factor)
        factor /= 2.0
    return levels


def _share_between_levels(values: NDArray[np.float32]) -> float:
    """Share of the variance that the best division into two levels explains, 0…1 (Otsu 1979, doi:10.1109/TSMC.1979.4310076)."""
    counts, edges = np.histogram(values, bins=64)
    share = counts / counts.sum()
    level = (edges[:-1] + edges[1:]) / 2
    below, sums = np.cumsum(share)[:-1], np.cumsum(share * level)[:-1]
    mean = float((share * level).sum())
    variance = float((share * (level - mean) ** 2).sum())
    if variance == 0:
        return 0.0
    with np.errstate(divide="ignore", invalid="ignore"):
        between = (mean * below - sums) ** 2 / (below * (1 - below))
    return float(np.nanmax(between)) / variance


def _area_median_diameter(maps: NDArray[np.uint8], card: ModelCard) -> float | None:
    """Diameter in network px above which half of the confidently outlined area lies; None without objects."""
    rule = SplitRule(
        threshold=card.threshold,
        min_depth=card.splitting.min_depth,
        min_peak=card.splitting.min_peak,
        min_area_px=12,
        min_certainty=card.splitting.min_certainty,
    )
    probability = maps[card.outputs.index("foreground")]
    instances = split(probability, maps[card.outputs.index("distance")], rule)
    if len(instances.areas_px) == 0:
        return None
    sure = np.bincount(instances.labels[probability >= CONFIDENT_LEVEL], minlength=len(instances.areas_px) + 1)[1:]
    areas = np.sort(instances.areas_px[sure >= 0.5 * instances.areas_px])
    if len(areas) == 0:
        return None
    middle = areas[np.searchsorted(np.cumsum(areas), areas.sum() / 2)]
    return float(2.0 * np.sqrt(middle / np.pi))
