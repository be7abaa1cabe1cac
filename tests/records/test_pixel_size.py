"""One check of pixel sizes, with one message, wherever they come in."""

import numpy as np
import pytest

import spheroseg as sg
from spheroseg.analysis import compare
from spheroseg.errors import ParameterError
from spheroseg.records import check_pixel_size
from spheroseg.segmentation import classical


def test_one_number_is_square_pixels_and_two_are_y_and_x():
    assert check_pixel_size(0.65) == (0.65, 0.65)
    assert check_pixel_size((0.5, 2)) == (0.5, 2.0)
    assert check_pixel_size(np.array([0.5, 2.0])) == (0.5, 2.0)
    assert check_pixel_size(None) is None


@pytest.mark.parametrize(
    "size", [0, -1.0, np.nan, np.inf, 1e9, (1.0, 0.0), (1.0,), (1.0, 1.0, 1.0), "small", "12", [None, 1]]
)
def test_what_is_no_pixel_size_is_refused_with_one_sentence(size):
    with pytest.raises(ParameterError, match="a pixel size is a positive number of µm"):
        check_pixel_size(size)


@pytest.mark.parametrize("of", ["segment", "classical", "measure", "compare"])
def test_every_way_in_asks_the_same_check(of):
    plane = np.zeros((20, 20), np.uint8)
    calls = {
        "segment": lambda: sg.segment(plane, model="classical", pixel_size_um=(1.0, -1.0)),
        "classical": lambda: classical(plane, pixel_size_um=(1.0, -1.0)),
        "measure": lambda: sg.measure(plane, pixel_size_um=(1.0, -1.0)),
        "compare": lambda: compare(plane, plane, pixel_size_um=(1.0, -1.0)),
    }
    with pytest.raises(ParameterError, match=r"a pixel size is a positive number of µm .* not \(1.0, -1.0\)"):
        calls[of]()
