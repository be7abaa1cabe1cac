import xml.etree.ElementTree as ET

import numpy as np
import pytest
from PIL import Image

from spheroseg.analysis import bland_altman, plot_bland_altman
from spheroseg.errors import ParameterError


def test_the_numbers_of_a_worked_example():
    # differences 1, 2, 3, 4: mean 2.5, standard deviation √(5/3); t(0.975; 3) = 3.18245
    result = bland_altman(np.array([10, 20, 30, 40]), np.array([11, 22, 33, 44]))
    deviation = (5 / 3) ** 0.5
    assert result.bias == 2.5
    assert result.standard_deviation == pytest.approx(deviation)
    assert result.limits == pytest.approx((2.5 - 1.96 * deviation, 2.5 + 1.96 * deviation))
    half = 3.18245 * deviation / 2
    assert result.bias_interval == pytest.approx((2.5 - half, 2.5 + half), rel=1e-5)
    assert result.limit_half_width == pytest.approx(half * 3**0.5, rel=1e-5)
    assert result.means.tolist() == [10.5, 21, 31.5, 42]


def test_relative_differences_are_percent_of_the_mean():
    result = bland_altman(np.array([100.0, 200.0]), np.array([110.0, 220.0]), relative=True)
    assert result.differences == pytest.approx([100 * 10 / 105] * 2)


def test_one_object_has_a_bias_and_no_spread():
    result = bland_altman(np.array([5.0]), np.array([6.0]))
    assert result.bias == 1
    assert np.isnan([result.standard_deviation, *result.limits, *result.bias_interval]).all()


@pytest.mark.parametrize(
    ("reference", "predicted", "relative"),
    [([], [], False), ([1.0], [1.0, 2.0], False), ([np.nan], [1.0], False), ([0.0], [1.0], True)],
)
def test_refusals(reference, predicted, relative):
    with pytest.raises(ParameterError):
        bland_altman(np.array(reference), np.array(predicted), relative=relative)


@pytest.mark.parametrize("n", [1, 2, 40, 6_000])
def test_the_picture_is_a_picture(tmp_path, n):
    generator = np.random.default_rng(n)
    reference = generator.uniform(100, 600, n)
    result = bland_altman(reference, reference * 1.05)
    path = plot_bland_altman(result, tmp_path / "plot.png", quantity="diameter", unit="µm")
    with Image.open(path) as picture:
        assert picture.size == (1280, 880)
        pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    # the blue of the points is there
    assert (np.abs(pixels.astype(int) - (0, 114, 178)).sum(axis=1) < 120).any()


def test_the_svg_says_what_was_measured(tmp_path):
    result = bland_altman(np.array([10.0, 20.0]), np.array([12.0, 19.0]))
    path = plot_bland_altman(result, tmp_path / "plot.svg", quantity="area", unit="µm²")
    text = path.read_text(encoding="utf-8")
    assert ET.fromstring(text).tag.endswith("svg")
    assert "mean of reference and predicted area (µm²)" in text


def test_another_suffix_is_refused(tmp_path):
    with pytest.raises(ParameterError, match=r"\.png or \.svg"):
        plot_bland_altman(bland_altman(np.array([1.0]), np.array([1.0])), tmp_path / "plot.pdf", quantity="area")
