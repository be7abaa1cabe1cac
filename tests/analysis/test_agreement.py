import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import linear_sum_assignment

from spheroseg.analysis import compare, summarise
from spheroseg.analysis.agreement import IOU_THRESHOLDS
from spheroseg.errors import ParameterError

LABELS = arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.integers(0, 4))
PAIRS = st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
    lambda shape: st.tuples(*(arrays(np.uint8, shape, elements=st.integers(0, 4)) for _ in range(2)))
)


def disc(radius: float, x: float = 64, y: float = 64, side: int = 128) -> np.ndarray:
    rows, columns = np.mgrid[:side, :side]
    inside: np.ndarray = ((columns + 0.5 - x) ** 2 + (rows + 0.5 - y) ** 2 < radius**2).astype(np.uint16)
    return inside


def slow_iou_table(reference: np.ndarray, predicted: np.ndarray) -> np.ndarray:
    """IoU of every reference and predicted object, one pair after the other."""
    r_labels, p_labels = np.unique(reference[reference > 0]), np.unique(predicted[predicted > 0])
    table = np.zeros((len(r_labels), len(p_labels)))
    for i, r in enumerate(r_labels):
        for j, p in enumerate(p_labels):
            table[i, j] = np.sum((reference == r) & (predicted == p)) / np.sum((reference == r) | (predicted == p))
    return table


class TestHandDrawn:
    # 4 × 6: reference 1 is 2 × 3, reference 2 is 2 × 2; prediction 7 is reference 1 less one column, 9 lies alone
    reference = np.array([[1, 1, 1, 0, 0, 0], [1, 1, 1, 0, 2, 2], [0, 0, 0, 0, 2, 2], [0, 0, 0, 0, 0, 0]])
    predicted = np.array([[7, 7, 0, 0, 0, 0], [7, 7, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0], [9, 9, 0, 0, 0, 0]])

    def test_counts_and_ratios(self):
        result = compare(self.reference, self.predicted)
        assert (result.n_reference, result.n_predicted) == (2, 2)
        assert result.iou == pytest.approx(4 / 12)
        assert result.dice == pytest.approx(8 / 16)
        assert result.matched_iou == pytest.approx(4 / 6)
        assert result.object_iou == pytest.approx((4 / 6 + 0) / 2)
        # IoU 0.667 counts at 0.5, 0.55, 0.6, 0.65, not above: one of three, then none of four
        assert result.ap == pytest.approx([1 / 3] * 4 + [0] * 6)
        assert result.ap50 == pytest.approx(1 / 3)
        assert result.ap75 == 0
        assert result.ap50_95 == pytest.approx(4 / 30)
        assert (result.precision, result.recall, result.f1) == (0.5, 0.5, 0.5)
        assert result.pq == pytest.approx(0.5 * 4 / 6)

    def test_bias_is_signed_and_both_of_pairs_and_of_totals(self):
        result = compare(self.reference, self.predicted)
        assert result.area_bias_matched == pytest.approx(4 / 6 - 1)
        assert result.diameter_bias_matched == pytest.approx((4 / 6) ** 0.5 - 1)
        assert result.area_bias_total == pytest.approx(6 / 10 - 1)
        mean_diameters = [np.mean(np.sqrt(np.array(areas))) for areas in ((4, 2), (6, 4))]
        assert result.diameter_bias_mean == pytest.approx(mean_diameters[0] / mean_diameters[1] - 1)

    def test_matches_name_the_pair(self):
        matches = compare(self.reference, self.predicted).matches
        assert matches.reference_labels.tolist() == [1]
        assert matches.predicted_labels.tolist() == [7]
        assert (matches.reference_areas_px[0], matches.predicted_areas_px[0]) == (6, 4)

    def test_labels_themselves_do_not_matter(self):
        renamed = np.where(self.reference == 1, 4_000_000_000, self.reference * 3).astype(np.uint32)
        assert compare(renamed, self.predicted).as_row() == pytest.approx(
            compare(self.reference, self.predicted).as_row(), nan_ok=True
        )


