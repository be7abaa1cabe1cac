"""Where a closer look shows smaller objects inside of the outlined ones, that is told."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import ndimage

from spheroseg.pipeline import segment
from spheroseg.segmentation import ScaleChoice, SplitRule, load_model, predict, rethreshold, split
from spheroseg.segmentation.predict import _doubted
from spheroseg.segmentation.scale import inner
from spheroseg.segmentation.scale.network_input import NetworkInput
from spheroseg.segmentation.scale.survey import network_shape
from spheroseg.training.manifest import read_manifest, split_by_group

DATA = Path(__file__).parents[4] / "shared" / "data"


@pytest.fixture(scope="module")
def shipped():
    return load_model("spheroid", threads=1)


def smear(*, nuclei):
    """Twelve pale cells of 110 px on a bright ground, each with three dark nuclei of 18 px or without; (500, 660) uint8, and the cells."""
    rng = np.random.default_rng(5)
    y, x = np.mgrid[:500, :660]
    plane, cells = np.full(y.shape, 225.0), np.zeros(y.shape, np.uint32)
    for row in range(3):
        for column in range(4):
            cy, cx = 90 + 160 * row + rng.integers(-12, 12), 90 + 160 * column + rng.integers(-12, 12)
            cell = np.hypot(y - cy, x - cx) < 55
            plane[cell], cells[cell] = rng.uniform(115, 125), 4 * row + column + 1
            for turn in range(3 if nuclei else 0):
                angle = 2.1 * turn + rng.uniform(0, 1)
                plane[np.hypot(y - cy - 26 * np.sin(angle), x - cx - 26 * np.cos(angle)) < 9] = 60
    plane = ndimage.gaussian_filter(plane, 1.0) + rng.normal(0, 3, plane.shape)
    return np.clip(plane, 0, 255).astype(np.uint8), cells


def seen_from_close_by(plane, cells, shipped):
    """What a closer look shows inside of these cells if they were outlined at 40 px across."""
    factor = 40 / 110
    shape = network_shape(plane.shape, (factor, factor))
    frame = NetworkInput(plane, shape, shipped.card.normalisation)
    rows, columns = (
        ((np.arange(n) + 0.5) / factor).astype(int).clip(0, m - 1) for n, m in zip(shape, plane.shape, strict=True)
    )
    scale = ScaleChoice((factor, factor), 110.0, "estimated", "")
    return inner.smaller_inside(plane, frame, cells[np.ix_(rows, columns)] > 0, cells, scale, shipped)


def test_nuclei_inside_of_outlined_cells_are_seen_from_close_by(shipped):
    assert seen_from_close_by(*smear(nuclei=True), shipped) >= inner.ENOUGH
    assert seen_from_close_by(*smear(nuclei=False), shipped) == 0


def test_what_was_seen_is_told_and_stays_told(model, draw_discs):
    plane = draw_discs((200, 200), [(100, 100, 30)])
    found = predict(plane, model)
    assert _doubted(found, inner.ENOUGH - 1) is found
    doubted = _doubted(found, inner.ENOUGH)
    assert doubted.image_flags == ("scale_uncertain",)
    assert doubted.scale.is_uncertain
    assert doubted.scale.reason != found.scale.reason
    assert "scale_uncertain" in rethreshold(doubted, plane, 0.4).image_flags


@pytest.mark.skipif(not DATA.is_dir(), reason="the image sets are not here")
def test_smears_and_embryos_are_told_and_bodies_are_not(shipped):
    sets = [*split_by_group(read_manifest(DATA, "train"))[1], *read_manifest(DATA, "ood")]
    paths = {record.image.stem: record.image for record in sets}
    for name in ("dsb_3594684b9ea0", "dsb_cb4df20a83b2"):
        assert segment(paths[name], opened=shipped).prediction.image_flags == ("scale_uncertain",)
    smear_px = segment(
        paths["dsb_3594684b9ea0"], opened=shipped, diameter_px=130.0
    ).prediction  # whoever says what is meant
    assert "scale_uncertain" not in smear_px.image_flags
    for name in ("orgm_2", "rogerh2_2_day0_10x_CH1_8bit_18D"):
        assert segment(paths[name], opened=shipped).prediction.image_flags == ()


def test_only_what_is_small_and_whole_and_inside_counts():
    labels = np.zeros((200, 200), np.uint32)
    labels[20:180, 20:180] = 1
    probability = np.zeros((100, 100), np.uint8)
    inside, large, beside, cut = (20, 20, 8), (30, 60, 30), (2, 2, 8), (80, 92, 8)
    for y, x, side in (inside, large, beside, cut):
        probability[y : y + side, x : x + side] = 255
    labels[:, 190:] = 1  # the object goes on where the window ends
    around = labels[::2, ::2]
    count = inner._count_inside(
        split(probability, probability, SplitRule(min_area_px=4)), around, np.bincount(labels.ravel()) * 1.0, 4.0
    )
    assert count == 1


def test_no_closer_look_where_the_objects_are_as_close_as_they_get(shipped):
    plane, cells = smear(nuclei=True)
    frame = NetworkInput(plane, plane.shape, shipped.card.normalisation)
    scale = ScaleChoice((1.0, 1.0), 110.0, "estimated", "")
    assert inner.smaller_inside(plane, frame, cells > 0, cells, scale, shipped) == 0
    assert inner.smaller_inside(plane, frame, cells > 0, cells, replace(scale, diameter_px=None), shipped) == 0
