"""What makes no sense is named, what is odd is said; nothing is guessed and the rest is done."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.analysis.plates import layout_table, objects_table

from spheroseg.analysis import Experiment, Options, Reading, Window, analyse, check_layout, observe, write_experiment
from spheroseg.analysis.report import About, document
from spheroseg.analysis.report.document import Table
from spheroseg.errors import ParameterError


def concluded(objects: pd.DataFrame, layout: pd.DataFrame, response="volume", images=None, **options) -> Experiment:
    """The conclusions, and a report of them."""
    size = "volume" if response == "growth-rate" else response
    seen = observe(objects, Reading(size=size), images)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        experiment = analyse(seen, check_layout(layout), Options(response=response, **options))
        assert document(experiment, About(), []).blocks
    return experiment


def responding(relative) -> pd.DataFrame:
    """Objects whose volume is 10⁶ µm³ times a function of the dose, with a little scatter."""
    objects = objects_table(times_h=(0, 96))
    dose = pd.to_numeric(layout_table().set_index("well")["dose"]).fillna(0).reindex(objects["well"]).to_numpy()
    scatter = np.exp(np.random.default_rng(1).normal(0, 0.01, len(objects)))
    return objects.assign(volume_sphere_um3=1e6 * relative(dose) * scatter)


def in_a03(column: str, value: object) -> pd.DataFrame:
    objects = objects_table()
    objects = objects.assign(**{column: objects[column].astype(object) if column in objects else ""})
    return objects.assign(**{column: objects[column].where(objects["well"] != "A03", value)})


FLAGGED = {
    "flat": (responding(lambda dose: 1 + 0 * dose), layout_table(), "no_response"),
    "every one the same": (objects_table().assign(volume_sphere_um3=5.0), layout_table(), "no_variation"),
    "stimulating": (responding(lambda dose: 1 + 3 * dose / (1 + dose)), layout_table(), "stimulating"),
    "weak": (responding(lambda dose: 1 - 0.2 * dose / (1 + dose)), layout_table(), "absolute_outside"),
    "zero when treated": (responding(lambda dose: (dose == 0) * 1.0), layout_table(), "steep"),
    "zero when untreated": (responding(lambda dose: (dose > 0) * 1.0), layout_table(), "control_not_positive"),
    "one dose": (objects_table(), layout_table()[lambda t: t["dose"].isin(["", 1.0])], "one_dose"),
    "two doses": (objects_table(), layout_table()[lambda t: t["dose"].isin(["", 1.0, 3.0])], "too_few_doses"),
    "no control": (objects_table(), layout_table(control=""), "no_control"),
    "controls of another line": (
        objects_table(),
        layout_table().assign(cell_line=lambda t: np.where(t["control"] == "", "HT-29", "HeLa")),
        "no_control",
    ),
}


@pytest.mark.parametrize("what", FLAGGED)
def test_a_response_without_an_ic50_is_flagged(what: str) -> None:
    objects, layout, flag = FLAGGED[what]
    doses = concluded(objects, layout).dose_response
    assert doses["flags"].str.split(";").map(lambda flags: flag in flags).all()
    if flag in {"no_response", "no_variation", "stimulating"}:
        assert doses["ic50_relative"].isna().all()
    if flag in {"no_control", "control_not_positive"}:
        assert doses["ic50_absolute"].isna().all()
        assert doses["auc"].isna().all()


UNITS = layout_table()["well"].map({"A03": "nM"}).fillna("µM")
ODDITIES = {
    "cells that are no wells": (in_a03("well", "MCF7"), layout_table(), "left out: MCF7 (what stands in the column well is no well)"),
    "no well": (in_a03("well", ""), layout_table(), "left out: rows without a well"),
    "unknown well": (in_a03("well", "H12"), layout_table(), "the layout does not name H12"),
    "missing well": (objects_table()[lambda t: t["well"] != "A03"], layout_table(), "the layout names A03, which have no image"),
    "no size": (in_a03("volume_sphere_um3", np.nan), layout_table(), "left out: A03 (the size is empty or not finite)"),
    "endless size": (in_a03("volume_sphere_um3", np.inf), layout_table(), "left out: A03 (the size is empty or not finite)"),
    "no time": (in_a03("time_h", np.nan), layout_table(), "left out: A03 (no time is given)"),
    "doubled times": (
        pd.concat([objects_table(), objects_table()[lambda t: t["well"] == "A03"]]), layout_table(), "left out: A03 (the well has this time twice",
    ),
    "time gap": (objects_table(times_h=(0, 12, 24, 36, 400)), layout_table(), "a gap between times is more than three times the usual one in A01"),
    "one time": (objects_table(times_h=(96,)), layout_table(), "one time only: no growth"),
    "other unit": (objects_table(), layout_table().assign(dose_unit=UNITS), "doses in nM (A03) were converted to µM"),
    "unknown unit": (objects_table(), layout_table(dose_unit="drops"), "alpha: drops is no unit that is known here"),
    "a fraction of ten": (objects_table(), layout_table(dose_unit="fraction"), "alpha: more than the whole (1 fraction) in A07"),
    "two hundred percent": (
        objects_table(), layout_table(dose_unit="%").replace({"dose": {30.0: 200.0}}), "alpha: more than the whole (100 %) in A09",
    ),
    "percent that are fractions": (
        objects_table(), layout_table(dose_unit="%").assign(dose=lambda t: pd.to_numeric(t["dose"]) / 100), "alpha: no dose is above 1 %",
    ),
    "nM that are called µM": (
        objects_table(), layout_table().assign(dose=lambda t: pd.to_numeric(t["dose"]) * 1000), "alpha: the largest dose is 30000 µM; is it in another unit?",
    ),
    "M that are called µM": (
        objects_table(), layout_table().assign(dose=lambda t: pd.to_numeric(t["dose"]) * 1e-6), "beta: the largest dose is 3e-05 µM; is it in another unit?",
    ),
    "a replicate in nM": (
        objects_table(), layout_table().assign(dose=lambda t: pd.to_numeric(t["dose"]) * np.where(t["replicate"] == 2, 1000, 1)),
        "alpha: the doses of replicate 2 are 1000 times those of replicate 1",
    ),
    "a row in nM": (
        objects_table(),
        layout_table(replicate="").assign(dose=lambda t: pd.to_numeric(t["dose"]) * np.where(t["well"].str[0] == "B", 1000, 1)),
        "alpha: the doses of row B are 1000 times those of row A",
    ),
    "a name in capitals": (
        objects_table(), layout_table().assign(compound=lambda t: t["compound"].where(t["well"] != "A03", "Alpha")), "Alpha and alpha are",
    ),
    "a size of 0": (in_a03("volume_sphere_um3", 0.0), layout_table(), "volume_sphere_um3 is 0 in A03"),
    "not at that time": (objects_table()[lambda t: (t["well"] != "A03") | (t["time_h"] == 0)], layout_table(), "no volume at 96 h of A03"),
    "an unknown review": (in_a03("review", "perhaps"), layout_table(), "review says 'perhaps' in A03"),
    "compound without a dose": (objects_table(), layout_table().replace({"dose": {0.01: ""}}), "no dose is given for A02, B02"),
    "treated after the end": (
        objects_table(), layout_table().assign(treatment_time_h=lambda t: np.where(t["well"] == "A03", 500, 0)), "no time of A03 lies in a window",
    ),
    "all excluded": (objects_table(), layout_table(excluded="spilt"), "no well has a value of the volume at 96 h"),
}  # fmt: skip


@pytest.mark.parametrize("what", ODDITIES)
def test_what_is_odd_is_said_with_its_wells(what: str) -> None:
    objects, layout, sentence = ODDITIES[what]
    assert any(sentence in note for note in concluded(objects, layout).notes)


def test_an_hour_that_a_window_leaves_out_in_vain_is_said() -> None:
    windows = [Window.parse("early=0:96!13"), Window.parse("late=0:96!24")]
    notes = concluded(objects_table(), layout_table(), response="growth-rate", windows=windows).notes
    assert [note for note in notes if "leaves out" in note] == ["the window early leaves out 13 h, where no size is"]


def test_a_dose_of_zero_is_a_control_and_an_empty_one_is_not() -> None:
    zero = concluded(objects_table(), layout_table().replace({"dose": {0.01: 0}})).dose_response
    empty = concluded(objects_table(), layout_table().replace({"dose": {0.01: ""}})).dose_response
    assert zero["n_controls"].tolist() == [9, 9]
    assert empty["n_controls"].tolist() == [6, 6]


def test_a_failed_image_is_named() -> None:
    objects = objects_table()[lambda t: (t["well"] != "A03") | (t["time_h"] != 96)]
    images = pd.DataFrame(
        [{"image": "A03_t096h", "well": "A03", "time_h": 96, "n_objects": np.nan, "status": "failed"}]
    )
    experiment = concluded(objects, layout_table(), images=images)
    assert "left out: A03 (the image could not be outlined)" in experiment.notes
    assert experiment.plate.set_index("well").loc["A03", "status"] == "failed_image"


def test_the_report_names_failed_images_without_a_well_and_not_all_of_many() -> None:
    images = pd.DataFrame(
        [{"image": f"x{n}", "well": "", "time_h": np.nan, "n_objects": np.nan, "status": "failed", "error": f"x{n}: is cut off"}
         for n in range(20)]
    )  # fmt: skip
    tables = [
        block
        for block in document(concluded(objects_table(), layout_table(), images=images), About(), []).blocks
        if isinstance(block, Table)
    ]
    (row,) = next(table for table in tables if table.caption == "Left out, and why").rows
    assert row[0] == "failed_image"
    assert row[2:] == ("20", "no well")
    assert row[1].startswith("x0: is cut off; x1: is cut off")
    assert row[1].endswith("x7: is cut off; and 12 more, in left_out.csv")


def test_a_failed_image_without_a_well_is_named_with_its_reason() -> None:
    images = pd.DataFrame(
        [{"image": "cut.tif", "well": "", "time_h": np.nan, "n_objects": np.nan, "status": "failed", "error": "the file is cut off"},
         {"image": "A03_x", "well": "A03", "time_h": np.nan, "n_objects": np.nan, "status": "failed", "error": ""}]
    )  # fmt: skip
    left_out = concluded(objects_table(), layout_table(), images=images).observations.exclusions
    failed = left_out[left_out["reason"] == "failed_image"].set_index("image")
    assert failed.loc["cut.tif", ["well", "n_objects", "detail"]].tolist() == ["", 0, "the file is cut off"]
    assert failed.loc["A03_x", "detail"] == "the image could not be outlined"
    assert failed["time_h"].isna().all()


def test_wells_of_every_plate_and_of_one() -> None:
    both = pd.concat([objects_table().assign(plate="P1"), objects_table().assign(plate="P2")])
    own = layout_table().query("well == 'A02'").assign(plate="P2", compound="beta", dose=7.0)
    wells = concluded(both, pd.concat([layout_table(plate=""), own])).plate.set_index(["plate", "well"])
    assert (len(wells), wells.loc[("P1", "A02"), "compound"], wells.loc[("P2", "A02"), "compound"]) == (
        120,
        "alpha",
        "beta",
    )


@pytest.mark.parametrize("name", ["x" * 300, "$a_$", "a/b", "[red]", "al\npha"])
def test_any_name_of_a_compound_is_drawn_and_written(name: str, tmp_path: Path) -> None:
    named = layout_table().replace({"compound": {"alpha": name, "beta": name.replace("/", "-").upper()}})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        files = write_experiment(concluded(objects_table(), named), tmp_path)
    assert len(files) == len({str(path).casefold() for path in files})
    assert {path.suffix for path in files} == {".csv", ".svg", ".png", ".html", ".pdf"}


def test_a_blank_image_is_named_and_no_zero() -> None:
    objects = objects_table()[lambda t: (t["well"] != "A03") | (t["time_h"] != 96)]
    images = pd.DataFrame([{"image": "A03_t096h", "well": "A03", "time_h": 96, "n_objects": 0, "status": "ok"}])
    experiment = concluded(objects, layout_table(), images=images)
    assert "left out: A03 (the image shows no object)" in experiment.notes
    assert experiment.plate.set_index("well").loc["A03", "status"] == "blank_image"


@pytest.mark.parametrize(
    ("objects", "options", "sentence"),
    [
        (objects_table(times_h=(96,)), {"response": "growth-rate"}, "one time only: no growth"),
        (responding(lambda dose: (dose > 99) * 1.0 + (dose == 0)), {"response": "growth-rate"}, ""),
        (objects_table().assign(volume_sphere_um3=lambda t: t["volume_sphere_um3"] * (t["time_h"] > 0)), {"relative": True}, "no relative size"),
    ],
)  # fmt: skip
def test_wells_with_sizes_but_without_the_response_say_so(objects, options, sentence: str) -> None:
    experiment = concluded(objects, layout_table(), **options)
    assert "no_response" in set(experiment.plate["status"])
    assert "no_image" not in set(experiment.plate["status"])
    assert any(sentence in note for note in experiment.notes)


REFUSED = {
    "all doubled": (pd.concat([objects_table(), objects_table()]), layout_table(), "no size counts; left out: A01"),
    "no time at all": (objects_table().assign(time_h=np.nan), layout_table(), "the table has no times"),
    "all at the edge": (objects_table().assign(touches_border=True), layout_table(), "cut by the image's edge"),
    "all zero": (objects_table().assign(volume_sphere_um3=0.0), layout_table(), "every volume is 0"),
    "negative size": (in_a03("volume_sphere_um3", -1.0), layout_table(), "negative in A03"),
    "impossible size": (in_a03("volume_sphere_um3", 1e207), layout_table(), "1e+207 in A03, which no object has"),
    "negative pixel size": (objects_table().assign(pixel_size_um=-0.5), layout_table(), "pixel_size_um is -0.5"),
    "crossed interval": (
        in_a03("equivalent_diameter_high_um", 1.0),
        layout_table(),
        "equivalent_diameter_high_um in A03",
    ),
    "border of maybe": (in_a03("touches_border", "maybe"), layout_table(), "touches_border is 'maybe' in A03"),
    "one compound twice": (
        objects_table(),
        layout_table(compound_2="alpha", dose_2=1, dose_unit_2="µM"),
        "one compound twice: A02",
    ),
    "no pixel size": (objects_table().assign(pixel_size_um=0.0), layout_table(), "must be above 0"),
    "text for a time": (in_a03("time_h", "late"), layout_table(), "'late' in A03, which is no number"),
    "negative dose": (objects_table(), layout_table().replace({"dose": {0.01: -1.0}}), "dose is negative in A02"),
    "text for a dose": (objects_table(), layout_table().replace({"dose": {0.01: "low"}}), "A02: 'low'"),
    "a dose that is NaN": (objects_table(), layout_table().replace({"dose": {0.01: "nan"}}), "A02: 'nan'"),
    "impossible dose": (objects_table(), layout_table().replace({"dose": {0.01: 1e-300}}), "A02: 1e-300"),
    "no unit in one": (
        objects_table(),
        layout_table().assign(dose_unit=UNITS.replace("nM", "")),
        "no unit in A03, elsewhere µM",
    ),
    "units of two kinds": (
        objects_table(),
        layout_table().assign(dose_unit=UNITS.replace("nM", "%")),
        "% cannot be converted to µM",
    ),
    "no well": (objects_table(), layout_table().replace({"well": {"A03": ""}}), "name no well"),
    "a doubled well": (
        objects_table(),
        pd.concat([layout_table(), layout_table().head(1).assign(well="a1")]),
        "more than once: A01",
    ),
    "treated too late": (objects_table(), layout_table(treatment_time_h=500), "treatment (500 h)"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_makes_no_sense_is_refused_with_its_wells(what: str) -> None:
    objects, layout, sentence = REFUSED[what]
    with pytest.raises(ParameterError) as refused:
        concluded(objects, layout)
    assert sentence in str(refused.value)


def test_an_image_that_was_taken_later_of_one_well_does_not_take_the_response_from_the_others() -> None:
    objects = objects_table()
    last = objects[objects["time_h"] == 96]
    one_later = last[last["well"] == "A03"].assign(time_h=120.0, image="A03_late")
    found = concluded(pd.concat([objects, one_later]), layout_table())
    assert found.time_h == 96
    assert (found.plate["status"] == "used").all()
    assert any(
        "at 96 h, the last time of at least half of the wells; 1 of 60 wells have later" in x for x in found.notes
    )
    stated = concluded(pd.concat([objects, one_later]), layout_table(), time_h=120)
    assert stated.time_h == 120
    assert (stated.plate["status"] == "used").sum() == 1
    half = last[last["well"].isin(sorted(set(last["well"]))[:30])].assign(time_h=120.0)
    assert concluded(pd.concat([objects, half.assign(image=half["image"] + "_late")]), layout_table()).time_h == 120


def test_the_last_time_counts_with_all_that_was_imaged_within_minutes_of_it() -> None:
    objects = objects_table().astype({"time_h": float})
    late = objects["time_h"] == 96
    objects.loc[late, "time_h"] += np.linspace(0, 0.4, late.sum())
    found = concluded(objects, layout_table())
    assert found.time_h == pytest.approx(96.4)
    assert (found.plate["status"] == "used").all()
    assert not any("at least half" in note for note in found.notes)
