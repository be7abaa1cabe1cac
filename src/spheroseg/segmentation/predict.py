"""One plane → numbered objects, with the network."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from spheroseg.imaging.plane import check_plane
from spheroseg.segmentation.assembly import Calibration, assemble
from spheroseg.segmentation.instances.splitting import FILLED_HOLE_NETWORK_PX, LARGEST_FILLED_HOLE_PX, SplitRule
from spheroseg.segmentation.network.card import ModelCard
from spheroseg.segmentation.network.catalogue import Model
from spheroseg.segmentation.prediction import Prediction, ScaleChoice
from spheroseg.segmentation.scale.choice import choose_scale, network_shape, stated_diameter_px
from spheroseg.segmentation.scale.network_input import NetworkInput
from spheroseg.segmentation.scale.resampling import at_image_resolution, smoothed
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
    scale = choose_scale(plane, model, stated, pixel_size_um)
    frame = NetworkInput(plane, network_shape(plane.shape, scale.factor), card.normalisation)
    rule = split_rule(card, scale, card.threshold if threshold is None else threshold)
    maps = network_maps(frame, model, accurate=accurate)
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
    engine = {"name": card.name, "version": card.version, "accurate": accurate, **asdict(model.record)}
    return assemble(
        plane,
        full,
        rule,
        scale=scale,
        class_name=card.classes[0],
        engine=engine,
        expected_objects=expected_objects,
        calibration=Calibration(card.confidence_calibration, card.diameter_interval),
    )


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