class TestEmpty:
    empty = np.zeros((4, 5), dtype=np.uint8)
    full = np.ones((4, 5), dtype=np.uint8)

    def test_both_empty_is_full_agreement(self):
        row = compare(self.empty, self.empty).as_row()
        ones = ("iou", "dice", "ap50", "ap50_95", "precision", "recall", "f1", "pq", "rq")
        assert [row[name] for name in ones] == [1.0] * len(ones)
        assert np.isnan([row["matched_iou"], row["hausdorff95_px"], row["area_bias_total"]]).all()

    def test_nothing_found(self):
        row = compare(self.full, self.empty).as_row()
        assert (row["iou"], row["ap50"], row["recall"], row["area_bias_total"]) == (0, 0, 0, -1)
        assert np.isnan([row["precision"], row["area_bias_matched"], row["diameter_bias_mean"]]).all()

    def test_found_where_nothing_is(self):
        row = compare(self.empty, self.full).as_row()
        assert (row["iou"], row["ap50"], row["precision"]) == (0, 0, 0)
        assert np.isnan([row["recall"], row["area_bias_total"]]).all()


class TestDistances:
    @pytest.mark.parametrize("growth", [1, 3, -2])
    def test_a_radial_error_is_the_mean_boundary_distance(self, growth):
        result = compare(disc(40), disc(40 + growth))
        # boundary pixels lie on a grid: the distance of two digital circles is known to half a pixel
        assert result.mean_boundary_distance_px == pytest.approx(abs(growth), abs=0.5)
        assert result.hausdorff95_px == pytest.approx(abs(growth), abs=1)
        assert result.mean_boundary_distance_percent == pytest.approx(100 * abs(growth) / 80, abs=0.65)

    def test_equal_objects_have_distance_0(self):
        result = compare(disc(20), disc(20))
        assert (result.hausdorff95_px, result.mean_boundary_distance_px) == (0, 0)

    def test_a_shift_is_the_hausdorff_distance(self):
        # the boundary of a square of 41 px shifted by 6 px along x: the far side's pixels are 6 px away
        square = np.zeros((60, 80), dtype=np.uint8)
        square[10:51, 10:51] = 1
        result = compare(square, np.roll(square, 6, axis=1))
        assert result.hausdorff95_px == 6

    def test_the_boundary_of_a_hole_counts(self):
        ring = disc(40) - disc(20)
        solid = disc(40)
        assert compare(ring, solid).mean_boundary_distance_px > 3

    def test_an_outlier_of_few_pixels_does_not_move_the_95_percentile(self):
        spiked = disc(40).copy()
        spiked[64, 104:124] = 1
        result = compare(disc(40), spiked)
        assert result.hausdorff95_px < 20

    def test_pixel_size_scales_y_and_x_by_their_own(self):
        square = np.zeros((60, 80), dtype=np.uint8)
        square[10:51, 10:51] = 1
        along_x = compare(square, np.roll(square, 6, axis=1), pixel_size_um=(2.0, 0.5))
        along_y = compare(square, np.roll(square, 6, axis=0), pixel_size_um=(2.0, 0.5))
        assert (along_x.hausdorff95_um, along_y.hausdorff95_um) == (3.0, 12.0)
        assert along_x.hausdorff95_px == along_y.hausdorff95_px == 6

    def test_no_pixel_size_no_um(self):
        result = compare(disc(20), disc(21))
        assert np.isnan([result.hausdorff95_um, result.mean_boundary_distance_um]).all()

    def test_percent_of_diameter_does_not_depend_on_the_pixel_size(self):
        with_size, without = compare(disc(20), disc(22), pixel_size_um=0.65), compare(disc(20), disc(22))
        assert with_size.mean_boundary_distance_percent == pytest.approx(without.mean_boundary_distance_percent)


