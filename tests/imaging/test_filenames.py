import re
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spheroseg.errors import FileNameError
from spheroseg.imaging.filename_patterns import compile_pattern
from spheroseg.imaging.filenames import FileFields, forms_of_wells, parse, parse_well


def filled(fields: FileFields) -> dict[str, object]:
    return {name: getattr(fields, name) for name in FileFields.__slots__ if getattr(fields, name) not in {None, ""}}


A1 = {"well": "A01", "row": 1, "column": 1}
GUID = "0F1E2D3C-1111-2222-3333-0123456789AB"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "VID123_A1_1_2024y05m03d_14h00m.tif",
            {"plate": "VID123", **A1, "field": 1, "acquired": datetime(2024, 5, 3, 14, 0), "layout": "incucyte"},  # noqa: DTZ001 -- local time
        ),
        (
            "my_run_P24_4_01d04h30m.tif",
            {"plate": "my_run", "well": "P24", "row": 16, "column": 24, "field": 4, "time": 28.5, "time_unit": "h", "layout": "incucyte"},
        ),
        ("Plate_A01_s1_w2.tif", {"plate": "Plate", **A1, "field": 1, "channel": "2", "layout": "imagexpress"}),
        (
            f"TimePoint_3/ZStep_2/My_Plate_A01_s1_w1{GUID}.tif",
            {"plate": "My_Plate", **A1, "field": 1, "channel": "1", "z": 2, "time": 3, "time_unit": "frame", "layout": "imagexpress"},
        ),
        (r"D:\data\TimePoint_3\Plate_A01.tif", {"plate": "Plate", **A1, "time": 3, "time_unit": "frame", "layout": "imagexpress"}),
        (
            "r02c11f03p01-ch1sk7fk1fl1.tiff",
            {"well": "B11", "row": 2, "column": 11, "field": 3, "channel": "1", "z": 1, "time": 7, "time_unit": "frame", "layout": "operetta"},
        ),
        ("MFGTMP_140715110001_A01f00d0.TIF", {"plate": "MFGTMP_140715110001", **A1, "field": 0, "channel": "0", "layout": "cellinsight"}),
        (
            "drug 3--A01--W00001--P00002--Z00000--T00004--GFP.tif",
            {"plate": "drug 3", **A1, "field": 2, "channel": "GFP", "z": 0, "time": 4, "time_unit": "frame", "position": "W00001", "layout": "scanr"},
        ),
        ("A01_t003.tif", {**A1, "time": 3, "time_unit": "frame", "layout": "tokens"}),
        ("B2-f3-z01.png", {"well": "B02", "row": 2, "column": 2, "field": 3, "z": 1, "layout": "tokens"}),
        ("well_C07_day3.png", {"well": "C07", "row": 3, "column": 7, "time": 3, "time_unit": "d", "layout": "tokens"}),
        ("wellAF48_36h.png", {"well": "AF48", "row": 32, "column": 48, "time": 36, "time_unit": "h", "layout": "tokens"}),
        ("exp7 D03 t24h ch2.tif", {"well": "D03", "row": 4, "column": 3, "time": 24, "time_unit": "h", "channel": "2", "layout": "tokens"}),
        ("C02_t003.tif", {"well": "C02", "row": 3, "column": 2, "time": 3, "time_unit": "frame", "layout": "tokens"}),
        ("A1.tif", {**A1, "layout": "tokens"}),
        ("spheroids_A01.tif", {**A1, "layout": "tokens"}),
        ("drug_30min_A01.tif", {**A1, "time": 30, "time_unit": "min", "layout": "tokens"}),
        ("W0003F0001T0002Z003C1.tif", {"field": 1, "channel": "1", "z": 3, "time": 2, "time_unit": "frame", "position": "W0003", "layout": "yokogawa"}),
        ("W00003--P00001--Z00000--T00002--DAPI.tif", {"field": 1, "channel": "DAPI", "z": 0, "time": 2, "time_unit": "frame", "position": "W00003", "layout": "scanr"}),
        ("Image_W001_P00002_CH1.tif", {"plate": "Image", "field": 2, "channel": "1", "position": "W001", "layout": "keyence"}),
        ("Pos2_D08.tif", {"well": "D08", "row": 4, "column": 8, "field": 2, "layout": "tokens"}),
        ("D08-T24h.tif", {"well": "D08", "row": 4, "column": 8, "time": 24, "time_unit": "h", "layout": "tokens"}),
        ("exp_D08_day3_cp_masks.png", {"well": "D08", "row": 4, "column": 8, "time": 3, "time_unit": "d", "layout": "tokens"}),
        ("A01_B16_F10.tif", {**A1, "layout": "tokens"}),
        ("A01_B16-F10_48h.tif", {**A1, "time": 48, "time_unit": "h", "layout": "tokens"}),
        ("B16-F10_C03_t2.tif", {"well": "C03", "row": 3, "column": 3, "time": 2, "time_unit": "frame", "layout": "tokens"}),
        ("A01_HepG2_48h.tif", {**A1, "time": 48, "time_unit": "h", "layout": "tokens"}),
        ("A01_E14_48h.tif", {**A1, "time": 48, "time_unit": "h", "layout": "tokens"}),
        ("C6_A01.tif", {**A1, "layout": "tokens"}),
        ("3T3-L1_A01_24h.tif", {**A1, "time": 24, "time_unit": "h", "layout": "tokens"}),
        ("T-47D_B02_72h.tif", {"well": "B02", "row": 2, "column": 2, "time": 72, "time_unit": "h", "layout": "tokens"}),
        ("E14_48h.tif", {"time": 48, "time_unit": "h", "doubtful_well": "E14", "layout": "tokens"}),
        ("C6_24h.tif", {"time": 24, "time_unit": "h", "doubtful_well": "C6", "layout": "tokens"}),
        ("D10.tif", {"doubtful_well": "D10"}),
        ("E2_24h.tif", {"time": 24, "time_unit": "h", "doubtful_well": "E2", "layout": "tokens"}),
        ("well_D10_24h.tif", {"well": "D10", "row": 4, "column": 10, "time": 24, "time_unit": "h", "layout": "tokens"}),
        ("exp_C1_T2.tif", {"channel": "1", "time": 2, "time_unit": "frame", "layout": "tokens"}),
    ],
)  # fmt: skip
def test_names_of_instruments_and_people(name, expected):
    assert filled(parse(name)) == expected
    assert filled(parse(Path(name) if "\\" not in name else name)) == expected


