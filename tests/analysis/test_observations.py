"""What a table of objects says, and what it does not."""

import re

import numpy as np
import pandas as pd
import pytest
from tests.analysis.plates import objects_table

from spheroseg.analysis import Reading, follow, link, observe, read_links, read_objects, track_growth, well_series
from spheroseg.errors import FormatError, ParameterError, SpheroSegError

TIDY = {"well": ["A1", "A1", "A2"], "time_h": [0, 24, 0], "area_um2": [1e4, 2e4, 1e4]}


def test_volume_of_an_area_is_that_of_the_sphere() -> None:
    seen = observe(pd.DataFrame(TIDY))
    assert seen.unit == "µm³"
    assert "sphere" in seen.statement
    diameter = np.sqrt(4e4 / np.pi)
    assert seen.objects["size"].iloc[0] == pytest.approx(np.pi / 6 * diameter**3)


def test_the_size_itself_is_preferred_and_keeps_its_unit() -> None:
    seen = observe(objects_table(), Reading(size="area"))
    assert (seen.unit, seen.statement) == ("µm²", "area is the column area_um2")
    assert observe(pd.DataFrame(TIDY).rename(columns={"area_um2": "area_px2"}), Reading("diameter")).unit == "px"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"area_um2": "area"}, "has no unit"),
        ({"area_um2": "size"}, "has no unit"),
        ({"area_um2": "confluence_percent"}, "no size"),
        ({"area_um2": "colour"}, "no size column"),
        ({"well": "name"}, "no column 'well'"),
    ],
)
def test_missing_columns_are_named(change: dict[str, str], reason: str) -> None:
    with pytest.raises(ParameterError, match=reason):
        observe(pd.DataFrame(TIDY).rename(columns=change))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"area_um2": [0, 0, 0]}, "every volume is 0"),
        ({"area_um2": [-1, 1, 1]}, "negative in A1"),
        ({"area_um2": ["big", 1, 1]}, "'big'"),
        ({"area_um2": [np.nan] * 3}, "no row has"),
        ({"well": ["MCF7", "A549", "H1299"]}, "MCF7.* no wells"),
        ({"time_h": ["noon", 1, 2]}, "'noon'"),
        ({"pixel_size_x_um": [-1.3, 1.3, 1.3]}, "pixel_size_x_um is -1.3"),
        ({"pixel_size_um": [0, 1, 1]}, "above 0"),
    ],
)
def test_values_that_make_no_sense_are_named(changes: dict, reason: str) -> None:
    with pytest.raises(ParameterError, match=reason):
        observe(pd.DataFrame({**TIDY, **changes}))


def test_doubled_times_are_left_out_and_said() -> None:
    table = pd.DataFrame({**TIDY, "time_h": [0, 0, 0]})
    seen = observe(table)
    assert seen.objects["well"].tolist() == ["A02"]
    assert set(seen.exclusions["reason"]) == {"doubled_time"}
    assert set(seen.exclusions["well"]) == {"A01"}


def test_two_images_of_one_well_and_time_are_doubled_but_two_fields_are_not() -> None:
    table = pd.DataFrame(
        {"well": ["A1", "A1"], "time_h": [0, 0], "image": ["a", "b"], "label": [1, 1], "area_um2": [1.0, 2.0]}
    )
    assert observe(table).objects.empty
    assert len(observe(table.assign(field=[1, 2])).objects) == 2


def test_empty_sizes_borders_and_nonsense_wells_are_left_out_with_reasons() -> None:
    table = pd.DataFrame(
        {
            "well": ["A1", "A2", "A3", "A549"],
            "time_h": [0, 0, 0, 0],
            "area_um2": [1.0, np.nan, 3.0, 4.0],
            "touches_border": [False, False, True, False],
        }
    )
    seen = observe(table)
    assert dict(zip(seen.exclusions["well"], seen.exclusions["reason"], strict=True)) == {
        "A02": "no_value", "A2": "no_value", "A549": "no_well", "A03": "touches_border",
    } or set(seen.exclusions["reason"]) == {"no_value", "no_well", "touches_border"}  # fmt: skip
    assert len(observe(table, Reading(keep_border=True)).objects) == 2


def test_a_blank_image_is_no_zero() -> None:
    images = pd.DataFrame({"image": ["x"], "well": ["A2"], "time_h": [24], "n_objects": [0], "status": ["ok"]})
    seen = observe(pd.DataFrame({**TIDY, "image": ["a", "b", "c"], "label": 1}), images=images)
    assert seen.exclusions[["well", "reason"]].to_numpy().tolist() == [["A02", "blank_image"]]
    assert len(seen.objects) == 3


