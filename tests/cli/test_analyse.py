"""`spheroseg analyse` as a person meets it: the three tables, the report, and every bad input in one sentence."""

import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pypdf import PdfReader
from tests.analysis.plates import IC50_UM, layout_table, objects_table


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    """A folder with objects.csv and layout.csv of a time course whose IC50s are known."""
    objects_table().to_csv(tmp_path / "objects.csv", index=False)
    layout_table().to_csv(tmp_path / "layout.csv", index=False)
    return tmp_path


def test_from_tables_to_the_known_ic50(run_process, plate: Path) -> None:
    done = run_process(
        "analyse", "objects.csv", "--layout", "layout.csv", "--out", "out", "--response", "growth-rate", "--regrowth", "2",
        "--about", "culture medium=DMEM", "--window", "all=0:96",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    doses = pd.read_csv(plate / "out/dose_response.csv").set_index("compound")
    for compound, truth in IC50_UM.items():
        row = doses.loc[compound]
        assert row["ic50_relative_low"] < row["ic50_relative"] < row["ic50_relative_high"]
        assert row["ic50_relative"] == pytest.approx(truth, rel=0.2)
        assert row["ic50_relative_relation"] == "="
        assert row["ic50_outline_factor"] > 1
    growth = pd.read_csv(plate / "out/growth.csv")
    assert len(growth) == 60
    untreated = growth[growth["control"] == "negative"]
    assert untreated["growth_rate_per_day"].mean() == pytest.approx(0.6, rel=0.05)
    assert growth.loc[growth["control"] == "positive", "doubling_time_h"].isna().all()
    assert set(pd.read_csv(plate / "out/plate.csv")["status"]) == {"used"}
    order = pd.read_csv(plate / "out/review_order.csv")
    assert order["ic50_factor"].is_monotonic_decreasing
    report = (plate / "out/report.html").read_text()
    for content in ("DMEM", "alpha", "not stated", "profile likelihood", "Z′", "Kaplan–Meier"):
        assert content in report
    assert "<script" not in report
    pages = PdfReader(plate / "out/report.pdf").pages
    text = " ".join(page.extract_text() for page in pages)
    assert "µM" in text
    assert f"{doses.loc['alpha', 'ic50_relative']:.3g}" in text
    assert f"{doses.loc['alpha', 'ic50_relative']:.3g}" in report
    assert (plate / "out/plots/dose_response_alpha_HT-29.svg").stat().st_size > 1000


def test_a_time_and_what_is_left_out(analyse, plate: Path) -> None:
    done = analyse("--time", 48, "--exclude", "B03@48=bubble", "--response", "diameter")
    assert done.returncode == 0, done.stderr
    wells = pd.read_csv(plate / "out/plate.csv").set_index("well")
    assert wells.loc["B03", "status"] == "by_hand"
    assert np.isnan(wells.loc["B03", "response"])
    assert pd.read_csv(plate / "out/left_out.csv")["detail"].tolist() == ["bubble"]
    assert set(wells["time_h"].dropna()) == {48}
    assert "µm³" not in (plate / "out/report.html").read_text().split("<h2>Dose")[1]


@pytest.fixture
def analyse(plate: Path, run):
    """Runs the command on the plate's tables."""

    def analyse(*arguments: object) -> subprocess.CompletedProcess:
        return run("analyse", "objects.csv", "--layout", "layout.csv", "--out", "out", *arguments)

    return analyse


def bad(plate: Path, objects=None, layout=None) -> None:
    if objects is not None:
        objects.to_csv(plate / "objects.csv", index=False)
    if layout is not None:
        layout.to_csv(plate / "layout.csv", index=False)


MISTAKES = {
    "text dose": (None, layout_table().astype({"dose": object}).replace({"dose": {0.01: "low"}}), "dose is no number"),
    "negative dose": (None, layout_table().replace({"dose": {0.01: -0.01}}), "dose is negative"),
    "doubled well": (None, pd.concat([layout_table(), layout_table().head(1)]), "more than once: A01"),
    "no well column": (None, layout_table().drop(columns="well"), "no column 'well'"),
    "cell line as well": (None, layout_table().replace({"well": {"A02": "A549"}}), "A549"),
    "no unit of size": (
        objects_table().rename(columns={"area_um2": "area"})[["well", "time_h", "area"]],
        None,
        "no unit",
    ),
    "negative pixel size": (objects_table().assign(pixel_size_x_um=-1.0), None, "pixel_size_x_um is -1.0"),
    "all zero": (objects_table().assign(volume_sphere_um3=0.0), None, "every volume is 0"),
    "other wells": (
        objects_table(layout_table()[lambda t: t["well"].str.startswith("A")]).assign(
            well=lambda t: "P" + t["well"].str[1:]
        ),
        None,
        "no well of the layout",
    ),
    "text size": (objects_table().astype({"volume_sphere_um3": object}).assign(volume_sphere_um3="big"), None, "'big'"),
    "units of two kinds": (
        None,
        layout_table().assign(dose_unit=lambda t: np.where(t["well"] == "A03", "%", "µM")),
        "cannot be converted",
    ),
    "no unit in one": (
        None,
        layout_table().assign(dose_unit=lambda t: np.where(t["well"] == "A03", "", "µM")),
        "no unit in A03",
    ),
    "text time": (objects_table().astype({"time_h": str}).replace({"time_h": {"24": "24 h"}}), None, "'24 h'"),
    "no time at all": (objects_table().assign(time_h=np.nan), None, "no times"),
    "all NaN": (objects_table().assign(volume_sphere_um3=np.nan), None, "no row has a well and a size"),
    "all doubled": (pd.concat([objects_table()] * 2), None, "this time twice"),
    "frames only": (objects_table().rename(columns={"time_h": "time_frame"}), None, "--interval"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_what_makes_no_sense_is_one_sentence(analyse, plate: Path, mistake: str) -> None:
    objects, layout, sentence = MISTAKES[mistake]
    bad(plate, objects, layout)
    done = analyse()
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def in_wells(column: str, values: dict[str, object], table: pd.DataFrame | None = None) -> pd.DataFrame:
    """The objects with another value in some wells."""
    table = objects_table() if table is None else table
    other = table["well"].map(values)
    return table.assign(**{column: table[column].astype(object).where(~table["well"].isin(values), other)})


def of_compound(column: str, value: dict[str, object]) -> pd.DataFrame:
    """The layout with one value a compound."""
    return layout_table().assign(**{column: lambda t: t["compound"].map(value).fillna("")})


OF_WELLS = in_wells("time_h", {"A06": np.nan}, in_wells("volume_sphere_um3", {"A04": np.nan}))
SHARES = of_compound("dose_unit", {"alpha": "fraction", "beta": "%"}).assign(
    dose=lambda t: pd.to_numeric(t["dose"]) / np.where(t["compound"] == "beta", 100, 1)
)
ODD = {
    "of wells": (
        pd.concat([
            OF_WELLS[OF_WELLS["well"] != "C05"], objects_table()[lambda t: t["well"] == "A03"], objects_table().head(5).assign(well="H12"),
        ]),
        layout_table().replace({"dose": {0.01: 0}}).assign(dose_unit=lambda t: np.where(t["well"] == "A07", "nM", "µM")),
        ("does not name H12", "C05, which have no image", "this time twice", "no time is given", "converted to µM", "Report"), {},
    ),
    "of units": (None, SHARES, ("more than the whole", "are they fractions"), {}),
    "of steps": (
        objects_table(times_h=(0, 12, 24, 36, 400)),
        layout_table().assign(dose=lambda t: pd.to_numeric(t["dose"]) * np.where(t["replicate"] % 3 == 2, 1000, 1)),
        ("a gap between times", "1000 times"), {},
    ),
    "one time only, no control": (
        objects_table(times_h=(96,)), layout_table(control=""), ("one time only", "no_control"), {"alpha": "no_control", "beta": "no_control"},
    ),
    "few doses": (
        None, layout_table()[lambda t: (t["compound"] == "") | (t["dose"] == 1.0) | ((t["compound"] == "beta") & (t["dose"] == 10.0))],
        ("one_dose", "too_few_doses"), {"alpha": "one_dose", "beta": "too_few_doses"},
    ),
    "flat": (objects_table(times_h=(0, 96)).assign(volume_sphere_um3=5.0), None, ("no_variation",), {"alpha": "no_variation", "beta": "no_variation"}),
    "stimulating": (
        objects_table(times_h=(0, 96)).assign(volume_sphere_um3=lambda t: 1 / t["volume_sphere_um3"]), None,
        ("stimulating",), {"alpha": "stimulating", "beta": "stimulating"},
    ),
    "no dose at all": (None, layout_table(dose="", compound=""), ("no dose–response",), {}),
}  # fmt: skip
"""Objects, layout, what is said and the flag of each compound; what does not meet is in one table, as a person's may be."""


@pytest.mark.parametrize("oddity", ODD)
def test_what_is_odd_is_said_and_the_rest_is_done(analyse, plate: Path, oddity: str) -> None:
    objects, layout, sentences, flags = ODD[oddity]
    bad(plate, objects, layout)
    done = analyse()
    assert done.returncode == 0, done.stderr
    assert [each for each in sentences if each not in done.stderr] == []
    assert "Traceback" not in done.stderr
    assert (plate / "out/report.pdf").is_file()
    if flags:
        doses = pd.read_csv(plate / "out/dose_response.csv").set_index("compound")
        assert set(doses.index) == set(flags)
        assert all(flag in doses.loc[compound, "flags"].split(";") for compound, flag in flags.items())
    if oddity == "of wells":
        wells = pd.read_csv(plate / "out/plate.csv").set_index("well")
        assert wells.loc["H12", "status"] == "no_condition"
        assert pd.isna(wells.loc["H12", "control"])
        assert wells.loc["A04", "status"] == "no_value"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--response", "colour"), "choose volume"),
        (("--time", "50"), "no image was taken at 50 h; there are 0, 24, 48, 72, 96 h"),
        (("--window", "x"), "early=0:48"),
        (("--window", "x=48:24"), "before it begins"),
        (("--exclude", "A549"), "B07@48=bubble"),
        (("--per-well", "best"), "choose mean"),
        (("--regrowth", "0.5"), "more than 1"),
        (("--about", "medium"), "WHAT=TEXT"),
    ],
)
def test_wrong_options_are_explained(analyse, arguments: tuple[str, ...], sentence: str) -> None:
    done = analyse(*arguments)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_objects_are_followed_and_links_corrected(analyse, plate: Path) -> None:
    first = objects_table().assign(centroid_x_um=100.0, centroid_y_um=100.0)
    both = pd.concat([first, first.assign(label=2, centroid_x_um=2000.0)])
    bad(plate, both)
    (plate / "links.csv").write_text("well,time_h,object,track\nA02,48,1,2\nA02,48,2,1\n")
    done = analyse("--links", "links.csv")
    assert done.returncode == 0, done.stderr
    tracks = pd.read_csv(plate / "out/tracks.csv")
    place = tracks.set_index(["well", "time_h", "object"])["track"]
    assert [place["A01", hour, 1] for hour in (0, 24, 48, 72, 96)] == [1] * 5
    assert [place["A02", hour, 1] for hour in (0, 24, 48, 72, 96)] == [1, 1, 2, 2, 2]
    growth = pd.read_csv(plate / "out/track_growth.csv")
    assert len(growth) == 120
    assert (growth["n_times"] == 5).all()
    (plate / "links.csv").write_text("well,time_h,object,track\nA02,48,7,2\n")
    done = analyse("--links", "links.csv")
    assert (done.returncode, "object 7 of A02 at 48 h" in done.stderr) == (2, True)
