import numpy as np
import pytest
from scipy import ndimage

from spheroseg.errors import ParameterError
from spheroseg.segmentation import load_model, predict, rethreshold

DISCS = [(60.0, 220.0, 20.0), (50.0, 60.0, 25.0), (140.0, 150.0, 15.0)]


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32, np.float64])
def test_discs_come_back_in_place_size_and_reading_order(model, draw_discs, dtype):
    found = predict(draw_discs((200, 300), DISCS, dtype), model)
    assert found.labels.dtype == np.uint32
    assert found.probability.dtype == found.distance.dtype == np.uint8
    assert found.labels.shape == found.probability.shape == found.distance.shape == (200, 300)
    assert len(found) == len(found.flags) == len(found.diameter_intervals_px) == 3
    assert [int(found.labels[y, x]) for y, x in ((50, 60), (60, 220), (140, 150))] == [1, 2, 3]
    areas = np.bincount(found.labels.ravel())[1:]
    np.testing.assert_allclose(areas, np.pi * np.array([25.0, 20.0, 15.0]) ** 2, rtol=0.04)
    low, high = found.diameter_intervals_px.T
    diameters = 2 * np.sqrt(areas / np.pi)
    assert ((low <= diameters) & (diameters <= high)).all()
    assert ((found.confidences > 0.8) & (found.confidences <= 1.0)).all()


def test_sixteen_bits_are_used(model, draw_discs):
    # objects that differ from the ground by 40 of 65,535 levels vanish in any 8-bit copy
    plane = (30_000 + (draw_discs((200, 300), DISCS).astype(np.float64) - 30) * 40 / 170).astype(np.uint16)
    assert len(predict(plane, model)) == 3


def test_the_same_again_is_the_same(model, draw_discs):
    plane = draw_discs((200, 300), DISCS)
    plane = plane + np.random.default_rng(0).integers(0, 30, plane.shape, dtype=np.uint8)
    first, second = predict(plane, model), predict(plane, model)
    assert (first.labels == second.labels).all()
    assert (first.probability == second.probability).all()
    assert first.scale == second.scale
    assert first.confidences.tolist() == second.confidences.tolist()


def test_the_plane_is_not_changed_and_may_be_a_read_only_file(model, draw_discs, tmp_path):
    plane = draw_discs((200, 300), DISCS, np.uint16)
    plane.tofile(tmp_path / "plane.raw")
    mapped = np.memmap(tmp_path / "plane.raw", dtype=np.uint16, mode="r", shape=(200, 300))
    before = plane.copy()
    assert (predict(mapped, model).labels == predict(plane, model).labels).all()
    assert (plane == before).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (2, 3), (33, 31), (5, 3000)])
def test_any_shape_goes_through(model, shape):
    plane = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    found = predict(plane, model)
    assert found.labels.shape == found.probability.shape == shape


@pytest.mark.parametrize("value", [0, 255])
def test_a_constant_plane_is_empty(model, value):
    found = predict(np.full((50, 60), value, np.uint8), model)
    assert len(found) == 0
    assert not found.labels.any()
    assert not found.probability.any()
    assert found.image_flags == ("empty", "no_contrast")


def test_missing_values_are_said_and_survived(model, draw_discs):
    plane = draw_discs((200, 300), DISCS, np.float32)
    plane[100:103, 20:24] = np.nan
    plane[0, 0] = np.inf
    found = predict(plane, model)
    assert len(found) == 3
    assert found.image_flags == ("missing_values",)
    assert predict(np.full((40, 40), np.nan, np.float32), model).image_flags == (
        "empty",
        "no_contrast",
        "missing_values",
    )


@pytest.mark.parametrize(
    "plane",
    [np.zeros((3, 4, 3)), np.zeros(5), np.zeros((0, 4)), np.zeros((4, 4), complex), np.full((2, 2), "a")],
)
def test_what_is_no_plane_is_refused(model, plane):
    with pytest.raises(ParameterError, match="a plane"):
        predict(plane, model)


def test_touching_discs_are_two(model, draw_discs):
    found = predict(draw_discs((120, 160), [(60, 50, 14), (60, 78.5, 14)]), model, diameter_px=28)
    assert len(found) == 2


