"""What the API hears about rules for objects is what the pipeline understands."""

from dataclasses import fields
from typing import get_args

import pytest
from pydantic import ValidationError

from spheroseg.pipeline import Parameters
from spheroseg.segmentation import DEFAULT_RULES, PRESETS
from spheroseg.segmentation import ObjectRules as Understood
from spheroseg.server.projects.schemas import Kind
from spheroseg.server.runs.schemas import ObjectRules, RunParameters
from spheroseg.server.tables.projects import Project


def test_both_know_the_same_rules():
    assert set(ObjectRules.model_fields) == {field.name for field in fields(Understood)}
    assert Understood(**ObjectRules().model_dump()) == Understood()


@pytest.mark.parametrize("preset", list(PRESETS))
def test_every_preset_can_be_asked_for(preset):
    parameters = RunParameters.model_validate({"rules": preset}).model_dump(mode="json", exclude={"region"})
    assert Parameters(**parameters).rules == PRESETS[preset]


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_kind_of_project_names_a_preset(kind):
    assert Project(kind=kind).rules in PRESETS
    assert Project(kind="spheroid").rules == DEFAULT_RULES


def test_rules_by_field_reach_the_pipeline():
    parameters = RunParameters.model_validate({"rules": {"split": "never", "keep_largest": 2, "min_diameter_um": 50}})
    assert Parameters(**parameters.model_dump(mode="json", exclude={"region"})).rules == Understood(
        "never", min_diameter_um=50.0, keep_largest=2
    )


@pytest.mark.parametrize(
    "rules",
    [
        "organoid",
        {"split": "sometimes"},
        {"keep_largest": 0},
        {"size": 1},
        {"min_diameter_um": 1, "min_diameter_px": 1},
    ],
)
def test_senseless_rules_are_refused(rules):
    with pytest.raises(ValidationError):
        RunParameters.model_validate({"rules": rules})
