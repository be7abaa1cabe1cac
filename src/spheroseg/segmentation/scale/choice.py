"""At which scale the network looks at a plane: from the stated object diameter, or from an estimate."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from spheroseg.errors import ParameterError
from spheroseg.records import check_pixel_size
from spheroseg.segmentation.network.card import ModelCard
from spheroseg.segmentation.network.catalogue import Model
from spheroseg.segmentation.prediction import ScaleChoice
from spheroseg.segmentation.scale.survey import LARGEST_FACTOR, Look, survey

#: A plane is enlarged more than in a look only where its objects would stay below the network's range.
LARGEST_FACTOR_TINY = 3.0


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


def factor_for(diameter_px: float, card: ModelCard, shape: tuple[float, float]) -> float:
    """Network pixels an image pixel for objects of a diameter.

    1 where the objects already have a size that the network is good at (`native_diameter_px_range`). Larger ones
    are brought to the target, or to a larger one where the card has a `finer` one and the plane stays small enough for
    it; smaller ones only to the range's lower end: enlarging costs time and adds no detail.

    Args:
        diameter_px: in image pixels.
        card: of the network.
        shape: height and width of the plane with square pixels.
    """
    lowest, highest = card.native_diameter_px_range
    if diameter_px > highest:
        factor = card.target_diameter_px / diameter_px
        if card.finer is not None:
            affordable = float(np.sqrt(card.finer.largest_frame_px / (shape[0] * shape[1])))
            factor = max(factor, min(1.0, card.finer.diameter_px / diameter_px, affordable))
        return factor
    if diameter_px >= lowest:
        return 1.0
    factor = lowest / diameter_px
    limit = LARGEST_FACTOR if diameter_px * LARGEST_FACTOR >= card.diameter_px_range[0] else LARGEST_FACTOR_TINY
    return min(factor, limit)


def choose_scale(
    plane: NDArray[np.generic], model: Model, stated_px: float | None, pixel_size_um: tuple[float, float] | None
) -> tuple[ScaleChoice, Look | None]:
    """The network scale for a plane.

    Args:
        plane: (y, x) raw values.
        model: the network and its card.
        stated_px: the caller's object diameter in px, or None: it is estimated.
        pixel_size_um: (y, x), for pixels that are not square.

    Returns:
        The scale, and the look that the estimate rests on (None: stated, or nothing was found).
    """
    square = isotropy(pixel_size_um)
    shape = (plane.shape[0] * square[0], plane.shape[1] * square[1])
    if stated_px is not None:
        factor = factor_for(stated_px, model.card, shape)
        reason = f"objects are stated to be {stated_px:.1f} px across"
        return ScaleChoice((factor * square[0], factor * square[1]), stated_px, "stated", reason), None
    seen = survey(plane, model, square)
    if seen.believed is None or seen.believed.diameter_px is None:
        return ScaleChoice(square, None, "none", seen.reason), None
    diameter_px = seen.believed.diameter_px
    factor = factor_for(diameter_px, model.card, shape)
    scale = (factor * square[0], factor * square[1])
    return ScaleChoice(scale, diameter_px, "estimated", seen.reason, seen.is_ambiguous), seen.believed
