import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spheroseg.errors import ParameterError
from spheroseg.geometry import trace
from spheroseg.measurement import measure_core


def disc(radius, size=240, centre=(0.0, 0.0)):
    y, x = np.mgrid[:size, :size] + 0.5 - size / 2
    return np.hypot(y - centre[0], x - centre[1]) < radius


def test_a_disc_with_a_concentric_core_has_its_closed_forms():
    row = measure_core(disc(90), disc(45), pixel_size_um=2.0).iloc[0]
    assert row.whole_area_um2 == 4 * disc(90).sum()
    assert row.core_area_um2 == 4 * disc(45).sum()
    assert row.rim_area_um2 == row.whole_area_um2 - row.core_area_um2
    assert row.core_fraction == pytest.approx(1 / 4, abs=0.002)
    assert row.invasion_index == pytest.approx(3, abs=0.03)
    # the steps of a pixel outline: half a pixel of each of two radii
    for name in ("mean", "max", "q95"):
        assert row[f"radial_front_{name}_um"] == pytest.approx(90, abs=2)
    # the radii of a disc of twice the core's are 2√u against √u: the mean of √u is 2/3
    assert row.disintegration_index == pytest.approx(math.tanh(2 / 3), abs=0.002)
    assert (row.n_fragments, row.largest_fragment_fraction, row.dispersed_fraction) == (1, 1, 0)
    assert row.na_reasons == ""


def test_a_spheroid_that_is_all_core_is_not_disintegrated():
    row = measure_core(disc(60), disc(60)).iloc[0]
    assert (row.rim_area_px2, row.invasion_index, row.radial_front_max_px) == (0, 0, 0)
    assert row.disintegration_index < 0.002


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from([(1.0, 1.0), (0.5, 2.0)]))
def test_scatter_is_that_of_the_pixels(seed, spacing):
    rng = np.random.default_rng(seed)
    labels = (rng.random((20, 24)) < 0.15) | np.pad(np.ones((4, 6), bool), ((8, 8), (9, 9)))
    core = np.pad(np.ones((2, 4), bool), ((9, 9), (10, 10)))
    row = measure_core(labels, core, pixel_size_um=spacing).iloc[0]
    whole = row.whole_area_um2 / (spacing[0] * spacing[1])
    y, x = np.nonzero(core)
    centre = (y.mean(), x.mean())
    y, x = np.nonzero(labels)
    if whole != len(x):
        return  # it has holes, which are filled; the plain formula below knows none
    d = np.sort(np.hypot((y - centre[0]) * spacing[0], (x - centre[1]) * spacing[1]))
    d /= math.sqrt(core.sum() * spacing[0] * spacing[1] / math.pi)
    expected = math.tanh(np.mean(np.abs(d - np.sqrt((np.arange(len(d)) + 0.5) / len(d)))))
    assert row.disintegration_index == pytest.approx(expected, rel=1e-9)
    assert row.n_fragments == len(trace(labels))


def test_a_front_that_grows_out_on_one_side():
    whole = disc(50).astype(np.uint8)
    whole[115:125, 120:200] = 1  # an arm of 10 px, up to 80 px from the centre
    row = measure_core(whole, disc(30)).iloc[0]
    assert row.radial_front_max_px == pytest.approx(50, abs=1.5)
    assert row.radial_front_mean_px == pytest.approx(20 + 30 * 2 * math.asin(5 / 65) / (2 * math.pi), abs=0.5)
    assert 19 < row.radial_front_q95_px < 51


def test_pixels_that_are_not_square():
    y, x = np.mgrid[:150, :300] + 0.5
    r = np.hypot((y - 75) * 2, x - 150)
    row = measure_core(r < 120, r < 60, pixel_size_um=(2.0, 1.0)).iloc[0]
    assert row.radial_front_mean_um == pytest.approx(60, abs=0.7)
    assert row.disintegration_index == pytest.approx(math.tanh(2 / 3), abs=0.004)


def test_fragments():
    labels = disc(40).astype(np.uint16)
    labels[5:15, 5:15] = 1
    labels[200:220, 5:25] = 2
    row, other = measure_core(labels, disc(20)).itertuples()
    total = disc(40).sum() + 100
    assert row.n_fragments == 2
    assert row.largest_fragment_fraction == pytest.approx(disc(40).sum() / total)
    assert row.dispersed_fraction == pytest.approx(100 / total)
    assert row.radial_front_max_px < 21.5  # fragments are no part of the front
    assert (other.label, other.whole_area_px2, other.n_fragments) == (2, 400, 1)
    everything = measure_core(labels, disc(20), one_spheroid=True)
    assert everything.label.tolist() == [1]
    assert everything.n_fragments.tolist() == [3]


def test_without_a_core_what_needs_one_is_empty():
    row = measure_core(disc(40), np.zeros((240, 240), bool)).iloc[0]
    missing = ["core_area_px2", "rim_area_px2", "core_fraction", "invasion_index", "radial_front_mean_px",
               "radial_front_max_px", "radial_front_q95_px", "disintegration_index", "dispersed_fraction"]  # fmt: skip
    assert row[missing].isna().all()
    assert row.na_reasons.count(":no_core") == len(missing)
    assert row.whole_area_px2 == disc(40).sum()


def test_a_core_whose_centre_is_not_core_has_no_front():
    crescent = disc(40) & ~disc(38, centre=(0, 10))
    row = measure_core(disc(60), crescent).iloc[0]
    assert np.isnan(row.radial_front_mean_px)
    assert row.na_reasons.count("core_off_centre") == 3
    assert row.core_fraction > 0


def test_the_core_counts_inside_of_its_own_spheroid_only_with_holes_filled():
    labels = disc(40).astype(np.uint8)
    labels[:, 120:] *= 2
    row, _ = measure_core(labels, disc(20) & ~disc(5)).itertuples()
    assert row.core_area_px2 == disc(20)[:, :120].sum() - disc(5)[:, :120].sum()
    whole = measure_core(disc(40), disc(20) & ~disc(5)).iloc[0]
    assert whole.core_area_px2 == disc(20).sum()


def test_outlines_and_labels_give_the_same_numbers():
    a = measure_core(disc(40), disc(20))
    b = measure_core(trace(disc(40)), trace(disc(20), class_name="core"), shape=(240, 240))
    assert a.equals(b)
    assert measure_core(np.zeros((5, 5), int), np.zeros((5, 5), int)).empty


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ParameterError, match="do not fit"):
        measure_core(disc(4), np.zeros((5, 5)))
    with pytest.raises(ParameterError, match="shape"):
        measure_core(trace(disc(4)), trace(disc(2)))
