from itertools import pairwise

import numpy as np
import pytest

from spheroseg.errors import ParameterError
from spheroseg.segmentation.network.card import FinerScale
from spheroseg.segmentation.scale.choice import (
    choose_scale,
    factor_for,
    isotropy,
    stated_diameter_px,
)
from spheroseg.segmentation.scale.survey import network_shape


def test_a_diameter_in_um_becomes_px_by_the_pixel_size():
    assert stated_diameter_px(100.0, None, (2.0, 2.0)) == pytest.approx(50.0)
    # of the geometric mean where the axes differ
    assert stated_diameter_px(100.0, None, (4.0, 1.0)) == pytest.approx(50.0)
    assert stated_diameter_px(None, 33.0, (2.0, 2.0)) == 33.0
    assert stated_diameter_px(None, None, None) is None


@pytest.mark.parametrize(
    ("um", "px", "pixel", "reason"),
    [
        (10.0, 10.0, (1.0, 1.0), "not both"),
        (10.0, None, None, "needs the pixel size"),
        (-1.0, None, (1.0, 1.0), "positive"),
        (None, 0.0, None, "positive"),
        (None, float("nan"), None, "positive"),
        (None, 10.0, (1.0, 0.0), "pixel size"),
    ],
)
def test_senseless_diameters_are_refused(um, px, pixel, reason):
    with pytest.raises(ParameterError, match=reason):
        stated_diameter_px(um, px, pixel)


def test_objects_of_a_good_size_are_not_resampled(model):
    card = model.card
    shape = (500, 500)
    assert {factor_for(diameter, card, shape) for diameter in (28.0, 60.0, 110.0)} == {1.0}
    assert factor_for(640.0, card, shape) == pytest.approx(0.1)
    assert factor_for(20.0, card, shape) == pytest.approx(1.4)
    assert factor_for(8.0, card, shape) == 2.0
    assert factor_for(4.0, card, shape) == 3.0


def test_a_plane_that_stays_small_is_looked_at_at_a_finer_scale(model):
    card = model.card.model_copy(update={"finer": FinerScale(diameter_px=128.0, largest_frame_px=250_000)})
    assert factor_for(640.0, card, (1000, 1000)) == pytest.approx(0.2)
    assert factor_for(200.0, card, (1000, 1000)) == pytest.approx(0.5)  # as far as the plane stays small
    assert factor_for(200.0, card, (2000, 2000)) == pytest.approx(0.32)  # … and never below the target
    assert factor_for(120.0, card, (400, 400)) == 1.0
    assert factor_for(60.0, card, (4000, 4000)) == 1.0
    # a growing object never jumps: each pixel more costs a little of the scale
    factors = [factor_for(float(d), card, (1500, 1500)) for d in range(111, 900)]
    assert all(0.97 < b / a <= 1.0 for a, b in pairwise(factors))


def test_pixels_become_square():
    assert isotropy(None) == (1.0, 1.0)
    y, x = isotropy((4.0, 1.0))
    assert y / x == pytest.approx(4.0)
    assert y * x == pytest.approx(1.0)
    assert network_shape((10, 1), (0.01, 0.01)) == (1, 1)


def grid(shape, n, diameter):
    """About n discs on a jittered grid."""
    rng = np.random.default_rng(n)
    per_side = round(np.sqrt(n))
    step = shape[0] / per_side
    jitter = max(0.0, step / 2 - diameter * 0.7)
    return [
        (
            (i + 0.5) * step + rng.uniform(-jitter, jitter),
            (j + 0.5) * step + rng.uniform(-jitter, jitter),
            diameter / 2 * rng.uniform(0.85, 1.15),
        )
        for i in range(per_side)
        for j in range(per_side)
    ]


@pytest.mark.parametrize(
    ("side", "n", "diameter"),
    [(1024, 1, 780.0), (150, 1, 65.0), (1024, 100, 20.0), (2048, 1000, 18.0), (700, 4, 150.0)],
)
def test_the_diameter_is_estimated_from_the_image(model, draw_discs, side, n, diameter):
    plane = draw_discs((side, side), grid((side, side), n, diameter))
    plane = plane + np.random.default_rng(0).integers(0, 15, plane.shape, dtype=np.uint8)
    choice, _ = choose_scale(plane, model, None, None)
    assert choice.source == "estimated"
    assert choice.diameter_px == pytest.approx(diameter, rel=0.2)
    assert choice.factor[0] == choice.factor[1] == factor_for(choice.diameter_px, model.card, (side, side))


def test_nothing_to_estimate_from_leaves_the_plane_as_it_is(model):
    choice, _ = choose_scale(np.full((90, 80), 7, np.uint8), model, None, None)
    assert (choice.source, choice.diameter_px, choice.factor) == ("none", None, (1.0, 1.0))


def test_a_stated_diameter_is_used_as_it_is(model):
    choice, _ = choose_scale(np.zeros((900, 900), np.uint8), model, 320.0, (1.0, 4.0))
    assert choice.source == "stated"
    assert choice.factor == pytest.approx((0.1, 0.4))
