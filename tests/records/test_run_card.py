"""The card of a result, as it is stored and read again."""

import json

from tests.test_pipeline import EXAMPLE

import spheroseg as sg
from spheroseg.records import ModelIdentity, RunCard


def test_a_card_survives_the_way_through_a_file():
    card = sg.segment(EXAMPLE, model="classical", t=0).run_card
    again = RunCard.model_validate_json(json.dumps(card.plain()))
    assert again.plain() == card.plain()
    assert again.pixel_size_um == card.pixel_size_um
    assert again.frame == card.frame


def test_what_is_not_known_is_left_out():
    plain = RunCard.now(ModelIdentity(name="manual"), {}, copied_from=None).plain()
    assert set(plain) == {"spheroseg", "model", "parameters", "python", "numpy"}


def test_a_card_of_an_earlier_version_is_understood():
    card = RunCard.model_validate(
        {"spheroseg": "0.0.9", "model": {"name": "spheroid"}, "parameters": {"outline": "core"}}
    )
    assert card.target == "core"
    assert "outline" not in card.plain()["parameters"]


def test_a_card_of_a_later_version_keeps_what_this_one_does_not_know():
    later = {"spheroseg": "9.0.0", "model": {"name": "spheroid", "licence": "CC0"}, "parameters": {}, "optics": "DIC"}
    assert RunCard.model_validate(later).plain() == later
