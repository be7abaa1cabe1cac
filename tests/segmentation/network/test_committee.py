"""Two networks that answer as one, and large frames that go through the second alone."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from spheroseg.errors import ModelError
from spheroseg.segmentation import describe_file, load_model, read_card, write_card
from spheroseg.segmentation.network.card import ModelCard, Partner
from spheroseg.segmentation.scale.network_input import NetworkInput
from spheroseg.segmentation.scale.tiling import network_maps

ALONE_FROM_PX = 128 * 128


@pytest.fixture
def pair_folder(tmp_path, write_model, write_network):
    """A model whose partner is half as steep."""
    folder = write_model(tmp_path / "pair")
    write_network(folder / "partner.onnx", gain=6.0)
    partner = Partner(files={"fp32": describe_file(folder / "partner.onnx")}, alone_from_frame_px=ALONE_FROM_PX)
    write_card(read_card(folder).model_copy(update={"partner": partner}), folder)
    return folder


@pytest.fixture
def batch():
    return np.random.default_rng(0).uniform(-1, 1, (2, 1, 64, 96)).astype(np.float32)


def test_the_answer_is_the_mean_of_both(pair_folder, model, batch):
    pair = load_model(pair_folder, precision="fp32", threads=1)
    first, second = model.network.run(batch), pair.partner.run(batch)
    assert np.abs(first - second).mean() > 0.1
    np.testing.assert_allclose(pair.network.run(batch), (first + second) / 2, atol=1e-4)


def test_a_large_frame_goes_through_the_partner_alone(pair_folder, draw_discs):
    pair = load_model(pair_folder, precision="fp32", threads=1)
    assert pair.network_for((127, 128)) is pair.network
    assert pair.network_for((128, 128)) is pair.partner
    plane = draw_discs((128, 160), [(60, 60, 20)])
    frame = NetworkInput(plane, plane.shape, pair.card.normalisation)
    alone = load_model(pair_folder, precision="fp32", threads=1)
    object.__setattr__(alone, "network", alone.partner)
    np.testing.assert_array_equal(network_maps(frame, pair), network_maps(frame, alone))


def test_a_partner_that_never_goes_alone(pair_folder):
    card = read_card(pair_folder)
    never = card.partner.model_copy(update={"alone_from_frame_px": None})
    write_card(card.model_copy(update={"partner": never}), pair_folder)
    pair = load_model(pair_folder, precision="fp32", threads=1)
    assert pair.network_for((10_000, 10_000)) is pair.network


def test_which_model_it_is_depends_on_both_files(pair_folder, model, write_network):
    before = load_model(pair_folder, precision="fp32", threads=1)
    assert before.record.sha256 == before.card.sha256 != model.card.sha256
    write_network(pair_folder / "partner.onnx", gain=7.0)
    card = read_card(pair_folder)
    files = {"fp32": describe_file(pair_folder / "partner.onnx")}
    write_card(card.model_copy(update={"partner": card.partner.model_copy(update={"files": files})}), pair_folder)
    assert read_card(pair_folder).sha256 != before.card.sha256


def test_a_damaged_partner_is_named(pair_folder):
    with (pair_folder / "partner.onnx").open("ab") as stream:
        stream.write(b"more")
    with pytest.raises(ModelError, match=r"partner\.onnx.*not the one that its card describes"):
        load_model(pair_folder, precision="fp32", threads=1)


def test_a_partner_whose_int8_fails_the_self_test_runs_in_fp32(pair_folder, write_network):
    card = read_card(pair_folder)
    write_network(pair_folder / "partner.int8.onnx", gain=0.5)  # it computes something else
    files = {"fp32": card.files["fp32"], "int8": card.files["fp32"]}  # of the first, int8 is as good
    beside = {"fp32": card.partner.files["fp32"], "int8": describe_file(pair_folder / "partner.int8.onnx")}
    partner = card.partner.model_copy(update={"files": beside})
    write_card(card.model_copy(update={"files": files, "partner": partner}), pair_folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SPHEROSEG_FAST_INT8", "1")
        pair = load_model(pair_folder, threads=1)
    assert (pair.record.precision, pair.partner.precision) == ("int8", "fp32")
    assert any("failed the self-test" in note for note in pair.record.notes)
    assert any(note.startswith("the second network runs in") for note in pair.record.notes)


def test_a_partner_has_each_precision_of_the_network(pair_folder):
    card = read_card(pair_folder).model_dump()
    card["partner"]["files"]["int8"] = card["partner"]["files"]["fp32"]
    with pytest.raises(ValueError, match="a file for each precision"):
        ModelCard.model_validate(card)


def test_several_threads_use_both_at_once(pair_folder, batch):
    pair = load_model(pair_folder, precision="fp32", threads=1)
    expected = pair.network.run(batch)
    alone = pair.partner.run(batch)
    with ThreadPoolExecutor(4) as pool:
        means = [pool.submit(pair.network.run, batch) for _ in range(8)]
        alones = [pool.submit(pair.partner.run, batch) for _ in range(8)]
    for future in means:
        np.testing.assert_array_equal(future.result(), expected)
    for future in alones:
        np.testing.assert_array_equal(future.result(), alone)