class TestMatching:
    @hypothesis_settings(deadline=None, max_examples=300)
    @given(PAIRS)
    def test_as_many_matches_as_the_best_assignment(self, pair):
        reference, predicted = pair
        table = slow_iou_table(reference, predicted)
        result = compare(reference, predicted)
        for threshold, n_matched in zip(IOU_THRESHOLDS, result.true_positives, strict=True):
            rows, columns = linear_sum_assignment(-(table >= threshold).astype(float))
            assert n_matched == np.count_nonzero(table[rows, columns] >= threshold)

    @hypothesis_settings(deadline=None, max_examples=200)
    @given(PAIRS)
    def test_swapping_the_images_swaps_precision_and_recall(self, pair):
        forth, back = compare(*pair), compare(*pair[::-1])
        assert (forth.iou, forth.dice, forth.ap, forth.f1) == (back.iou, back.dice, back.ap, back.f1)
        assert [forth.precision, forth.recall] == pytest.approx([back.recall, back.precision], nan_ok=True)
        assert forth.pq == pytest.approx(back.pq)

    @hypothesis_settings(deadline=None, max_examples=200)
    @given(LABELS)
    def test_an_image_agrees_with_itself(self, labels):
        result = compare(labels, labels)
        assert (result.iou, result.ap50_95, result.pq, result.f1) == (1, 1, 1, 1)

    def test_two_halves_are_one_match(self):
        # at exactly 0.5 both halves would do; one counts, the other is a false positive
        whole = np.ones((4, 4), dtype=np.uint8)
        halves = whole.copy()
        halves[2:] = 2
        result = compare(whole, halves)
        assert result.true_positives[0] == 1
        assert result.ap50 == pytest.approx(1 / 2)


class TestRefusals:
    def test_other_sizes(self):
        with pytest.raises(ParameterError, match="sizes must be equal"):
            compare(np.zeros((3, 4), np.uint8), np.zeros((4, 3), np.uint8))

    @pytest.mark.parametrize("bad", [np.zeros((3, 3)), np.full((3, 3), -1), np.zeros((3, 3, 1), np.uint8)])
    def test_what_is_no_label_image(self, bad):
        with pytest.raises(ParameterError):
            compare(bad, np.zeros((3, 3), np.uint8))

    @pytest.mark.parametrize("size", [0, -1.0, float("nan"), (1.0, 0.0)])
    def test_a_pixel_size_that_is_none(self, size):
        with pytest.raises(ParameterError, match="pixel size"):
            compare(disc(5), disc(5), pixel_size_um=size)

    def test_inputs_stay_as_they_were(self):
        reference, predicted = disc(10), disc(12)
        before = reference.copy(), predicted.copy()
        compare(reference, predicted)
        assert (reference == before[0]).all()
        assert (predicted == before[1]).all()


class TestSummary:
    good, bad = compare(disc(30), disc(31)), compare(disc(30), disc(30, x=90))

    def test_means_and_share_of_failures(self):
        summary = summarise([self.good, self.good, self.bad], ["a", "a", "b"])
        assert summary.overall.means["iou"].mean == pytest.approx((2 * self.good.iou + self.bad.iou) / 3)
        assert summary.overall.means["share_under_0.7"].mean == pytest.approx(1 / 3)
        assert summary.overall.n_images == 3
        assert summary.groups["a"].means["share_under_0.7"].mean == 0
        assert list(summary.groups) == ["a", "b"]

    def test_what_an_image_has_no_value_for_is_left_out_of_its_mean(self):
        empty = compare(np.zeros((8, 8), np.uint8), np.zeros((8, 8), np.uint8))
        interval = summarise([self.good, empty]).overall.means["area_bias_matched"]
        assert interval.n == 1
        assert interval.mean == pytest.approx(self.good.area_bias_matched)

    def test_one_image_has_no_interval(self):
        interval = summarise([self.good]).overall.means["iou"]
        assert interval.mean == self.good.iou
        assert np.isnan([interval.low, interval.high]).all()

    def test_the_interval_covers_the_mean_as_often_as_it_says(self):
        # the mean of 40 values 0 or 1: the share of 200 intervals that hold the truth is 95 % within sampling error
        generator = np.random.default_rng(5)
        truth, covered = 0.5, 0
        for trial in range(200):
            results = [self.good if draw < truth else self.bad for draw in generator.random(40)]
            interval = summarise(results, n_bootstrap=400, seed=trial).overall.means["share_under_0.7"]
            covered += interval.low <= 1 - truth <= interval.high
        assert 0.89 <= covered / 200 <= 0.99

    def test_the_same_seed_gives_the_same_interval(self):
        results = [self.good, self.bad, self.good]
        assert summarise(results, seed=3).overall.means["dice"] == summarise(results, seed=3).overall.means["dice"]

    def test_refusals(self):
        with pytest.raises(ParameterError, match="no image"):
            summarise([])
        with pytest.raises(ParameterError, match="2 groups"):
            summarise([self.good], ["a", "b"])
