import numpy as np
import pytest

from spheroseg.segmentation import predict
from spheroseg.segmentation.region import RegionMaker

DISCS = [(300.0, 320.0, 20.0), (330.0, 380.0, 16.0), (100.0, 100.0, 22.0), (60.0, 560.0, 18.0)]


@pytest.mark.parametrize("diameter_px", [40.0, 120.0, 14.0])
def test_a_part_is_what_a_run_over_the_whole_plane_finds_there(model, draw_discs, diameter_px):
    """At every scale of the network: the same size, smaller, larger."""
    rng = np.random.default_rng(0)
    plane = (draw_discs((500, 700), DISCS).astype(np.float64) + rng.normal(0, 3, (500, 700))).clip(0, 255)
    plane = plane.astype(np.uint8)
    whole = predict(plane, model, diameter_px=diameter_px)
    window = (250, 390, 260, 440)
    maker = RegionMaker.of(plane, model, diameter_px, None)
    maps = maker.maps(window)
    y0, y1, x0, x1 = window
    difference = np.abs(maps["foreground"].astype(int) - whole.probability[y0:y1, x0:x1])
    assert difference.max() <= 2  # steps of 1/255: the engine's own rounding of other tile sizes
    found = maker.objects(maps, window, None)
    same = whole.labels[y0:y1, x0:x1] > 0
    assert (found.labels[:, :][same] > 0).mean() > 0.995
    assert len(found) == len(np.unique(whole.labels[y0:y1, x0:x1])) - 1
    for label in range(1, len(found) + 1):
        (y, x) = np.argwhere(found.labels == label).mean(axis=0).round().astype(int)
        there = whole.labels[y0 + y, x0 + x]
        assert found.confidences[label - 1] == pytest.approx(whole.confidences[there - 1], abs=0.05)


def test_the_edge_of_the_plane_is_the_edge_of_the_plane(model, draw_discs):
    plane = draw_discs((200, 300), [(0.0, 60.0, 25.0), (120.0, 299.0, 25.0)])
    whole = predict(plane, model, diameter_px=40.0)
    maker = RegionMaker.of(plane, model, 40.0, None)
    for window in ((0, 80, 0, 120), (60, 200, 220, 300)):
        y0, y1, x0, x1 = window
        found = maker.maps(window)["foreground"]
        assert np.abs(found.astype(int) - whole.probability[y0:y1, x0:x1]).max() <= 2


def test_pixels_that_are_not_square(model, draw_discs):
    plane = draw_discs((300, 400), [(150.0, 200.0, 30.0)])[::2]
    whole = predict(plane, model, diameter_px=42.0, pixel_size_um=(2.0, 1.0))
    maker = RegionMaker.of(plane, model, 42.0, (2.0, 1.0))
    found = maker.maps((30, 120, 120, 280))["foreground"]
    assert np.abs(found.astype(int) - whole.probability[30:120, 120:280]).max() <= 2


def test_another_threshold_gives_other_outlines_of_the_same_maps(model, draw_discs):
    plane = draw_discs((200, 300), [(100.0, 150.0, 25.0)])
    maker = RegionMaker.of(plane, model, 50.0, None)
    window = (40, 160, 80, 220)
    maps = maker.maps(window)
    areas = [int((maker.objects(maps, window, value).labels > 0).sum()) for value in (0.1, 0.5, 0.9)]
    assert areas[0] > areas[1] > areas[2] > 0