def test_a_ring_keeps_its_hole(model, draw_discs):
    plane = draw_discs((200, 200), [(100, 100, 60)])
    hole = draw_discs((200, 200), [(100, 100, 25)])
    found = predict(plane - (hole - 30), model, diameter_px=120)
    assert found.labels[100, 100] == 0
    assert found.labels[100, 50] > 0


def test_long_pixels_are_made_square_for_the_network(model, draw_discs):
    # a disc of 40 µm seen with 2 µm rows and 1 µm columns is 20 rows high and 40 columns wide
    square = draw_discs((160, 160), [(80, 80, 20)])
    flat = square.reshape(80, 2, 160).mean(axis=1).astype(np.uint8)
    found = predict(flat, model, pixel_size_um=(2.0, 1.0), diameter_um=40.0)
    assert found.scale.factor[0] == pytest.approx(2 * found.scale.factor[1])
    assert found.scale.diameter_px == pytest.approx(40 / np.sqrt(2))
    rows, columns = np.nonzero(found.labels == 1)
    assert np.ptp(rows) + 1 == pytest.approx(20, abs=1)
    assert np.ptp(columns) + 1 == pytest.approx(40, abs=2)


def test_large_objects_keep_smooth_outlines_at_full_resolution(model, draw_discs):
    plane = draw_discs((900, 900), [(450, 440, 320)])
    found = predict(plane, model)
    assert found.scale.factor[0] < 0.2
    assert found.labels.shape == plane.shape
    truth = plane > 115
    both, either = (truth & (found.labels > 0)).sum(), (truth | (found.labels > 0)).sum()
    assert both / either > 0.985


def test_a_moved_threshold_needs_no_network_and_gives_what_predict_gives(model, draw_discs):
    plane = ndimage.gaussian_filter(draw_discs((200, 300), DISCS).astype(np.float32), 4)
    usual = predict(plane, model, diameter_px=40)
    moved = rethreshold(usual, plane, 0.8)
    again = predict(plane, model, diameter_px=40, threshold=0.8)
    assert (moved.labels == again.labels).all()
    assert moved.flags == again.flags
    assert (moved.labels > 0).sum() < (usual.labels > 0).sum()


def test_mirror_averaging_changes_little(model, draw_discs):
    plane = draw_discs((200, 300), DISCS)
    usual, accurate = predict(plane, model), predict(plane, model, accurate=True)
    assert ((usual.labels > 0) != (accurate.labels > 0)).mean() < 0.002
    assert accurate.engine["accurate"] is True


def test_the_engine_is_recorded_in_plain_values(model, draw_discs):
    engine = predict(draw_discs((64, 64), [(32, 32, 15)]), model).engine
    assert engine["name"] == "blurred-threshold"
    assert engine["sha256"] == model.card.sha256
    assert engine["runtime"].startswith("openvino")


def test_more_objects_than_expected_are_flagged(model, draw_discs):
    plane = draw_discs((200, 300), DISCS)
    assert predict(plane, model, expected_objects=1).image_flags == ("several_objects",)
    assert predict(plane, model, expected_objects=3).image_flags == ()


def test_a_core_comes_with_models_that_know_it(tmp_path, write_model, draw_discs):
    with_core = load_model(write_model(tmp_path, n_outputs=3), threads=1)
    found = predict(draw_discs((64, 64), [(32, 32, 15)]), with_core)
    assert found.core is not None
    assert found.core.shape == (64, 64)


def test_a_table_is_annotated_with_what_the_segmentation_knows(model, draw_discs):
    import pandas as pd  # noqa: PLC0415 -- one test

    found = predict(draw_discs((200, 300), [*DISCS, (5.0, 100.0, 18.0)]), model)
    table = pd.DataFrame({"label": [1, 2, 3, 4]})
    px, um = found.annotate(table), found.annotate(table, (2.0, 2.0))
    assert list(px.columns) == [
        "label",
        "confidence",
        "equivalent_diameter_low_px",
        "equivalent_diameter_high_px",
        "flags",
    ]
    np.testing.assert_allclose(um["equivalent_diameter_low_um"], 2 * px["equivalent_diameter_low_px"])
    assert px["flags"].tolist()[0] == "touches_border"
    assert list(table.columns) == ["label"]
