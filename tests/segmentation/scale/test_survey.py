"""What is believed where looks at several scales contradict each other, and that it is told."""

from dataclasses import replace

import numpy as np
import pytest

from spheroseg.segmentation import ObjectRules, ScaleChoice, apply_rules, predict, rethreshold
from spheroseg.segmentation.predict import _second_thought
from spheroseg.segmentation.scale.survey import Look, outline_sharpness


def disc_map(side: int, radius_share: float, blur_share: float, k: int = 3) -> np.ndarray:
    """(k, side, side) uint8 whose maps are a disc of this share of the side, with an edge as wide as told."""
    y, x = (np.mgrid[:side, :side] + 0.5) / side - 0.5
    disc = 255 / (1 + np.exp(np.clip((np.hypot(y, x) - radius_share) / blur_share, -30, 30)))
    return np.repeat(disc[None].astype(np.uint8), k, 0)


def test_a_sharp_outline_and_a_blurred_one():
    assert outline_sharpness(np.zeros((9, 9), np.uint8)) == 0
    assert outline_sharpness(np.full((9, 9), 255, np.uint8)) == 1
    assert outline_sharpness(disc_map(200, 0.2, 0.002)[0]) > 0.95
    assert outline_sharpness(disc_map(200, 0.2, 0.08)[0]) < 0.6


CHOSEN = ScaleChoice((0.2, 0.2), 200.0, "estimated", "objects of 200 px were seen at 512 × 512 px")


@pytest.mark.parametrize("side", [128, 700])
def test_looks_that_agree_change_nothing(model, side):
    maps = disc_map(side, 0.2, 0.01, len(model.card.outputs))
    seen = Look(0.5, disc_map(300, 0.21, 0.01, len(model.card.outputs)), 200.0, 0.95)
    scale, taken = _second_thought(model.card, CHOSEN, maps, seen)
    assert scale is CHOSEN
    assert taken is maps


def test_what_was_seen_sharply_and_is_gone_at_the_chosen_scale_is_believed(model):
    k = len(model.card.outputs)
    seen = Look(0.5, disc_map(300, 0.2, 0.005, k), 200.0, 0.95)
    scale, taken = _second_thought(model.card, CHOSEN, np.zeros((k, 120, 120), np.uint8), seen)
    assert taken is seen.maps
    assert scale.is_uncertain
    assert scale.factor == (0.5, 0.5)


def test_of_two_answers_that_are_as_sharp_the_chosen_stays_and_the_doubt_is_told(model):
    k = len(model.card.outputs)
    maps = disc_map(120, 0.1, 0.003, k)
    seen = Look(0.5, disc_map(300, 0.4, 0.005, k), 200.0, outline_sharpness(maps[0]))
    scale, taken = _second_thought(model.card, CHOSEN, maps, seen)
    assert taken is maps
    assert scale == replace(CHOSEN, is_uncertain=True)


def test_an_unfamiliar_plane_is_told_and_stays_so(model, draw_discs):
    plane = draw_discs((200, 200), [(100, 100, 30)])
    sure = predict(plane, model)
    assert not {"unfamiliar", "scale_uncertain"} & set(sure.image_flags)
    strict = replace(model, card=model.card.model_copy(update={"familiar_from": 1.0}))
    found = predict(plane, strict)
    assert "unfamiliar" in found.image_flags
    assert "unfamiliar" in rethreshold(found, plane, 0.4).image_flags
    assert "unfamiliar" in apply_rules(found, plane, ObjectRules(keep_largest=1, split="never")).image_flags
    assert "unfamiliar" in apply_rules(found, plane, ObjectRules(min_diameter_px=10, keep_largest=1)).image_flags


def test_a_stated_diameter_is_not_doubted(model, draw_discs):
    plane = draw_discs((200, 200), [(100, 100, 30)])
    found = predict(plane, model, diameter_px=500.0)
    assert not found.scale.is_uncertain
    assert "scale_uncertain" not in found.image_flags
