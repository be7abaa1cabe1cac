import cv2
import numpy as np
import pytest

from spheroseg.segmentation import SplitRule, split
from spheroseg.segmentation.instances.blocks import halo_for, split_in_blocks


def discs(seed, shape, n, largest):
    rng = np.random.default_rng(seed)
    probability, distance = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    for _ in range(n):
        radius = int(rng.integers(4, largest))
        y, x = (int(rng.integers(0, side)) for side in shape)
        cv2.circle(probability, (x, y), radius, 255, -1)
        for r in range(radius, 0, -1):
            layer = np.zeros(shape, np.uint8)
            cv2.circle(layer, (x, y), r, int(255 * (1 - r / radius)), -1)
            np.maximum(distance, layer, out=distance)
    holes = rng.random(shape) < 0.002
    faint = np.where(np.arange(shape[1]) < shape[1] // 3, 0.6, 1.0)
    return np.where(holes, 0, probability * faint).astype(np.uint8), distance


@pytest.mark.parametrize(("block", "halo"), [(64, 48), (100, 60), (150, 48), (37, 80)])
@pytest.mark.parametrize("seed", [0, 1])
def test_blocks_give_the_same_labels_as_one_piece(seed, block, halo):
    probability, distance = discs(seed, (310, 270), 90, 20)
    rule = SplitRule(min_area_px=40, min_certainty=0.6, filled_hole_px=3)
    whole = split(probability, distance, rule)
    blocks = split_in_blocks(probability, distance, rule, block_px=block, halo_px=halo)
    assert len(whole.areas_px) > 20
    np.testing.assert_array_equal(blocks.labels, whole.labels)
    np.testing.assert_array_equal(blocks.areas_px, whole.areas_px)
    assert blocks.n_too_small == whole.n_too_small
    assert blocks.n_too_faint == whole.n_too_faint > 0


def test_an_object_much_larger_than_the_halo_stays_one():
    y, x = np.mgrid[0:400, 0:400]
    distance = np.clip(1 - np.hypot(y - 200, x - 190) / 180, 0, 1)
    probability = (distance > 0).astype(np.uint8) * 255
    found = split_in_blocks(probability, (distance * 255).astype(np.uint8), SplitRule(), block_px=100, halo_px=20)
    assert found.areas_px.tolist() == [int((probability > 0).sum())]


def test_the_halo_follows_the_objects_within_bounds():
    assert halo_for(None) == 128
    assert halo_for(200.0) == 300
    assert halo_for(5_000.0) == 640