@pytest.mark.parametrize(
    "name",
    [
        "image_A1b2c3.png", "estradiol_E2.tif", "H9_organoid_day3.tif", "B12_treated.tif", "A549_48h.tif", "IMG_1234.jpg", "B16_F10_48h.tif", "B16-F10.tif",
        "A01_B02_t1.tif", "DSC00012.JPG", "mywellA01.tif", "wellAG01.tif", "A25_t1.tif", "Q01_t1.tif", "MCF7.tif", "a01_x.tif",
        "CHO-K1_24h.tif", "Hep-G2_24h.tif", "3T3-L1_48h.tif", "MC3T3-E1_48h.tif", "NCI-H23_24h.tif", "J774-A1_24h.tif", "Ba-F3_24h.tif", "E14_C6_48h.tif",
        "E2_MCF7_24h.tif", "A00_t1.tif", "A1_vs_B2.tif", "r33c01f01p01-ch1sk1fk1fl1.tiff", "Plate_AG01_s1_w1.tif", "HT29-A01b.tif", "",
    ],
)  # fmt: skip
def test_no_well_is_guessed(name):
    fields = parse(name)
    assert (fields.well, fields.row, fields.column) == (None, None, None)


@pytest.mark.parametrize(
    ("beside", "name", "well"),
    [
        (["A01_24h.tif", "E14_48h.tif"], "D10_48h.tif", "D10"),
        (["A01_24h.tif"], "E14_48h.tif", "E14"),
        (["A1_t1.tif", "H1_t1.tif"], "H9_t1.tif", "H09"),
        (["A1.tif", "A2.tif"], "C6.tif", "C06"),
        (["run_B15_F1.tif"], "run_B16_F1.tif", "B16"),
        (["A01_HepG2_24h.tif"], "D10_HepG2_24h.tif", "D10"),
        (["A01_24h.tif"], "B16_F10.tif", None),  # another form: two words for one cell line
        (["E14_24h.tif", "C6_24h.tif", "H9_24h.tif"], "D10_24h.tif", None),
        (["A549_24h.tif", "HepG2_24h.tif"], "C6_24h.tif", None),
        (["A01_24h.tif"], "estradiol_E2.tif", None),
        (["Plate_A01_s1_w2.tif"], "D10.tif", None),  # an instrument's names say nothing of a person's
    ],
)
def test_names_in_a_folder_tell_a_well_from_a_cell_line(beside, name, well):
    assert parse(name, forms=forms_of_wells([*beside, name])).well == well


def test_a_well_that_may_be_a_cell_line_is_named():
    assert parse("D10_24h.tif").doubt.startswith("D10 in the file's name is a well or a cell line")
    assert parse("D10_24h.tif", forms=forms_of_wells(["A01_24h.tif"])).doubt == ""


@settings(deadline=None, max_examples=400)
@given(st.text(alphabet="ABCDEFghijklm0123456789xyz_-. ()", max_size=30))
def test_a_well_is_only_found_as_a_token_of_its_own(text):
    fields = parse(text)
    if fields.well is not None:
        letters, digits = fields.well[:-2], int(fields.well[-2:])
        assert (
            re.search(rf"(?<![A-Za-z0-9])(?:well[_\- ]?)?{letters}0?{digits}(?![A-Za-z0-9])", text, re.IGNORECASE)
            or fields.layout != "tokens"
        )


@settings(deadline=None, max_examples=300)
@given(st.from_regex(r"[a-z]{2,10}[0-9a-f]{6,20}", fullmatch=True) | st.uuids().map(str) | st.text(max_size=40))
def test_arbitrary_names_never_fail_and_hashes_are_no_wells(text):
    fields = parse(text)
    if re.fullmatch(r"[a-z0-9\-]+", text):
        assert fields.well is None


