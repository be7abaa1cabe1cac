"""At which scale the network looks at a plane: from the stated object diameter, or from an estimate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ParameterError
from spheroseg.records import check_pixel_size
from spheroseg.segmentation.instances.splitting import SplitRule, split
from spheroseg.segmentation.network.card import ModelCard
from spheroseg.segmentation.network.catalogue import Model
from spheroseg.segmentation.prediction import ScaleChoice
from spheroseg.segmentation.scale.network_input import NetworkInput
from spheroseg.segmentation.scale.tiling import network_maps

#: A plane is never enlarged more than this; where its objects would stay below the network's range, up to the second.
LARGEST_FACTOR = 2.0
LARGEST_FACTOR_TINY = 3.0
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


def stated_diameter_px(
    diameter_um: float | None, diameter_px: float | None, pixel_size_um: tuple[float, float] | None
) -> float | None:
    """The diameter that the caller states, in px of the geometric mean pixel size.

    Raises:
        ParameterError: both are given, one is not positive, or µm are given without a pixel size.
    """
    if diameter_um is not None and diameter_px is not None:
        raise ParameterError("give the object diameter in µm or in px, not both")
    for name, value in (("diameter_um", diameter_um), ("diameter_px", diameter_px)):
        if value is not None and not (np.isfinite(value) and value > 0):
            raise ParameterError(f"{name} must be a positive number, not {value}")
    check_pixel_size(pixel_size_um)
    if diameter_um is None:
        return diameter_px
    if pixel_size_um is None:
        raise ParameterError("a diameter in µm needs the pixel size; give it, or the diameter in px")
    return diameter_um / float(np.sqrt(pixel_size_um[0] * pixel_size_um[1]))


def isotropy(pixel_size_um: tuple[float, float] | None) -> tuple[float, float]:
    """(y, x) factors that make the pixels square while their geometric mean size stays."""
    if pixel_size_um is None:
        return 1.0, 1.0
    mean = float(np.sqrt(pixel_size_um[0] * pixel_size_um[1]))
    return pixel_size_um[0] / mean, pixel_size_um[1] / mean


def factor_for(diameter_px: float, card: ModelCard) -> float:
    """Network pixels an image pixel for objects of a diameter.

    1 where the objects already have a size that the network is good at (`native_diameter_px_range`). Larger ones
    are brought to the target, smaller ones only to the range's lower end: enlarging costs time and adds no detail.
    """
    lowest, highest = card.native_diameter_px_range
    if diameter_px > highest:
        return card.target_diameter_px / diameter_px
    if diameter_px >= lowest:
        return 1.0
    factor = lowest / diameter_px
    limit = LARGEST_FACTOR if diameter_px * LARGEST_FACTOR >= card.diameter_px_range[0] else LARGEST_FACTOR_TINY
    return min(factor, limit)


def network_shape(shape: tuple[int, int], factor: tuple[float, float]) -> tuple[int, int]:
    """Height and width at network scale, at least one pixel."""
    return max(1, round(shape[0] * factor[0])), max(1, round(shape[1] * factor[1]))


def estimate_diameter(
    plane: NDArray[np.generic], model: Model, square: tuple[float, float]
) -> tuple[float | None, str]:
    """Typical object diameter of a plane in px, and how it was found.

    The network looks at the plane at a longest side of 512 px, then at finer levels as long as what it finds is
    too small to be trusted; where there is nothing at any of them and the plane is of two even levels, at coarser ones.
    The estimate is the diameter that half of the outlined area lies above of.

    Args:
        plane: (y, x) raw values.
        model: the network.
        square: factors that make the pixels square.

    Returns:
        The diameter (None: no object at any level) and one sentence.
    """
    longest = max(plane.shape[0] * square[0], plane.shape[1] * square[1])
    first = min(LARGEST_FACTOR, FIRST_SIDE_PX / longest)
    found: float | None = None
    reason = "no object was found at any scale"
    for factor in _levels(first, longest):
        if factor < first and found is not None:
            break
        shape = network_shape(plane.shape, (factor * square[0], factor * square[1]))
        frame = NetworkInput(plane, shape, model.card.normalisation)
        if factor < first and _share_between_levels(frame.window(0, shape[0], 0, shape[1])) < TWO_LEVELS_FROM:
            break
        diameter = _area_median_diameter(network_maps(frame, model), model.card)
        if diameter is not None:
            found = diameter / factor
            reason = f"objects of {found:.0f} px were seen at {shape[1]} × {shape[0]} px"
            if diameter >= TRUSTED_FROM_PX:
                break
    return found, reason


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


def choose_scale(
    plane: NDArray[np.generic], model: Model, stated_px: float | None, pixel_size_um: tuple[float, float] | None
) -> ScaleChoice:
    """The network scale for a plane.

    Args:
        plane: (y, x) raw values.
        model: the network and its card.
        stated_px: the caller's object diameter in px, or None: it is estimated.
        pixel_size_um: (y, x), for pixels that are not square.
    """
    square = isotropy(pixel_size_um)
    if stated_px is not None:
        factor = factor_for(stated_px, model.card)
        reason = f"objects are stated to be {stated_px:.1f} px across"
        return ScaleChoice((factor * square[0], factor * square[1]), stated_px, "stated", reason)
    estimate, reason = estimate_diameter(plane, model, square)
    if estimate is None:
        return ScaleChoice(square, None, "none", reason)
    factor = factor_for(estimate, model.card)
    return ScaleChoice((factor * square[0], factor * square[1]), estimate, "estimated", reason)
