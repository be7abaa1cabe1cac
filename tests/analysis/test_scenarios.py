"""The shipped scenarios of synfit: plates of known curves and of known combinations, each written with the numbers that made it."""

import numpy as np
import pytest
from synfit.synthetic import generate_matrix, generate_single_drug, list_scenarios, scenario_config

from spheroseg.analysis import combination, dose_response

SCENARIOS = {name: scenario_config(name) for name in list_scenarios()}
CURVES = [name for name, each in SCENARIOS.items() if each["kind"] == "single_drug"]
PAIRS = [name for name, each in SCENARIOS.items() if each["kind"] == "matrix"]
INHIBITING = [
    name for name in CURVES if SCENARIOS[name]["hill_params"]["effect_0"] > SCENARIOS[name]["hill_params"]["effect_inf"]
]
CHANCE = 0.035
"""Mean excess over a grid that noise alone leaves, at most; the noisiest scenario has 22 % a well."""


def excess(name: str) -> dict[str, float]:
    """Mean excess over each model of a scenario's combinations."""
    plates, across, down = generate_matrix(SCENARIOS[name])
    a, b = (np.tile(doses.ravel(), len(plates)) for doses in np.meshgrid(across, down))
    table = combination(a, b, np.concatenate([plate.ravel() for plate in plates]))
    return {model: float(table[f"{model}_excess"].mean()) for model in ("bliss", "loewe", "zip")}


def test_all_scenarios_are_there():
    assert len(INHIBITING) >= 4
    assert len(CURVES) - len(INHIBITING) >= 2
    assert len(PAIRS) >= 14


@pytest.mark.parametrize("name", INHIBITING)
def test_the_intervals_hold_what_the_curve_was_made_of(name):
    made = SCENARIOS[name]
    wells = generate_single_drug(made)
    truth = made["hill_params"]
    fit = dose_response(wells["concentration"].to_numpy(), wells["y"].to_numpy())
    assert fit.ic50_relative.low <= truth["c50"] <= fit.ic50_relative.high
    assert fit.hill.low <= truth["hill"] <= fit.hill.high


def test_without_its_two_outliers_a_curve_is_what_it_was_made_of():
    made = SCENARIOS["single_drug_outliers"]
    wells = generate_single_drug(made)
    doses = np.sort(wells["concentration"].unique())
    is_outlier = np.zeros(len(wells), bool)
    for each in made["outliers"]:
        is_outlier |= (wells["replicate"] == each["replicate"]) & (
            wells["concentration"] == doses[each["concentration_index"]]
        )
    assert is_outlier.sum() == 2
    whole, rest = (dose_response(t["concentration"].to_numpy(), t["y"].to_numpy()) for t in (wells, wells[~is_outlier]))
    truth = made["hill_params"]["c50"]
    assert rest.ic50_relative.value == pytest.approx(truth, rel=0.1)
    assert rest.ic50_relative.high / rest.ic50_relative.low < (whole.ic50_relative.high / whole.ic50_relative.low) / 2


@pytest.mark.parametrize("name", sorted(set(CURVES) - set(INHIBITING)))
def test_what_rises_with_the_dose_has_no_ic50(name):
    wells = generate_single_drug(SCENARIOS[name])
    fit = dose_response(wells["concentration"].to_numpy(), wells["y"].to_numpy())
    assert "stimulating" in fit.flags
    assert str(fit.ic50_relative) == str(fit.ic50_absolute) == "NA"


@pytest.mark.parametrize("name", PAIRS)
def test_a_combination_departs_from_the_model_as_it_was_made_to(name):
    found, synergy = excess(name), SCENARIOS[name]["synergy_factor"]
    if SCENARIOS[name].get("reference_model") == "loewe":
        assert abs(found["loewe"]) < 0.005
        assert found["bliss"] < -CHANCE
    elif synergy == 0:
        assert max(abs(found["bliss"]), abs(found["zip"])) < CHANCE
    elif synergy < 0:
        assert max(found["bliss"], found["zip"]) < -0.02
    else:
        assert min(found["bliss"], found["zip"]) > 0
        assert (min(found["bliss"], found["zip"]) > 0.015) == (synergy >= 1)


def test_more_synergy_is_more_excess():
    order = [excess(f"matrix_{name}")["zip"] for name in ("antagonism", "independent", "synergy", "strong_synergy")]
    assert order == sorted(order)
    assert order[-1] - order[0] > 0.08
