"""One plane → numbered objects, with the network."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.imaging.plane import check_plane
from spheroseg.segmentation.assembly import Calibration, assemble
from spheroseg.segmentation.instances.splitting import FILLED_HOLE_NETWORK_PX, LARGEST_FILLED_HOLE_PX, SplitRule
from spheroseg.segmentation.network.card import ModelCard
from spheroseg.segmentation.network.catalogue import Model
from spheroseg.segmentation.prediction import Prediction, ScaleChoice
from spheroseg.segmentation.quality.flags import IMAGE_FLAGS
from spheroseg.segmentation.scale.choice import choose_scale, stated_diameter_px
from spheroseg.segmentation.scale.inner import ENOUGH, smaller_inside
from spheroseg.segmentation.scale.network_input import COMPRESSED_TONE, NetworkInput
from spheroseg.segmentation.scale.resampling import at_image_resolution, smoothed
from spheroseg.segmentation.scale.survey import Look, network_shape, outline_sharpness
from spheroseg.segmentation.scale.tiling import network_maps


def predict(
    plane: NDArray[Any],
    model: Model,
    *,
    pixel_size_um: tuple[float, float] | None = None,
    diameter_um: float | None = None,
    diameter_px: float | None = None,
    threshold: float | None = None,
    accurate: bool = False,
    expected_objects: int | None = None,
) -> Prediction:
    """Outline the objects of one plane.

    Args:
        plane: (y, x) raw values of any real dtype; not changed, may be a read-only memory map.
        model: from `load_model`.
        pixel_size_um: (y, x) µm per pixel; needed for `diameter_um` and where pixels are not square.
        diameter_um: typical object diameter in µm.
        diameter_px: the same in px (of the geometric mean pixel size). With neither it is estimated.
        threshold: foreground probability, between 0 and 1; None takes the card's.
        accurate: average over the four mirror images (four times the inference).
        expected_objects: flags the plane `several_objects` when more are found (1 for one spheroid a well).

    Raises:
        ParameterError: the plane is no 2-D array of real numbers, or a parameter makes no sense.
    """
    plane = check_plane(plane)
    stated = stated_diameter_px(diameter_um, diameter_px, pixel_size_um)
    card = model.card
    scale, seen = choose_scale(plane, model, stated, pixel_size_um)
    frame = NetworkInput(plane, network_shape(plane.shape, scale.factor), card.normalisation)
    maps = network_maps(frame, model, accurate=accurate)
    if seen is not None:
        scale, maps = _second_thought(card, scale, maps, seen)
    maps, tone = _other_tone(frame, model, maps, accurate=accurate)
    rule = split_rule(card, scale, card.threshold if threshold is None else threshold)
    expected_px = scale.diameter_px or 0.0
    network_px = expected_px * float(np.sqrt(scale.factor[0] * scale.factor[1]))
    distance = card.outputs.index("distance")
    smooth = smoothed(maps[distance], card.splitting.smoothing_fraction * network_px)
    full: dict[str, NDArray[np.uint8]] = {
        name: at_image_resolution(smooth if i == distance else maps[i], plane.shape)
        for i, name in enumerate(card.outputs)
    }
    if frame.constant:
        full["foreground"][:] = 0
    engine = {"name": card.name, "version": card.version, "accurate": accurate, "tone": tone, **asdict(model.record)}
    found = assemble(
        plane,
        full,
        rule,
        scale=scale,
        class_name=card.classes[0],
        engine=engine,
        expected_objects=expected_objects,
        calibration=Calibration.of(card),
    )
    if scale.source != "estimated" or scale.is_uncertain or maps.shape[1:] != frame.shape:
        return found
    outlined = maps[card.outputs.index("foreground")] >= round(rule.threshold * 255)
    return _doubted(found, smaller_inside(plane, frame, outlined, found.labels, scale, model))


def _doubted(found: Prediction, n_inside: int) -> Prediction:
    """The prediction, whose scale is uncertain where a closer look shows enough smaller objects inside of the outlined ones."""
    if n_inside < ENOUGH:
        return found
    reason = f"{found.scale.reason}, and smaller ones inside of them from close by"
    codes = tuple(code for code in IMAGE_FLAGS if code in {*found.image_flags, "scale_uncertain"})
    return replace(found, scale=replace(found.scale, reason=reason, is_uncertain=True), image_flags=codes)


#: Two looks that share less of what they outline (IoU) contradict each other.
AGREEMENT_FROM = 0.7
#: The look before is then believed if it is sharper by this much.
SHARPER_BY = 0.05


#: Outlines that are less sharp than this are doubted; then a dark ground that is not black is looked at by its roots.
DOUBTED_BELOW = 0.88
DARK_GROUND = (0.03, 0.3)
#: Those outlines are taken unless they are less sharp by this much.
LESS_SHARP_BY = 0.06


def _other_tone(
    frame: NetworkInput, model: Model, maps: NDArray[np.uint8], *, accurate: bool
) -> tuple[NDArray[np.uint8], float]:
    """The maps, or those of the plane's roots where thin, dim objects lie beside ones many times as bright.

    Optical thickness is such an image: a rounded cell takes the range, and the thin part of the others is nearly ground.

    Returns:
        Maps, and the exponent of the values that they are of.
    """
    sharpness = outline_sharpness(maps[model.card.outputs.index("foreground")])
    if (
        maps.shape[1:] != frame.shape
        or not 0 < sharpness < DOUBTED_BELOW
        or not DARK_GROUND[0] <= frame.ground() <= DARK_GROUND[1]
    ):
        return maps, 1.0
    bent = network_maps(frame.compressed(), model, accurate=accurate)
    if outline_sharpness(bent[model.card.outputs.index("foreground")]) < sharpness - LESS_SHARP_BY:
        return maps, 1.0
    return bent, COMPRESSED_TONE


def _second_thought(
    card: ModelCard, scale: ScaleChoice, maps: NDArray[np.uint8], seen: Look
) -> tuple[ScaleChoice, NDArray[np.uint8]]:
    """The chosen scale's maps, or those of the look that the choice rests on where these contradict it and are less sharp.

    An object that was seen and is gone, or another, at the scale that was chosen because of it is a wrong scale.

    Returns:
        Scale and maps; the scale is uncertain where the two contradict each other.
    """
    foreground = card.outputs.index("foreground")
    now, before = maps[foreground], seen.maps[foreground]
    level = round(card.threshold * 255)
    shape = min(now.shape, before.shape)
    a, b = (_sampled(each, shape) >= level for each in (now, before))
    union = int(np.count_nonzero(a | b))
    if union == 0 or np.count_nonzero(a & b) / union >= AGREEMENT_FROM:
        return scale, maps
    if seen.sharpness <= outline_sharpness(now) + SHARPER_BY:
        return replace(scale, is_uncertain=True), maps
    square = float(np.sqrt(scale.factor[0] / scale.factor[1]))
    factor = (seen.factor * square, seen.factor / square)
    reason = f"{scale.reason}, and not at the scale of such objects"
    return replace(scale, factor=factor, reason=reason, is_uncertain=True), seen.maps


def _sampled(plane: NDArray[np.uint8], shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """The nearest pixels of a map on a smaller grid over the same frame."""
    rows, columns = (
        ((np.arange(n) + 0.5) * (old / n)).astype(np.int64) for n, old in zip(shape, plane.shape, strict=True)
    )
    return plane[np.ix_(rows, columns)]


def split_rule(card: ModelCard, scale: ScaleChoice, threshold: float) -> SplitRule:
    """The card's splitting rules in image pixels."""
    rules = card.splitting
    network_px = 1.0 / (scale.factor[0] * scale.factor[1])  # image pixels' area of one network pixel
    smallest = rules.min_diameter_network_px * np.sqrt(network_px)
    if scale.diameter_px is not None:
        smallest = max(smallest, rules.min_diameter_fraction * scale.diameter_px)
    return SplitRule(
        threshold=threshold,
        min_depth=rules.min_depth,
        min_peak=rules.min_peak,
        min_area_px=max(1, round(np.pi / 4.0 * smallest**2)),
        min_certainty=rules.min_certainty,
        filled_hole_px=min(LARGEST_FILLED_HOLE_PX, round(FILLED_HOLE_NETWORK_PX * network_px)),
    )
