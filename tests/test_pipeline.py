"""One image through all rooms. The classical engine stands in for the network where the network does not matter."""

from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

import spheroseg as sg
from spheroseg.errors import ImageReadError, ModelError, ParameterError
from spheroseg.imaging import Image
from spheroseg.pipeline import Parameters, as_image, plane_digest
from spheroseg.records import FrameSource

EXAMPLE = Path(str(files("spheroseg") / "examples" / "example_touching_B01.tif"))


def discs(*circles: tuple[int, int, int], shape: tuple[int, int] = (200, 300)) -> np.ndarray:
    """A dark field with bright discs (y, x, radius) and a little noise."""
    y, x = np.mgrid[: shape[0], : shape[1]]
    image = np.random.default_rng(0).normal(300, 8, shape)
    for cy, cx, radius in circles:
        image[(y - cy) ** 2 + (x - cx) ** 2 <= radius**2] += 2000
    return image.astype(np.uint16)


def test_numbers_are_those_of_the_objects() -> None:
    result = sg.segment(discs((60, 80, 30), (130, 210, 40)), model="classical", pixel_size_um=(2.0, 2.0))
    table = result.measure()
    assert len(table) == len(result.polygons) == 2
    areas = table["area_um2"].to_numpy()
    expected = np.pi * np.array([30, 40]) ** 2 * 4
    assert np.abs(areas / expected - 1).max() < 0.05
    assert np.allclose(table["centroid_x_um"], [81, 211] * np.array(2.0) - 1, atol=1.5)
    assert table["intensity_mean"].between(2200, 2350).all(), "raw 16-bit values"
    assert (np.unique(result.labels) == [0, 1, 2]).all()


def test_without_pixel_size_numbers_are_in_pixels() -> None:
    table = sg.segment(discs((60, 80, 30)), model="classical").measure()
    assert "area_px2" in table
    assert not [name for name in table.columns if name.endswith(("_um", "_um2", "_um3"))]


def test_the_same_input_and_choices_give_the_same_result() -> None:
    one, two = (sg.segment(EXAMPLE, model="classical") for _ in range(2))
    assert one.run_card == two.run_card
    assert (one.labels == two.labels).all()
    assert one.measure().equals(two.measure())


def test_the_run_card_tells_input_model_and_scale() -> None:
    card = sg.segment(EXAMPLE, model="classical", diameter_um=150).run_card
    assert card.model.name == "classical"
    assert card.input.file == EXAMPLE.name
    assert card.input.sha256 == plane_digest(sg.read_image(EXAMPLE).plane())
    assert card.parameters["diameter_um"] == 150
    assert card.pixel_size_source == "imagej"
    assert card.scale.source == "stated"


def test_a_stated_pixel_size_wins_and_is_said() -> None:
    result = sg.segment(EXAMPLE, model="classical", pixel_size_um=(0.5, 0.5))
    assert result.pixel_size_um == (0.5, 0.5)
    assert result.run_card.pixel_size_source == "parameters"


def test_frames_channels_and_planes_of_a_stack() -> None:
    blank = np.full((200, 300), 300, np.uint16)
    data = np.stack([np.stack([np.stack([blank, blank]), np.stack([blank, discs((100, 150, 40))])])] * 2)
    data[0] = 300
    image = Image(data=data)  # t 2, c 2, z 2: the disc is in frame 1, channel 1, plane 1
    assert len(sg.segment(image, model="classical", t=0, channel=1).polygons) == 0
    result = sg.segment(image, model="classical", t=1, channel=1)
    assert len(result.polygons) == 1
    assert result.frame == FrameSource(series=0, t=1, z=1, channel=1), "the sharpest plane was taken"
    measured = result.measure()
    assert measured["intensity_mean_channel_1"].item() == 300
    assert measured["intensity_mean_channel_2"].item() > 2200
    assert len(sg.segment(image, model="classical", t=1, channel=1, z=0).polygons) == 0
    assert len(sg.segment(image, model="classical", t=1, channel=1, z="max").polygons) == 1


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"threshold": 1.5}, "between 0 and 1"),
        ({"diameter_um": 100}, "needs the pixel size"),
        ({"diameter_um": 100, "diameter_px": 50}, "not both"),
        ({"diameter_px": -3}, "positive"),
        ({"pixel_size_um": (0.0, 1.0)}, "positive"),
        ({"channel": 3}, "channels 0…0"),
        ({"z": 2}, "z 0…0"),
        ({"z": "middle"}, "sharpest"),
        ({"t": 1}, "t 0…0"),
        ({"colour": "red"}, "knows no 'colour'"),
    ],
)
def test_choices_that_make_no_sense_are_refused(choices: dict, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        sg.segment(discs((60, 80, 30)), **{"model": "classical", **choices})


def test_an_unknown_model_and_a_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="nothing-like-it"):
        sg.segment(discs((60, 80, 30)), model="nothing-like-it")
    with pytest.raises(ImageReadError, match=r"missing\.tif"):
        sg.segment(tmp_path / "missing.tif")


def test_inputs_are_not_changed() -> None:
    image = discs((60, 80, 30))
    before = image.copy()
    sg.segment(image, model="classical").measure()
    assert (image == before).all()


@pytest.mark.parametrize(
    "array", [np.zeros((4, 4), bool), np.zeros((2, 3, 4, 5)), np.zeros((4, 4, 2)), np.zeros((4, 4), complex)]
)
def test_arrays_that_are_no_image_are_refused(array: np.ndarray) -> None:
    with pytest.raises(ParameterError):
        as_image(array)


def test_a_colour_array_is_a_photograph() -> None:
    image = as_image(np.zeros((10, 12, 3), np.uint8))
    assert image.is_rgb
    assert image.shape == (10, 12)
    assert image.channel_names == ("red", "green", "blue")


def test_parameters_are_values() -> None:
    assert Parameters(diameter_px=40) == Parameters(diameter_px=40)
    assert hash(Parameters()) == hash(Parameters())