def test_frames_need_their_distance() -> None:
    table = pd.DataFrame({"well": ["A1", "A1"], "time_frame": [0, 3], "area_um2": [1.0, 2.0]})
    with pytest.raises(ParameterError, match="--interval"):
        observe(table)
    assert observe(table, Reading(interval_h=8)).times_h == [0, 24]
    with pytest.raises(ParameterError, match="above 0"):
        observe(table, Reading(interval_h=-1))


def test_dates_of_acquisition_become_hours() -> None:
    table = pd.DataFrame(
        {"well": ["A1", "A1"], "acquired": ["2026-01-01T08:00", "2026-01-02T20:00"], "area_um2": [1.0, 2.0]}
    )
    assert observe(table).times_h == [0, 36]


def test_files_of_every_kind_say_the_same(tmp_path) -> None:
    table = objects_table(times_h=(0, 48))
    table.to_csv(tmp_path / "objects.csv", index=False)
    table.to_parquet(tmp_path / "o.parquet")
    table.to_csv(tmp_path / "o.tsv", index=False, sep="\t")
    table.to_csv(tmp_path / "european.csv", index=False, sep=";", decimal=",")
    table.to_excel(tmp_path / "o.xlsx", index=False)
    first = read_objects(tmp_path / "objects.csv").objects
    for name in ("o.parquet", "o.tsv", "european.csv", "o.xlsx"):
        again = read_objects(tmp_path / name).objects
        np.testing.assert_allclose(again["size"], first["size"], rtol=1e-9)
        assert again["well"].tolist() == first["well"].tolist()


def test_an_incucyte_export(tmp_path) -> None:
    text = "Vessel Name: plate 7\nMetric: Largest Brightfield Object Area (µm²)\n\nDate Time\tElapsed\tA1\tB12\n1/1/2026\t0\t10000\t20000\n1/2/2026\t24\t15000\t\n"
    (tmp_path / "export.txt").write_text(text)
    seen = read_objects(tmp_path / "export.txt", Reading("area"))
    assert seen.objects[["plate", "well", "time_h", "size"]].to_numpy().tolist() == [
        ["plate 7", "A01", 0, 10000], ["plate 7", "A01", 24, 15000], ["plate 7", "B12", 0, 20000],
    ]  # fmt: skip
    (tmp_path / "export.txt").write_text(text.replace("Object Area (µm²)", "Confluence (%)"))
    with pytest.raises(FormatError, match="Confluence"):
        read_objects(tmp_path / "export.txt")


def test_a_cell_line_at_the_head_of_an_exported_column_is_no_well(tmp_path) -> None:
    head = "Date Time\tElapsed\tH9 4000/well (B2), Image 1\tH9 4000/well (B2), Image 2\tC3, Image 1\tC3 (Std Err Well)\tH9 (Std Dev)"
    (tmp_path / "export.txt").write_text(
        f"Vessel Name: p\nMetric: Object Area (µm²)\n\n{head}\n1/1/2026\t0\t1\t2\t3\t0.1\t0.2\n"
    )
    seen = read_objects(tmp_path / "export.txt", Reading("area"))
    assert seen.counted[["well", "field", "total"]].to_numpy().tolist() == [
        ["B02", "1", 1],
        ["B02", "2", 2],
        ["C03", "1", 3],
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("well,time_h,area_um2,area_um2\nA01,0,5,6\n", "the column area_um2 twice"),
        ("well|time_h|area_um2\nA01|0|5\n", "one column only, 'well|time_h|area_um2'"),
        ('well,time_h,area_um2\nA01,0,5\nB07,0,"5,5"\n', "holds '5,5' in B07, which is no number; the decimal sign is a point"),
        ("well,time_h,area_um2\nA01,0,5\nB07,0,big\n", "holds 'big' in B07, which is no number"),
        ("PK\x03\x04", "is a spreadsheet, not text"),
    ],
)  # fmt: skip
def test_a_table_that_makes_no_sense_is_named_with_its_wells(tmp_path, text: str, reason: str) -> None:
    (tmp_path / "o.csv").write_text(text)
    with pytest.raises(FormatError, match=r"o\.csv") as refused:
        read_objects(tmp_path / "o.csv", Reading("area"))
    assert reason in str(refused.value)


@pytest.mark.parametrize(
    ("name", "content"),
    [("o.csv", b""), ("o.csv", b"\x00\xff"), ("o.parquet", b"PAR1"), ("o.xlsx", b"x"), ("o.doc", b"")],
)
def test_unreadable_tables_are_named(tmp_path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FormatError, match=name):
        read_objects(tmp_path / name)


