import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spheroseg.training import augment
from spheroseg.training.augment import OPTICS, SCENERY, appearance, behind

IMAGE = np.linspace(0, 1, 96 * 128, dtype=np.float32).reshape(96, 128)


@pytest.mark.parametrize("step", [step for _, step in SCENERY + OPTICS], ids=lambda step: step.__name__)
def test_every_step_returns_a_new_image_of_the_same_shape(step):
    before = IMAGE.copy()
    for seed in range(6):
        out = step(np.random.default_rng(seed), IMAGE)
        assert out.shape == IMAGE.shape
        assert out.dtype == np.float32
        assert np.isfinite(out).all()
        assert not np.array_equal(out, IMAGE)
    assert np.array_equal(IMAGE, before)


@pytest.mark.parametrize("step", [step for _, step in SCENERY + OPTICS], ids=lambda step: step.__name__)
def test_every_step_depends_on_its_generator_alone(step):
    first, again = (step(np.random.default_rng(3), IMAGE) for _ in range(2))
    assert np.array_equal(first, again)


@given(seed=st.integers(0, 10_000))
@settings(deadline=None, max_examples=25)
def test_scenery_never_covers_an_object(seed):
    rng = np.random.default_rng(seed)
    labels = np.zeros(IMAGE.shape, np.uint16)
    labels[30:60, 40:80] = 1
    steps = tuple((1.0, step) for _, step in SCENERY)
    out = behind(rng, IMAGE, labels, steps)
    assert np.abs(out - IMAGE)[34:56, 44:76].max() < 1e-3
    assert np.abs(out - IMAGE)[:20].max() > 1e-3


def test_probability_nought_changes_nothing():
    steps = tuple((0.0, step) for _, step in OPTICS)
    assert appearance(np.random.default_rng(0), IMAGE, steps) is IMAGE


def test_inversion_twice_is_the_image():
    rng = np.random.default_rng(0)
    assert np.allclose(augment.invert(rng, augment.invert(rng, IMAGE)), IMAGE, atol=1e-6)


@given(low=st.floats(0.01, 10), ratio=st.floats(1.0, 50), seed=st.integers(0, 1000))
@settings(deadline=None, max_examples=50)
def test_log_uniform_stays_within_its_bounds(low, ratio, seed):
    value = augment.log_uniform(np.random.default_rng(seed), low, low * ratio)
    assert low * 0.999 <= value <= low * ratio * 1.001
