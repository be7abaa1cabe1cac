import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import binary_fill_holes, distance_transform_edt, label

from spheroseg.geometry import Polygon, Polygons
from spheroseg.imaging import Image
from spheroseg.measurement import measure

NAMES = ("mean", "std", "min", "max", "median", "integrated")


def brute_force(values):
    return {
        "mean": values.mean(),
        "std": values.std(),
        "min": values.min(),
        "max": values.max(),
        "median": np.median(values),
        "integrated": values.sum(),
    }


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from([np.uint8, np.uint16, np.float32]))
def test_statistics_and_ring_are_those_of_the_pixels(seed, dtype):
    rng = np.random.default_rng(seed)
    labels = np.kron(rng.integers(0, 4, (8, 9)) * (rng.random((8, 9)) < 0.3), np.ones((4, 4), int))
    image = (rng.random(labels.shape) * (250 if dtype == np.uint8 else 65_000)).astype(dtype)
    gap, width = 1.5, 4.0
    table = measure(labels, image, region="net", ring_px=(gap, width))
    for row in table.itertuples():
        own = labels == row.label
        for name, value in brute_force(image[own].astype(np.float64)).items():
            assert getattr(row, f"intensity_{name}") == pytest.approx(value, rel=1e-9, abs=1e-9), name
        distance = distance_transform_edt(~filled(own))
        ring = image[(distance > gap) & (distance <= gap + width) & (labels == 0)].astype(np.float64)
        if len(ring) == 0:
            assert np.isnan(row.intensity_background)
            continue
        assert row.intensity_background == np.median(ring)
        assert row.intensity_mean_corrected == pytest.approx(image[own].astype(float).mean() - np.median(ring))
        assert row.intensity_integrated_corrected == pytest.approx(
            image[own].astype(float).sum() - own.sum() * np.median(ring), abs=1e-3
        )


def filled(mask):
    parts, n = label(mask)
    # holes of each 4-connected part by itself, closed to background that only touches a corner
    full = np.zeros_like(mask)
    for k in range(1, n + 1):
        full |= binary_fill_holes(parts == k, structure=np.ones((3, 3)))
    return full


def test_filled_objects_have_the_free_pixels_of_their_holes_but_not_those_of_others():
    labels = np.zeros((12, 12), np.uint8)
    labels[2:10, 2:10] = 1
    labels[4:8, 4:8] = 0
    labels[5:7, 5:7] = 2
    image = np.where(labels == 2, 1000, np.where(labels == 1, 10, 5)).astype(np.uint16)
    filled_row, net_row = measure(labels, image).iloc[0], measure(labels, image, region="net").iloc[0]
    assert filled_row.intensity_integrated == 48 * 10 + 12 * 5
    assert net_row.intensity_integrated == 48 * 10
    assert measure(labels, image).intensity_integrated[1] == 4000
    assert filled_row.intensity_background == net_row.intensity_background == 5


def test_sixteen_bit_sums_do_not_overflow():
    labels = np.ones((400, 400), np.uint8)
    row = measure(labels, np.full((400, 400), 65_535, np.uint16)).iloc[0]
    assert row.intensity_integrated == 160_000 * 65_535
    assert row.intensity_std == 0
    assert np.isnan(row.intensity_background)
    assert "intensity_background:no_background_pixels" in row.na_reasons
    assert "intensity_mean_corrected:no_background_pixels" in row.na_reasons


COMPILED_ANEW = [pytest.param(dtype, marks=pytest.mark.slow) for dtype in (np.int16, np.int64, np.uint32)]


@pytest.mark.parametrize("dtype", [np.bool_, np.float16, np.float64, ">u2", ">f4", *COMPILED_ANEW])
def test_any_real_dtype_is_read_as_it_is(dtype):
    labels = np.zeros((6, 6), np.uint8)
    labels[1:3, 1:4] = 1
    image = np.zeros((6, 6), dtype)
    image[1:3, 1:4] = 1
    row = measure(labels, image, ring_px=(0, 2)).iloc[0]
    assert (row.intensity_mean, row.intensity_background) == (1, 0)


def test_values_that_are_no_numbers_leave_the_cell_empty():
    labels = np.zeros((30, 40), np.uint8)
    labels[4:8, 4:8], labels[20:24, 30:34] = 1, 2
    image = np.ones((30, 40))
    image[5, 5] = np.nan
    image[20, 29 - 3] = np.inf
    table = measure(labels, image)
    assert np.isnan(table.intensity_mean[0])
    assert table.intensity_background[0] == 1
    assert table.intensity_mean[1] == 1
    assert np.isnan(table.intensity_background[1])
    assert "intensity_mean:not_finite" in table.na_reasons[0]
    assert "intensity_background:not_finite" in table.na_reasons[1]


def test_an_outline_between_pixel_centres_has_no_intensity():
    speck = Polygon(np.array([[3.6, 3.6], [3.9, 3.6], [3.9, 3.9]]))
    row = measure(Polygons.from_list([speck]), np.ones((9, 9))).iloc[0]
    assert row.area_px2 == pytest.approx(0.045)
    assert np.isnan(row.intensity_mean)
    assert "intensity_mean:no_pixels" in row.na_reasons


def test_columns_are_named_after_the_channels():
    data = np.arange(4 * 9.0).reshape(1, 4, 1, 3, 3)
    image = Image(data, channel_names=("GFP (488)", "DAPI", "dapi", ""))
    table = measure(np.ones((3, 3), np.uint8), image)
    for k, name in enumerate(("gfp_488", "dapi_2", "dapi_3", "channel_4")):
        assert table[f"intensity_mean_{name}"].tolist() == [data[0, k].mean()]
    one = measure(np.ones((3, 3), np.uint8), Image(data[:, :1], channel_names=("GFP",)))
    assert one.intensity_mean.tolist() == [4]


def test_the_image_may_be_a_read_only_stack_of_channels_in_any_memory_order():
    labels = np.ones((3, 4), np.uint8)
    colour = np.arange(36, dtype=np.uint8).reshape(3, 4, 3)
    colour.flags.writeable = False
    table = measure(labels, np.moveaxis(colour, -1, 0))
    assert table.intensity_max_channel_3.tolist() == [35]
    assert table.intensity_min_channel_1.tolist() == [0]
