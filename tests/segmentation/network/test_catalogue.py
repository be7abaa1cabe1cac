import pytest

from spheroseg.errors import ModelError
from spheroseg.segmentation import list_models, load_model
from spheroseg.segmentation.network.catalogue import SHIPPED_FOLDER


def test_every_shipped_model_has_a_sound_card_and_its_files():
    for card in list_models():
        folder = SHIPPED_FOLDER / card.name
        cards = [card] if card.partner is None else [card, card.of_partner()]
        for precision in card.files:
            total = sum(each.file(folder, precision).stat().st_size for each in cards)
            assert total == card.size_bytes(precision) <= 25_000_000
        assert card.data
        assert card.licence


def test_a_model_is_loaded_by_its_folder_or_card(model_folder):
    assert load_model(model_folder).card == load_model(str(model_folder / "model.json")).card


@pytest.mark.parametrize("name", ["no-such-model", "../segmentation", "", "."])
def test_an_unknown_model_is_named(name):
    with pytest.raises(ModelError, match=r"there is no model"):
        load_model(name)
