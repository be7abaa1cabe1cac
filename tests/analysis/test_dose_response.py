"""IC50s against closed forms and known truths; each way in which a dose–response can fail, named."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.optimize import curve_fit, least_squares

from spheroseg.analysis import (
    analyse,
    check_layout,
    combination,
    dose_response,
    gr_values,
    growth_inhibition,
    ndr_reason,
    ndr_values,
    observe,
    spread,
    well_name,
)
from spheroseg.analysis import sigmoid as curves
from spheroseg.errors import ParameterError

DOSES = np.concatenate([np.zeros(4), np.repeat(np.geomspace(0.01, 100, 8), 3)])


def logistic(x, bottom, top, ic50, hill):
    return bottom + (top - bottom) / (1 + (x / ic50) ** hill)


def noisy(*truth: float, sd: float = 4.0, seed: int = 0, doses=DOSES):
    return logistic(doses, *truth) + np.random.default_rng(seed).normal(0, sd, len(doses))


def test_exact_data_give_the_exact_curve() -> None:
    fit = dose_response(DOSES, logistic(DOSES, 20, 100, 1.5, 1.2))
    assert fit.model == "4PL"
    assert fit.ic50_relative.value == pytest.approx(1.5, rel=1e-4)
    # half of 100 is left where (100 − 20)/(1 + (x/1.5)^1.2) = 30
    assert fit.ic50_absolute.value == pytest.approx(1.5 * (80 / 30 - 1) ** (1 / 1.2), rel=1e-4)
    assert (fit.top.value, fit.bottom.value, fit.hill.value) == pytest.approx((100, 20, 1.2), rel=1e-3)


def test_least_squares_are_those_of_scipy() -> None:
    y = noisy(10, 100, 0.7, 0.9)
    fit = curves.fit(DOSES, y)
    found, _ = curve_fit(lambda x, b, t, r, h: logistic(x, b, t, 10**r, h), DOSES, y, p0=[10, 100, 0, 1])
    assert [fit.bottom, fit.top, fit.log10_ic50, fit.hill] == pytest.approx(found.tolist(), rel=1e-3)


@pytest.mark.parametrize("truth", [(-1.5, 0.6), (0.0, 1.2), (0.4, 6.0), (2.4, 1.0), (3.5, 2.0)])
@pytest.mark.parametrize("is_asymmetric", [False, True])
def test_no_other_curve_within_the_searched_range_fits_better(truth: tuple[float, float], is_asymmetric: bool) -> None:
    """Also where the half-way dose lies beyond the doses and the curve is a slope without an end."""
    rng = np.random.default_rng(7)
    doses = np.concatenate([np.zeros(4), np.repeat(np.geomspace(0.01, 100, 7), 2)])
    responses = 5 + 80 / (1 + (doses / 10 ** truth[0]) ** truth[1]) + rng.normal(0, 6, len(doses))
    low, high = (-4.0, np.log(0.1), np.log(0.05)), (4.0, np.log(20), np.log(20))

    def left(shape: np.ndarray) -> np.ndarray:
        s = np.exp(shape[2]) if is_asymmetric else 1.0
        with np.errstate(divide="ignore"):
            u = (1 + (2 ** (1 / s) - 1) * 10 ** (np.exp(shape[1]) * (np.log10(doses) - shape[0]))) ** -s
        basis = np.stack([u, 1 - u], axis=1)
        return responses - basis @ np.linalg.lstsq(basis, responses, rcond=None)[0]

    starts = [
        (r, h, s)
        for r in np.linspace(-3.5, 3.5, 8)
        for h in (-1.0, 0.5, 2.0)
        for s in ((-1.5, 1.5) if is_asymmetric else (0.0,))
    ]
    found = [least_squares(left, start, bounds=(low, high), max_nfev=100).cost * 2 for start in starts]
    assert curves.fit(doses, responses, asymmetric=is_asymmetric).rss <= min(found) * (1 + 1e-6)


def test_the_interval_is_where_the_sum_of_squares_rises_to_its_threshold() -> None:
    from scipy import stats  # noqa: PLC0415

    y = noisy(10, 100, 0.7, 0.9)
    fit = curves.fit(DOSES, y)
    ends = curves.profile(fit, DOSES, y, "log10_ic50")
    for end in (ends.low, ends.high):
        held, _ = curve_fit(lambda x, b, t, h, r=end: logistic(x, b, t, 10**r, h), DOSES, y, p0=[10, 100, 1])
        rss = ((y - logistic(DOSES, held[0], held[1], 10**end, held[2])) ** 2).sum()
        assert rss / fit.rss == pytest.approx(1 + stats.f.ppf(0.95, 1, len(y) - 4) / (len(y) - 4), rel=1e-3)


def test_an_asymmetric_curve_is_chosen_where_it_is_worth_it() -> None:
    u = (1 + (2 ** (1 / 0.15) - 1) * (DOSES / 1.0) ** 2.5) ** -0.15
    fit = dose_response(DOSES, 5 + 95 * u + np.random.default_rng(1).normal(0, 0.5, len(DOSES)))
    assert fit.model == "5PL"
    assert fit.aicc["5PL"] < fit.aicc["4PL"] - 2
    assert fit.ic50_relative.value == pytest.approx(1.0, rel=0.05)
    assert dose_response(DOSES, noisy(10, 100, 1, 1)).model == "4PL"


@pytest.mark.parametrize(("dose", "response"), [(1000, 1e6), (1e-9, 1e13), (1, 1e20), (1e6, 1e-20)])
def test_units_of_dose_and_response_do_not_matter(dose: float, response: float) -> None:
    y = noisy(10, 100, 0.7, 0.9)
    one, other = dose_response(DOSES, y), dose_response(DOSES * dose, y * response)
    for name in ("ic50_relative", "ic50_absolute"):
        for value in ("value", "low", "high"):
            found = getattr(getattr(other, name), value)
            assert found == pytest.approx(getattr(getattr(one, name), value) * dose, rel=1e-4)
    assert other.hill.value == pytest.approx(one.hill.value, rel=1e-4)
    assert other.bottom.value == pytest.approx(one.bottom.value * response, rel=1e-4)
    assert other.bottom.low == pytest.approx(one.bottom.low * response, rel=1e-4)
    assert other.auc.value == pytest.approx(one.auc.value)


def test_a_weak_drug_has_numbers_but_no_absolute_ic50() -> None:
    fit = dose_response(DOSES, noisy(70, 100, 1, 1, sd=2))
    assert fit.ic50_relative.relation == "="
    assert (fit.ic50_absolute.relation, fit.ic50_absolute.value) == (">", pytest.approx(100))
    assert "absolute_outside" in fit.flags
    assert 0.2 < fit.emax.value < 0.4
    assert fit.emax.low < fit.emax.value < fit.emax.high
    assert 0.8 < fit.auc.value < 0.95
    assert fit.activity_area.value == pytest.approx((1 - fit.auc.value) * 4)


def test_an_ic50_beyond_the_doses_is_a_bound() -> None:
    doses = np.concatenate([np.zeros(4), np.repeat(np.geomspace(1, 100, 6), 3)])
    for ic50, relation, end in ((1000.0, ">", 100.0), (0.1, "<", 1.0)):
        fit = dose_response(doses, noisy(0, 100, ic50, 1.5, sd=0.5, doses=doses))
        assert fit.ic50_absolute.relation == relation
        assert fit.ic50_absolute.value == pytest.approx(end)
        assert "absolute_outside" in fit.flags
    # too few doses for a curve, and yet it is known that half of the response is left at the largest
    few = dose_response(doses[:10], noisy(0, 100, 1000, 1.5, sd=0.5, doses=doses[:10]))
    assert "too_few_doses" in few.flags
    assert few.ic50_absolute.relation == ">"


@pytest.mark.parametrize(
    ("responses", "flag"),
    [
        (np.zeros(len(DOSES)), "all_zero"),
        (np.full(len(DOSES), 7.0), "no_variation"),
        (np.random.default_rng(3).normal(100, 5, len(DOSES)), "no_response"),
        (noisy(150, 100, 1, 1), "stimulating"),
        (noisy(10, 100, 1, 12, sd=1), "steep"),
        (np.where(DOSES > 20, 90, noisy(0, 100, 1, 2, sd=1)), "lack_of_fit"),
    ],
)
def test_responses_without_an_ic50_say_why(responses: np.ndarray, flag: str) -> None:
    fit = dose_response(DOSES, responses)
    assert flag in fit.flags
    if flag in {"all_zero", "no_variation", "no_response", "stimulating"}:
        assert np.isnan(fit.ic50_relative.value)
        assert fit.ic50_relative.relation == ""
        assert str(fit.ic50_absolute) == ("> 100" if flag in {"no_response", "no_variation"} else "NA")


@pytest.mark.parametrize("n_doses", [1, 2, 3])
def test_few_doses_make_no_curve_but_an_effect(n_doses: int) -> None:
    doses = np.repeat([0, *np.geomspace(1, 100, 8)[:n_doses]], 3)
    fit = dose_response(doses, logistic(doses, 0, 100, 1, 1) + np.tile([0, 1, -1], n_doses + 1))
    assert "too_few_doses" in fit.flags
    assert fit.curve is None
    assert np.isfinite(fit.emax.value)
    assert np.isfinite(fit.auc.value) == (n_doses > 1)


def test_without_a_control_nothing_is_relative() -> None:
    treated = DOSES > 0
    fit = dose_response(DOSES[treated], noisy(10, 100, 0.7, 0.9)[treated])
    assert "no_control" in fit.flags
    assert np.isfinite(fit.ic50_relative.value)
    assert np.isnan([fit.ic50_absolute.value, fit.auc.value, fit.emax.value]).all()


@pytest.mark.parametrize(
    ("doses", "responses", "reason"),
    [
        ([0, 1], [1, np.nan], "not a number"),
        ([0, -1], [1, 1], "negative"),
        ([0, 0], [1, 1], "no dose above 0"),
        ([], [], "no well"),
        ([0, 1], [1], "one dose and one response"),
    ],
)
def test_what_cannot_be_fitted_is_named(doses, responses, reason) -> None:
    with pytest.raises(ParameterError, match=reason):
        dose_response(np.array(doses, float), np.array(responses, float))


def test_sensitivity_is_what_moving_a_well_does() -> None:
    y = noisy(10, 100, 0.7, 0.9)
    fit = curves.fit(DOSES, y)
    slopes = curves.sensitivity(fit, DOSES, y)
    for well in (0, 12, 15, 25):
        moved = y.copy()
        moved[well] += 0.05
        assert (curves.fit(DOSES, moved).log10_ic50 - fit.log10_ic50) / 0.05 == pytest.approx(
            slopes[well], rel=0.05, abs=1e-5
        )


def test_gr_values_of_the_paper() -> None:
    # Hafner et al. 2016: growth at half the control's rate is 2^½ − 1; standing still is 0; shrinking is below 0
    assert gr_values(np.array([1.0, 0.5, 0.0, -1.0]), np.array([1.0])) == pytest.approx([1, 2**0.5 - 1, 0, -0.5])
    with pytest.raises(ParameterError, match="does not grow"):
        gr_values(np.array([1.0]), np.array([-0.1]))


def test_gr50_of_known_rates() -> None:
    gr = 1 / (1 + DOSES / 2.0)
    found = growth_inhibition(DOSES, np.log2(gr + 1))
    assert found.gr50.value == pytest.approx(2.0, rel=1e-3)
    assert found.gr_inf == pytest.approx(0, abs=1e-3)
    assert growth_inhibition(DOSES[DOSES > 0], np.log2(gr + 1)[DOSES > 0]).reason == "no_control"


def test_ndr_is_refused_without_a_killing_control() -> None:
    grow = np.array([1.0, 1.1])
    with pytest.raises(ParameterError, match="killing"):
        ndr_values(grow, grow, np.array([]))
    with pytest.raises(ParameterError, match="shrink"):
        ndr_values(grow, grow, np.array([0.4]))
    assert ndr_values(np.array([1.0, 0.0, -2.0]), np.array([1.0]), np.array([-2.0])) == pytest.approx([1, 0, -1])
    assert ndr_reason(grow, np.array([])) == "no_positive_control"
    assert ndr_reason(grow, grow) == "positive_control_grows"
    assert ndr_reason(-grow, -grow) == ndr_reason(np.array([]), -grow) == "control_does_not_grow"
    assert ndr_reason(grow, -grow) == ""


def surface(excess: float = 0.0):
    a, b = (values.ravel() for values in np.meshgrid([0, 0.1, 0.3, 1, 3, 10], [0, 0.1, 0.3, 1, 3, 10]))
    left = 1 / (1 + a) / (1 + b / 2)
    return a, b, 100 * np.where((a > 0) & (b > 0), left * (1 - excess), left)


def test_independent_drugs_have_no_bliss_or_zip_excess() -> None:
    table = combination(*surface())
    assert np.abs(table["bliss_excess"]).max() < 1e-6
    assert np.abs(table["zip_excess"]).max() < 1e-3
    assert (combination(*surface(0.3))["bliss_excess"] > 0.001).all()


def test_a_drug_with_itself_has_no_loewe_excess() -> None:
    a, b, _ = surface()
    table = combination(a, b, 100 / (1 + (a + b) / 1.5))
    assert np.abs(table["loewe_excess"]).max() < 1e-3
    assert table["bliss_excess"].max() < 0


def test_combinations_without_single_agents_are_refused() -> None:
    a, b, y = surface()
    with pytest.raises(ParameterError, match="three doses alone"):
        combination(a[a > 0], b[a > 0], y[a > 0]) if (a[a > 0] == 0).any() else combination(
            np.append(a[a * b > 0], 0), np.append(b[a * b > 0], 0), np.append(y[a * b > 0], 100)
        )
    with pytest.raises(ParameterError, match="untreated"):
        combination(a[1:], b[1:], y[1:])


def test_the_worked_example_of_drc() -> None:
    """Ryegrass roots and ferulic acid (Inderjit et al. 2002; Ritz et al. 2015, LL.4 of the R package drc): its four estimates."""
    doses = np.repeat([0, 0.94, 1.88, 3.75, 7.5, 15, 30], [6, 3, 3, 3, 3, 3, 3]).astype(float)
    roots = [7.58, 8.0, 8.3285714, 7.25, 7.375, 7.9625, 8.3555556, 6.9142857, 7.75, 6.8714286, 6.45, 5.9222222, 1.925, 2.8857143,
             4.2333333, 1.1875, 0.8571429, 1.0571429, 0.6875, 0.525, 0.825, 0.25, 0.22, 0.44]  # fmt: skip
    fit = dose_response(doses, np.array(roots))
    found = [fit.ic50_relative.value, fit.hill.value, fit.top.value, fit.bottom.value, fit.curve.residual_sd]
    np.testing.assert_allclose(found, [3.05795, 2.98222, 7.79296, 0.48141, 0.5196256], rtol=2e-5)
    assert fit.model == "4PL"


def test_the_intervals_follow_wells_that_scatter_with_their_response() -> None:
    """Large responses scatter, small ones do not: the lower plateau is surer than equal scatter would have it, the upper less."""
    rng = np.random.default_rng(7)
    doses = np.concatenate([np.zeros(6), np.repeat(np.geomspace(0.01, 100, 8), 3)])
    truth = 5 + 95 / (1 + doses / 0.8)
    responses = truth * np.exp(rng.normal(0, 0.15, len(doses)))
    fit = dose_response(doses, responses)
    variances = spread.relative_variances(fit.curve(doses), responses - fit.curve(doses))
    assert variances.max() > 20 * variances.min()
    free = fit.curve.n - fit.curve.n_parameters
    equal = fit.curve.residual_sd * stats.t.ppf(0.975, free)
    assert (
        fit.bottom.high - fit.bottom.low < equal
    )  # of three wells at the largest dose alone it would be 1.15 times that
    even = rng.normal(0, 5, len(doses))
    np.testing.assert_array_equal(spread.relative_variances(truth, even), 1.0)


def test_the_variance_ratio_is_that_of_the_sandwich() -> None:
    """A straight line: the slope's variance under unequal scatter in closed form."""
    x = np.linspace(-1, 1, 20)
    jacobian = np.column_stack([np.ones(20), x])
    variances = np.exp(2 * x)
    variances /= variances.mean()
    inverse = np.linalg.inv(jacobian.T @ jacobian)
    hat = jacobian @ inverse @ jacobian.T
    sandwich = inverse @ jacobian.T @ np.diag(variances) @ jacobian @ inverse
    equal = inverse * (variances @ (1 - np.diag(hat))) / 18
    assert spread.variance_ratio(jacobian, 1, variances) == pytest.approx(sandwich[1, 1] / equal[1, 1])
    assert spread.variance_ratio(jacobian, 1, np.ones(20)) == 1


