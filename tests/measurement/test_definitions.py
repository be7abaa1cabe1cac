from pathlib import Path

import numpy as np
import pytest

from spheroseg.measurement import DEFINITIONS, NA_REASONS, measure, measure_core
from spheroseg.measurement.definitions import Unit, column_name, definition_of, unit_symbol
from spheroseg.measurement.definitions_page import definitions_page

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "measurements.md"
LABELS = np.array([[1, 1, 0, 0], [1, 1, 0, 2], [0, 0, 0, 0]])


@pytest.mark.parametrize("pixel_size_um", [None, 0.5])
def test_every_column_of_every_table_is_defined_and_every_definition_has_a_column(pixel_size_um):
    table = measure(LABELS, np.ones((2, 3, 4)), pixel_size_um=pixel_size_um)
    core = measure_core(LABELS, LABELS == 1, pixel_size_um=pixel_size_um)
    found = set()
    for column in [*table.columns, *core.columns]:
        definition = definition_of(column)
        assert definition is not None, column
        found.add(definition.name)
        channels = ["", "channel_1", "channel_2"]
        names = {column_name(definition.name, calibrated=pixel_size_um is not None, channel=c) for c in channels}
        assert column in names
    assert found == set(DEFINITIONS) - {"flags"}  # flags come from the segmentation


def test_units_are_in_the_names():
    assert column_name("area", calibrated=True) == "area_um2"
    assert column_name("area", calibrated=False) == "area_px2"
    assert column_name("volume_sphere", calibrated=True) == "volume_sphere_um3"
    assert column_name("orientation", calibrated=True) == "orientation_deg"
    assert column_name("solidity", calibrated=True) == "solidity"
    assert column_name("intensity_mean", calibrated=True, channel="gfp") == "intensity_mean_gfp"
    assert column_name("area", calibrated=None) == "area"
    assert unit_symbol("area", calibrated=True) == "µm²"
    assert unit_symbol("feret_max", calibrated=False) == "px"
    assert unit_symbol("orientation", calibrated=True) == "°"
    assert unit_symbol("circularity", calibrated=True) == ""


@pytest.mark.parametrize(
    ("column", "name"),
    [
        ("area_um2", "area"),
        ("intensity_mean_corrected", "intensity_mean_corrected"),
        ("intensity_mean_corrected_gfp_um", "intensity_mean_corrected"),
        ("intensity_mean_dapi", "intensity_mean"),
        ("image", None),
        ("area_of_interest", None),
    ],
)
def test_a_column_leads_back_to_its_definition(column, name):
    definition = definition_of(column)
    assert (definition and definition.name) == name


def test_definitions_are_complete():
    for name, definition in DEFINITIONS.items():
        assert definition.name == name
        assert definition.summary.endswith("."), name
        if definition.unit not in {Unit.TEXT, Unit.FLAG} and definition.group != "identity":
            assert definition.formula, name
    assert all(text for text in NA_REASONS.values())


def test_the_reference_page_is_fresh():
    assert PAGE.read_text(encoding="utf-8") == definitions_page(), (
        "run python -m spheroseg.measurement.definitions_page"
    )
