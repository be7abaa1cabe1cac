"""A section that is dyed is told from other colour images, and said to be of a kind that the model does not know."""

import numpy as np
import pytest

from spheroseg.pipeline import segment
from spheroseg.segmentation.quality.stain import is_stained

PURPLE, PINK, BROWN, GREEN = (120, 70, 160), (230, 160, 200), (150, 100, 60), (110, 170, 120)


def picture(ground, dye, n=12, seed=3):
    """(240, 240, 3) uint8: discs of one colour on a ground, with noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:240, :240]
    image = np.empty((240, 240, 3))
    image[:] = ground
    for cy, cx in rng.uniform(20, 220, (n, 2)):
        image[np.hypot(y - cy, x - cx) < 9] = dye
    return np.clip(image + rng.normal(0, 3, image.shape), 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("ground", "dye", "stained"),
    [
        ((240, 238, 242), PURPLE, True),
        (PINK, PURPLE, True),
        ((240, 238, 242), (90, 90, 95), False),  # dark bodies seen by a colour camera
        ((225, 235, 230), GREEN, False),
        ((235, 225, 205), BROWN, False),
        ((12, 10, 14), (220, 40, 230), False),  # two dyes that glow on black
        ((0, 0, 0), (0, 0, 0), False),
    ],
)
def test_purple_and_pink_on_a_bright_ground_is_a_stained_section(ground, dye, stained):
    image = picture(ground, dye)
    assert is_stained(*np.moveaxis(image, 2, 0)) is stained
    assert is_stained(*np.moveaxis(image.astype(np.uint16) * 257, 2, 0)) is stained


def test_a_stained_section_is_unfamiliar_and_stays_so_at_another_threshold():
    image = picture((240, 238, 242), PURPLE)
    found = segment(image)
    assert "unfamiliar" in found.prediction.image_flags
    assert "unfamiliar" in found.run_card.image_flags
    assert "unfamiliar" in segment(image, threshold=0.4, rules={"leave_out_border": True}).prediction.image_flags
    assert "unfamiliar" not in segment(picture((240, 240, 240), (90, 90, 90))).prediction.image_flags