def two_walkers() -> pd.DataFrame:
    """Two spheroids that drift, and a third that appears at 48 h; labels are shuffled as a segmentation would."""
    rows = []
    for time_h, places in (
        (0, [(100, 100), (300, 100)]),
        (24, [(310, 104), (110, 96)]),
        (48, [(120, 99), (500, 500), (322, 110)]),
    ):
        for label, (x, y) in enumerate(places, 1):
            rows.append(
                {
                    "well": "A1",
                    "time_h": time_h,
                    "image": f"t{time_h}",
                    "label": label,
                    "centroid_x_um": x,
                    "centroid_y_um": y,
                    "diameter_um": 80.0,
                }
            )
    return pd.DataFrame(rows)


def test_objects_are_followed_by_overlap() -> None:
    seen = observe(two_walkers(), Reading("diameter"))
    assert link(seen).tolist() == [1, 2, 2, 1, 1, 3, 2]


def test_objects_that_move_further_than_they_are_wide_are_assigned() -> None:
    table = two_walkers().assign(diameter_um=14.0)
    seen = observe(table[table["time_h"] < 48], Reading("diameter"))
    assert link(seen).tolist() == [1, 2, 2, 1]


def test_a_link_can_be_corrected_and_later_times_follow() -> None:
    seen = observe(two_walkers(), Reading("diameter"))
    corrected = link(seen, [("", "A01", 24, 1, 1), ("", "A01", 24, 2, 2)])
    assert corrected.tolist() == [1, 2, 1, 2, 2, 3, 1]
    with pytest.raises(ParameterError, match="object 9"):
        link(seen, [("", "A01", 24, 9, 1)])


def test_tracks_follow_what_a_person_said(tmp_path) -> None:
    seen = observe(two_walkers(), Reading("diameter"))
    assert follow(seen)["track"].value_counts().to_dict() == {1: 3, 2: 3, 3: 1}
    path = tmp_path / "links.csv"
    path.write_text("well;time_h;object;track\na1;24;1;1\nA01;24;2;2\n")
    tracks = follow(seen, read_links(path))
    place = dict(zip(zip(tracks["time_h"], tracks["object"], strict=True), tracks["track"], strict=True))
    # the two changed places at 24 h, and 48 h follows; the first time stays
    assert [place[key] for key in ((0, 1), (0, 2), (24, 1), (24, 2), (48, 1), (48, 3), (48, 2))] == [
        1,
        2,
        1,
        2,
        2,
        1,
        3,
    ]
    assert tracks["is_corrected"].sum() == 2
    growth = track_growth(tracks)
    assert growth[["well", "track", "n_times"]].to_numpy().tolist() == [["A01", 1, 3], ["A01", 2, 3], ["A01", 3, 1]]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("well,time_h,object\nA1,0,1\n", "there is no track"),
        ("well,time_h,object,track\nA549,0,1,1\n", "no well: A549"),
        ("well,time_h,object,track\nA1,late,1,1\n", "time_h is 'late' in A01"),
        ("well,time_h,object,track\nA1,0,1.5,1\n", "object is '1.5' in A01"),
        ("well,time_h,object,track\nA1,0,1,0\n", "track is '0' in A01"),
        ("well,time_h,object,track\nA1,0,1,1\nA01,0,1,2\n", "an object two tracks: A01 at 0 h"),
        ("well,time_h,object,track\nA1,0,1,1\nA01,0,2,1\n", "a track two objects at one time: A01 at 0 h"),
        ("well,time_h,object,track\nA1,24,9,1\n", "object 9 of A01 at 24 h; there is none"),
        ("well,time_h,object,track\nH12,24,1,1\n", "object 1 of H12 at 24 h; there is none"),
    ],
)
def test_links_that_make_no_sense_are_named(tmp_path, text: str, reason: str) -> None:
    path = tmp_path / "links.csv"
    path.write_text(text)
    with pytest.raises(SpheroSegError, match=re.escape(reason)):
        follow(observe(two_walkers(), Reading("diameter")), read_links(path))


def test_crowds_without_places_are_refused() -> None:
    with pytest.raises(ParameterError, match="no centroids"):
        link(observe(two_walkers().drop(columns=["centroid_x_um"]), Reading("diameter")))


def test_relative_size_and_rate_per_interval() -> None:
    series = well_series(observe(objects_table(noise=0)))
    well = series[series["well"] == "A01"]
    np.testing.assert_allclose(well["relative_size"], np.exp(0.6 * well["time_h"] / 24))
    np.testing.assert_allclose(well["interval_rate_per_day"].iloc[1:], 0.6)
    late = well_series(observe(objects_table(noise=0)), baseline_h={("", "A01"): 48})
    np.testing.assert_allclose(late[late["well"] == "A01"]["relative_size"], np.exp(0.6 * (well["time_h"] - 48) / 24))
