"""Tables of an experiment by name; what nobody asks for is not made."""

import pandas as pd
from tests.analysis.plates import layout_table, objects_table

from spheroseg.analysis import analyse, check_layout, observe
from spheroseg.analysis.tables import tables, write_table


def test_curves_are_made_for_who_asks() -> None:
    experiment = analyse(observe(objects_table()), check_layout(layout_table()))
    assert list(tables(experiment, ["plate", "growth"])) == ["growth", "plate"]
    assert "curves" not in vars(experiment)
    assert len(tables(experiment)["curves"]) == len(experiment.curves) > 0


def test_a_layout_that_was_joined_before_says_the_same_of_other_wells() -> None:
    layout, objects = check_layout(layout_table()), objects_table()
    whole = analyse(observe(objects), layout)
    fewer = analyse(observe(objects[objects["well"] != "A03"]), layout)
    assert fewer.plate.set_index("well").loc["A03", "status"] == "no_image"
    again = analyse(observe(objects), layout)
    assert again.plate.equals(whole.plate)
    assert again.notes == whole.notes


def test_no_spreadsheet_runs_a_name_as_a_formula(tmp_path) -> None:
    compounds = pd.DataFrame({"compound": ["=1+1", "cisplatin", None], "ic50": [-1.5, 2.0, float("nan")]})
    write_table(compounds, tmp_path / "a.csv")
    assert (tmp_path / "a.csv").read_text() == "compound,ic50\n'=1+1,-1.5\ncisplatin,2\n,\n"
    assert compounds["compound"][0] == "=1+1"