def test_a_fifth_parameter_that_is_not_beyond_doubt_leaves_the_interval_of_both_curves() -> None:
    rng = np.random.default_rng(0)
    doses = np.concatenate([np.zeros(6), np.repeat(np.geomspace(0.01, 100, 8), 3)])
    for _ in range(60):
        responses = 10 + 90 / (1 + (doses / 0.8) ** 1.2) + rng.normal(0, 5, len(doses))
        fit = dose_response(doses, responses)
        if fit.model == "5PL" and fit.aicc["4PL"] - fit.aicc["5PL"] < 10:
            break
    assert fit.model == "5PL"
    four = curves.fit(doses, responses)
    ends = curves.profile(four, doses, responses, "log10_ic50")
    assert fit.ic50_relative.low <= 10**ends.low
    assert fit.ic50_relative.high >= 10**ends.high


def checkerboard(*, is_swapped: bool = False) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Objects and layout of `surface`: the second compound stands in its own columns, alone too."""
    a, b, left = surface()
    wells = [well_name(row, column) for row in range(1, 7) for column in range(1, 7)]
    layout = pd.DataFrame(
        {"well": wells, "compound": np.where(a > 0, "alpha", ""), "dose": a, "dose_unit": "µM",
         "compound_2": np.where(b > 0, "beta", ""), "dose_2": b, "dose_unit_2": "nM", "control": np.where((a == 0) & (b == 0), "negative", "")}
    )  # fmt: skip
    layout[["dose", "dose_2"]] = layout[["dose", "dose_2"]].astype(object).where(layout[["dose", "dose_2"]] > 0, "")
    layout["dose_unit"] = np.where(a > 0, "µM", "")
    layout["dose_unit_2"] = np.where(b > 0, "nM", "")
    if is_swapped:  # beta written first in one row: the same wells
        names = {"compound": "compound_2", "dose": "dose_2", "dose_unit": "dose_unit_2"}
        row = layout["well"].str.startswith("F")
        layout.loc[row] = layout[row].rename(columns=names | {second: first for first, second in names.items()})
    objects = pd.DataFrame({"well": wells, "time_h": 48.0, "image": wells, "label": 1, "volume_um3": left})
    return objects, layout


@pytest.mark.parametrize("is_swapped", [False, True])
def test_both_compounds_of_a_combination_have_an_ic50_of_their_own(is_swapped: bool) -> None:
    objects, layout = checkerboard(is_swapped=is_swapped)
    experiment = analyse(observe(objects), check_layout(layout))
    found = experiment.dose_response.set_index("compound")
    assert found["dose_unit"].to_dict() == {"alpha": "µM", "beta": "nM"}
    assert found["ic50_relative"].to_dict() == pytest.approx({"alpha": 1, "beta": 2}, rel=1e-4)
    assert found["n_controls"].tolist() == [1, 1]
    assert len(experiment.combinations) == 25
    assert np.abs(experiment.combinations["bliss_excess"]).max() < 1e-6
