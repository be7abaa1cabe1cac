"""Rates and laws of growth against closed forms and statsmodels; controls, groups and survival against their sources."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from statsmodels.duration.survfunc import SurvfuncRight, survdiff
from statsmodels.stats.multitest import multipletests
from tests.analysis.plates import objects_table

from spheroseg.analysis import (
    Window,
    compare_control,
    compare_groups,
    concordance,
    edge_effect,
    growth_rates,
    holm,
    median_control_h,
    observe,
    regrowth_times,
    spheroid_control,
    well_series,
    z_prime,
)  # fmt: skip
from spheroseg.errors import ParameterError

HOURS = np.arange(0, 240, 12.0)


def series(sizes: np.ndarray, hours: np.ndarray = HOURS, well: str = "A01") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "plate": "",
            "well": well,
            "time_h": hours,
            "size": sizes,
            "outline_relative_sd": np.nan,
            "relative_size": sizes / max(sizes[0], 1e-9),
        }
    )


def test_the_rate_and_its_interval_are_those_of_a_regression() -> None:
    sizes = np.exp(0.5 * HOURS / 24 + np.random.default_rng(0).normal(0, 0.1, len(HOURS)))
    row = growth_rates(series(sizes)).iloc[0]
    fit = sm.OLS(np.log(sizes), sm.add_constant(HOURS / 24)).fit()
    assert row["growth_rate_per_day"] == pytest.approx(fit.params[1])
    assert row[["growth_rate_per_day_low", "growth_rate_per_day_high"]].tolist() == pytest.approx(
        fit.conf_int()[1].tolist()
    )
    assert row["r_squared"] == pytest.approx(fit.rsquared)
    assert row["doubling_time_h"] == pytest.approx(24 * np.log(2) / fit.params[1])
    assert row["doubling_time_h_low"] < row["doubling_time_h"] < row["doubling_time_h_high"]


def test_rates_of_area_and_diameter_are_two_thirds_and_a_third() -> None:
    from spheroseg.analysis import Reading  # noqa: PLC0415

    rates = [
        growth_rates(well_series(observe(objects_table(noise=0), Reading(size)))).iloc[0]["growth_rate_per_day"]
        for size in ("volume", "area", "diameter")
    ]
    assert rates == pytest.approx([0.6, 0.4, 0.2])


@pytest.mark.parametrize(
    ("law", "sizes", "plateau"),
    [
        ("exponential", np.exp(0.5 * HOURS / 24), None),
        ("logistic", 1000 / (1 + 99 * np.exp(-0.9 * HOURS / 24)), 1000),
        ("gompertz", 1000 * np.exp(-np.log(100) * np.exp(-0.4 * HOURS / 24)), 1000),
    ],
)
def test_the_law_that_made_the_sizes_is_found(law: str, sizes: np.ndarray, plateau: float | None) -> None:
    row = growth_rates(series(sizes * np.exp(np.random.default_rng(2).normal(0, 0.01, len(HOURS))))).iloc[0]
    assert row["model"] == law
    if plateau is None:
        assert np.isnan(row["plateau"])
    else:
        assert row["plateau"] == pytest.approx(plateau, rel=0.1)


def test_a_window_and_what_is_left_out_of_it() -> None:
    sizes = np.where(HOURS < 96, np.exp(HOURS / 24), np.exp(4 + 0.1 * (HOURS - 96) / 24))
    sizes[3] *= 50
    early = growth_rates(series(sizes), Window("early", 0, 84, without_h=(36.0,))).iloc[0]
    late = growth_rates(series(sizes), Window("late", 96)).iloc[0]
    assert (early["growth_rate_per_day"], late["growth_rate_per_day"]) == pytest.approx((1.0, 0.1))
    assert (early["start_h"], early["end_h"], early["n_times"]) == (0, 84, 7)
    with pytest.raises(ParameterError, match="before it begins"):
        Window("x", 10, 5)
    with pytest.raises(ParameterError, match="no time lies"):
        growth_rates(series(sizes), Window("x", 1000))


@pytest.mark.parametrize(
    ("sizes", "hours", "reason"),
    [
        ([1.0], [0.0], "one_time"),
        ([0.0, 0.0, 0.0], [0.0, 1.0, 2.0], "one_time"),
        ([1.0, 2.0], [0.0, 24.0], "two_times"),
        ([4.0, 2.1, 1.0, 0.5], [0.0, 24.0, 48.0, 72.0], "shrinking"),
        ([1.0, 1.2, 0.9, 1.1], [0.0, 24.0, 48.0, 72.0], "rate_includes_0"),
        ([1.0, 1.2, 1.4, 9.0], [0.0, 24.0, 48.0, 720.0], "time_gap"),
    ],
)
def test_no_doubling_time_without_growth_and_the_reason_said(sizes, hours, reason) -> None:
    row = growth_rates(series(np.array(sizes), np.array(hours))).iloc[0]
    assert reason in row["reasons"].split(";")
    if reason != "time_gap":
        assert np.isnan(row["doubling_time_h"])
    if reason in {"one_time", "two_times"}:
        assert np.isnan(row["growth_rate_per_day_low"])


def test_outlines_leave_the_rate_open_as_error_propagation_says() -> None:
    table = series(np.exp(HOURS / 24)).assign(outline_relative_sd=0.03)
    days = HOURS / 24
    expected = 0.03 / np.sqrt(((days - days.mean()) ** 2).sum())
    assert growth_rates(table).iloc[0]["growth_rate_outline_sd_per_day"] == pytest.approx(expected)


def test_z_prime_by_hand() -> None:
    negative, positive = np.array([98.0, 100, 102]), np.array([9.0, 10, 11])
    found = z_prime(negative, positive)
    assert found.z_prime == pytest.approx(1 - 3 * (2 + 1) / 90)
    assert found.robust_z_prime == pytest.approx(1 - 3 * 1.4826 * (2 + 1) / 90)
    assert z_prime(negative, []).reason == "no_positive_control"
    assert z_prime([], positive).reason == "no_negative_control"
    assert z_prime([1.0], positive).reason == "too_few_wells"
    assert z_prime(negative, negative).reason == "no_difference"


def test_an_edge_effect_is_seen_within_conditions() -> None:
    wells = [f"{row}{column}" for row in "ABCDEFGH" for column in range(1, 13)]
    edge = np.array([well[0] in "AH" or well[1:] in {"1", "12"} for well in wells])
    values = np.where(edge, 90.0, 100.0) * np.exp(np.random.default_rng(0).normal(0, 0.02, 96))
    found = edge_effect(wells, ["untreated"] * 96, values)
    assert found.ratio == pytest.approx(0.9, abs=0.02)
    assert found.low < found.ratio < found.high < 1
    assert edge_effect(wells, ["edge" if at else "inner" for at in edge], values).reason == "not_comparable"


def test_groups_are_compared_over_wells() -> None:
    rng = np.random.default_rng(0)
    groups = {
        "untreated": rng.normal(100, 5, 8),
        "a": rng.normal(80, 5, 6),
        "b": rng.normal(100, 5, 6),
        "one": np.array([3.0]),
    }
    table = compare_groups(groups, "untreated").set_index("group")
    assert table.loc["a", "p_holm"] < 0.001 < table.loc["b", "p_holm"]
    assert table.loc["a", "difference_high"] < -10
    assert table.loc["a", "hedges_g_high"] < 0
    assert table.loc["one", "reason"] == "too_few_wells"
    with pytest.raises(ParameterError, match="no group"):
        compare_groups(groups, "vehicle")


def test_holm_is_that_of_statsmodels() -> None:
    p = np.array([0.01, 0.04, 0.03, np.nan, 0.5])
    known = np.isfinite(p)
    np.testing.assert_allclose(holm(p)[known], multipletests(p[known], method="holm")[1])
    assert np.isnan(holm(p)[3])


def test_spheroid_control_is_the_kaplan_meier_curve_of_statsmodels() -> None:
    rng = np.random.default_rng(0)
    times, regrown = np.round(rng.exponential(100, 30)) + 1, rng.random(30) < 0.7
    curve = spheroid_control(times, regrown)
    oracle = SurvfuncRight(times, regrown.astype(int))
    np.testing.assert_allclose(curve["controlled"].iloc[1:], oracle.surv_prob)
    np.testing.assert_allclose(curve["at_risk"].iloc[1:], oracle.n_risk)
    assert median_control_h(curve) == oracle.quantile(0.5)
    treated = np.arange(30) < 15
    assert compare_control(times, regrown, treated) == pytest.approx(
        survdiff(times, regrown.astype(int), treated)[1], rel=1e-6
    )
    assert np.isnan(compare_control(times, ~regrown & False, treated))


def test_a_spheroid_that_does_not_grow_back_is_censored() -> None:
    grown = regrowth_times(pd.concat([series(np.exp(HOURS / 24)), series(np.ones(len(HOURS)), well="B01")]), 4.0)
    assert grown.set_index("well")["regrown"].to_dict() == {"A01": True, "B01": False}
    assert grown.set_index("well")["time_h"].to_dict() == {"A01": 36.0, "B01": 228.0}
    with pytest.raises(ParameterError, match="more than 1"):
        regrowth_times(series(np.ones(len(HOURS))), 1.0)


def test_concordance_of_lins_terms() -> None:
    x = np.array([1.0, 2, 3, 4, 5])
    assert concordance(x, x).coefficient == pytest.approx(1)
    shifted = concordance(x, x + 1)
    # 2·2/(2 + 2 + 1)
    assert shifted.coefficient == pytest.approx(0.8)
    assert shifted.precision == pytest.approx(1)
    noisy = concordance(x, x + np.array([0.1, -0.2, 0.3, 0, -0.1]))
    assert noisy.low < noisy.coefficient < noisy.high < 1
    for wrong in (x[:1], np.ones(5), x * np.nan):
        with pytest.raises(ParameterError):
            concordance(wrong if len(wrong) == 5 else x[:1], x[: len(wrong)])