@settings(deadline=None, max_examples=100)
@given(row=st.integers(1, 16), column=st.integers(1, 24), time=st.integers(0, 999), field=st.integers(1, 99))
def test_every_well_of_384_comes_back(row, column, time, field):
    well = f"{chr(64 + row)}{column:02d}"
    for name in (
        f"Run_1_{well}_s{field}_w1.tif",
        f"Run_{well[0]}{column}_{field}_00d{time % 24:02d}h00m.tif",
        f"x_{well}f{field:02d}d0.TIF",
    ):
        fields = parse(name)
        assert (fields.well, fields.row, fields.column, fields.field) == (well, row, column, field)


@pytest.mark.parametrize(
    ("text", "well"),
    [("a1", ("A01", 1, 1)), ("H12", ("H12", 8, 12)), ("af48", ("AF48", 32, 48)), (" Z009 ", ("Z09", 26, 9))],
)
def test_wells(text, well):
    assert parse_well(text) == well


@pytest.mark.parametrize("text", ["AG01", "A49", "A0", "AAA1", "1A", "", "A", "BA1"])
def test_no_wells(text):
    with pytest.raises(FileNameError, match="is no well"):
        parse_well(text)


def test_hours():
    assert parse("A01_d2.tif").time_h == 48
    assert parse("A01_30min.tif").time_h == 0.5
    assert parse("A01_t3.tif").time_h is None
    assert parse("A01.tif").time_h is None


@pytest.mark.parametrize(
    ("name", "pattern", "expected"),
    [
        ("P_1_B03_24h.tif", "{plate}_{well}_{time:d}h.tif", {"plate": "P_1", "well": "B03", "row": 2, "column": 3, "time": 24, "time_unit": "h"}),
        ("P_1_B03_1,5d.tif", "{plate}_{well}_{time}d", {"plate": "P_1", "well": "B03", "row": 2, "column": 3, "time": 1.5, "time_unit": "d"}),
        ("TimePoint_4/a_B2.tif", "TimePoint_{time:d}/{}_{well}", {"well": "B02", "row": 2, "column": 2, "time": 4, "time_unit": "frame"}),
        ("r3-c4 GFP.png", "r{row}-c{column} {channel}.png", {"well": "C04", "row": 3, "column": 4, "channel": "GFP"}),
        ("x_b03-2.png", r"(?P<well>[A-Ha-h]\d\d)-(?P<field>\d)", {"well": "B03", "row": 2, "column": 3, "field": 2}),
        ("B03_7min.png", r"(?P<well>...)_(?P<time>\d+)(?P<time_unit>[a-z]+)", {"well": "B03", "row": 2, "column": 3, "time": 7, "time_unit": "min"}),
    ],
)  # fmt: skip
def test_own_patterns(name, pattern, expected):
    assert filled(parse(name, pattern)) == {**expected, "layout": "own"}


def test_own_pattern_that_does_not_match_says_nothing():
    assert parse("A01_t003.tif", "{plate}_{well}_{time:d}h.tif") == FileFields()


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("", "empty"), ("abc", "names no field"), ("{foo}", "'foo' at character 1"), ("x{well", "lone { at character 2"),
        ("well}", "lone } at character 5"), ("{well}{z}", "between two fields at character 7"), ("{z}_{z}", "twice"),
        ("{z:x}", "only :d"), ("(?P<well>[", "unterminated character set at character 10"), ("(?P<x>a)", "unknown field 'x' at character 4"),
        ("(?P<well>(a+)+)$", "repeats a group at character 13"), ("{well}" + "a" * 400, "longer than"),
    ],
)  # fmt: skip
def test_patterns_that_cannot_be_used(pattern, reason):
    with pytest.raises(FileNameError, match=re.escape(reason)):
        parse("A01.tif", pattern)


@pytest.mark.parametrize(
    ("name", "pattern", "reason"),
    [
        ("AG01.tif", "{well}.tif", "is no well"),
        ("A01_x.tif", "(?P<well>...)_(?P<field>.)", "no number for field"),
        ("A01_3y.tif", "(?P<well>...)_(?P<time>.)(?P<time_unit>.)", "no unit of time"),
    ],
)
def test_what_own_patterns_find_must_make_sense(name, pattern, reason):
    with pytest.raises(FileNameError, match=reason):
        parse(name, pattern)


@settings(deadline=None, max_examples=40)  # what backtracks without end runs into the time limit of a test
@given(st.text(alphabet="_a1.h", min_size=150, max_size=250))
def test_templates_stay_fast_whatever_the_name(name):
    assert parse(name, "{}_{plate}_{well}_{field}_{channel}_{z}_{time}h_{}.tif").well is None  # no name ends in .tif


def test_templates_are_told_from_expressions():
    assert compile_pattern("{well}").is_template
    assert not compile_pattern("(?P<well>...)").is_template
