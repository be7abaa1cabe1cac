"""Layouts from every kind of file, and each mistake named."""

import re

import openpyxl
import pandas as pd
import pytest

from spheroseg.analysis import check_layout, layout_of_names, layout_of_text, read_layout, template, write_layout
from spheroseg.analysis.plate import FORMATS, Plate, is_well, smallest_plate
from spheroseg.errors import FormatError, ParameterError

TABLE = "well,compound,dose,dose_unit,cell_line,replicate,control\n"


@pytest.mark.parametrize("n_wells", sorted(FORMATS))
def test_every_plate_has_its_last_well_and_no_more(n_wells: int) -> None:
    plate = Plate(n_wells)
    assert plate.n_rows * plate.n_columns == n_wells
    filled = layout_of_text(template(plate).replace(",,,,,,", ",x,1,µM,c,1,"))
    assert len(filled.wells) == n_wells
    assert smallest_plate(filled.wells["well"]) == plate
    assert plate.ring("A1") == 0


@pytest.mark.parametrize("name", ["A549", "H1299", "MCF7", "HepG2", "B16F10", "PANC1", "U87", "A0", "Z9"])
def test_a_cell_line_is_no_well(name: str) -> None:
    if name not in {"U87", "Z9"}:  # of a plate of 1,536 wells these would be wells
        assert not is_well(name) or name == "Z9"
    with pytest.raises(ParameterError, match="no well"):
        layout_of_text(f"{TABLE}{'MCF7' if is_well(name) else name},x,1,µM,,,")


def test_wells_of_file_names_leave_cell_lines_alone() -> None:
    names = ["A549_B03_24h.tif", "MCF7_control_24h.tif", "A549_B04_24h.tif"]
    assert layout_of_names(names)["well"].tolist() == ["B03", "B04"]


def test_units_of_one_compound_are_converted_and_it_is_said() -> None:
    layout = layout_of_text(f"{TABLE}A1,cis,10,uM,,,\nA2,cis,3,µM,,,\nA3,cis,1000,nM,,,\nA4,,,,,,neg\n")
    assert layout.wells["dose"].tolist()[:3] == [10, 3, 1]
    assert set(layout.wells["dose_unit"][:3]) == {"µM"}
    assert any("nM" in note and "A03" in note for note in layout.notes)
    assert layout.wells["control"].tolist()[3] == "negative"


def test_a_percent_and_a_fraction_are_not_the_same_number() -> None:
    layout = layout_of_text(f"{TABLE}A1,dmso2,1,%,,,\nA2,dmso2,2,%,,,\nA3,dmso2,0.03,fraction,,,\n")
    assert layout.wells["dose"].tolist() == [1, 2, 3]
    assert layout.notes


def test_a_jump_in_the_doses_is_pointed_at() -> None:
    rows = "\n".join(f"A{n},cis,{dose},µM,,," for n, dose in enumerate((0.1, 0.3, 1, 3, 1000), 1))
    assert any("another unit" in note for note in layout_of_text(TABLE + rows).notes)


def test_a_plate_drawn_in_a_spreadsheet() -> None:
    text = "compound\t1\t2\t3\nA\tcis\tcis\ttax\nB\t\tcis\t\n\ndose (nM)\t1\t2\t3\nA\t1\t0,5\t3\nB\t\t0\t\n\ncontrol\t1\t2\t3\nB\tvehicle\t\t\n"
    wells = layout_of_text(text).wells.set_index("well")
    assert wells.loc["A02", "dose"] == 0.5
    assert wells.loc["A03", "compound"] == "tax"
    assert wells.loc["B01", "control"] == "negative"
    assert set(wells.loc[["A01", "A02"], "dose_unit"]) == {"nM"}


WELLMAP = """
[expt]
cell_line = "HT-29"
[row.A]
compound = "cis"
dose_unit = "µM"
[row.B]
compound = "tax"
dose_unit = "µM"
[col]
"1,2".replicate = 1
3.replicate = 2
[col.2]
dose = 10
[col.3]
dose = 20
[col.1]
dose = 0
[block.1x2.D1]
control = "negative"
[well.A3]
excluded = "bubble"
"""


def test_wellmap_rows_columns_blocks_and_wells() -> None:
    text = WELLMAP.replace('[col]\n"1,2".replicate = 1\n3.replicate = 2\n', "")
    wells = layout_of_text(text, ".toml").wells.set_index("well")
    assert set(wells.index) == {"A01", "A02", "A03", "B01", "B02", "B03", "D01", "E01"}
    assert wells.loc["B03", ["compound", "dose", "cell_line"]].tolist() == ["tax", 20, "HT-29"]
    assert set(wells.loc[["D01", "E01"], "control"]) == {"negative"}
    assert wells.loc["A03", "excluded"] == "bubble"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("row = 3", "row is 3, and no table"),
        ("[row]\nA = 3", "row.A is 3"),
        ("[row.A]\ncompound = [1]", "row.A.compound is a table or a list"),
        ("[plate.P1]\nrow = 1", "plate.P1.row is 1"),
        ("plate = 1", "plate is 1"),
        ("[row.'A,...']\nx = 1", "between the first and the last"),
        ("[well.'...']\nx = 1", "between the first and the last"),
        ("[block.99x99.A1]\nx = 1", "beyond the largest plate"),
        ("[colour.A]\nx = 1", "[colour] is no table of wellmap"),
    ],
)
def test_wellmap_that_makes_no_sense_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ParameterError) as refused:
        layout_of_text(text, ".toml")
    assert reason in str(refused.value)


@pytest.mark.parametrize(("row", "reason"), [("x", "row 'x'"), ("-1", "row '-1'"), ("99", "no plate has that")])
def test_a_plate_map_of_a_well_that_is_none_is_refused(row: str, reason: str) -> None:
    with pytest.raises(ParameterError) as refused:
        layout_of_text(PLATE_MAP.replace('row="2"', f'row="{row}"'), ".platemap")
    assert reason in str(refused.value)


def test_wellmap_that_reads_other_files_is_refused() -> None:
    with pytest.raises(ParameterError, match="other files"):
        layout_of_text('[meta]\ninclude = "../secret.toml"\n[well.A1]\ncompound = "x"\n', ".toml")


PLATE_MAP = """<?xml version="1.0"?><plateMap><wellStore><wells>
<well row="0" col="1"><items><wellItem type="Compound" concentration="10" concentrationUnits="μM">
<referenceItem displayName="cisplatin"/></wellItem><wellItem type="CellType"><referenceItem displayName="HT-29"/></wellItem>
</items></well><well row="2" col="0"/></wells></wellStore></plateMap>"""


def test_an_incucyte_plate_map() -> None:
    wells = layout_of_text(PLATE_MAP, ".platemap").wells
    assert wells[["well", "compound", "dose", "dose_unit", "cell_line"]].to_numpy().tolist() == [
        ["A02", "cisplatin", 10.0, "µM", "HT-29"]
    ]


def test_a_bomb_in_xml_is_refused() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "c">]><plateMap>&b;</plateMap>'
    with pytest.raises(ParameterError, match="damaged"):
        layout_of_text(bomb, ".xml")


def test_what_is_written_is_read_again(tmp_path) -> None:
    layout = layout_of_text(f"{TABLE}A1,cis,10,µM,HT-29,1,\nB1,,,,HT-29,2,negative\n")
    write_layout(layout, tmp_path / "layout.csv")
    pd.testing.assert_frame_equal(read_layout(tmp_path / "layout.csv").wells, layout.wells)


def test_a_workbook(tmp_path) -> None:
    pd.DataFrame([["well", "drug", "conc", "unit"], ["A1", "cis", 10, "µM"], ["A2", "cis", 0.5, "µM"]]).to_excel(
        tmp_path / "layout.xlsx", header=False, index=False
    )
    assert read_layout(tmp_path / "layout.xlsx").wells["dose"].tolist() == [10, 0.5]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("A1,cis,ten,µM,,,", "dose is no number.*A01.*'ten'"),
        ("A1,cis,10 µM,,,,", "dose_unit"),
        ("A1,cis,-1,µM,,,", "negative.*A01"),
        ("A1,cis,nan,µM,,,", "no number"),
        ("A1,cis,1,µM,,,\nA01,cis,2,µM,,,", "more than once.*A01"),
        (",cis,1,µM,,,", "1 rows.* no well"),
        ("A1,,1,µM,,,", "no compound.*A01"),
        ("A1,cis,1,nM,,,\nA2,cis,1,mg/mL,,,", "cannot be converted"),
        ("A1,cis,1,nM,,,\nA2,cis,1,,,,", "no unit in A02"),
        ("A1,cis,1,µM,,,maybe", "'maybe'"),
        ("A1,cis,1,µM,,,negative\nA2,cis,2,µM,,,", "called a control.*A01"),
        ("A1,cis,1,µM,,,,more", "line 2 has more cells"),
        ('A1,cis,"0,5",µM,,,', "no number in A01: '0,5'; the decimal sign is a point"),
        (f"A1,{'x' * 200_000},1,µM,,,", "cannot be read as a table"),
    ],
)
def test_each_mistake_is_named(rows: str, reason: str) -> None:
    with pytest.raises(ParameterError, match=reason):
        layout_of_text(TABLE + rows)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ("well,compound,dose,dose", "the column dose twice"),
        ("well,well,compound,dose", "the column well twice"),
        ("well,compound,dose,concentration", "the column dose twice ('concentration' is the second)"),
        ("well,compound,dose_nM,dose_uM", "the column dose twice ('dose_uM' is the second)"),
        ("well,compound,dose_unit,dose_uM", "the unit of dose twice"),
        ("well|compound|dose|dose_unit", "one column only, 'well|compound|dose"),
    ],
)
def test_a_head_that_says_something_twice_or_not_at_all_is_named(head: str, reason: str) -> None:
    row = "A01|cis|1|2" if "|" in head else "A01,cis,1,2"
    with pytest.raises(ParameterError, match=re.escape(reason)):
        layout_of_text(f"{head}\n{row}\n")


@pytest.mark.parametrize("text", ["", " \n \n", "foo,bar\n1,2\n", "compound\t1\t2\nA\t\t\n"])
def test_what_is_no_layout_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ParameterError, match="layout"):
        layout_of_text(text)


@pytest.mark.parametrize(
    ("name", "content"),
    [("l.csv", b"\xff\xfe\x00w"), ("l.xlsx", b"no zip"), ("l.toml", b"= 1"), ("l.pdf", b""), ("l.csv", b"PK\x03\x04")],
)
def test_files_that_cannot_be_read_are_named(tmp_path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(FormatError, match=name):
        read_layout(tmp_path / name)


def test_doses_of_zero_and_empty_ones_are_told_apart() -> None:
    layout = check_layout(pd.DataFrame({"well": ["A1", "A2"], "compound": ["cis", "cis"], "dose": [0, None]}))
    assert layout.wells["dose"].iloc[0] == 0
    assert layout.wells["dose"].isna().iloc[1]


def saved(tmp_path, sheets: dict[str, list[list[object]]], merged: dict[str, list[str]] | None = None):
    """A workbook with these rows, as a person saves it."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for cells in (merged or {}).get(name, ()):
            sheet.merge_cells(cells)
    book.save(tmp_path / "layout.xlsx")
    return tmp_path / "layout.xlsx"


DRAWN = [
    ["compound", 1, 2, 3, 4],
    ["A", "cis", None, "dox"],
    ["B"],
    [],
    ["dose (µM)", 1, 2, 3, 4],
    ["A", 0.1, 1, 10, 100],
    ["B", 0.1, 1, 10, 100],
]


@pytest.mark.parametrize(
    ("rows", "merged"),
    [
        (DRAWN, ["B2:C3", "D2:E3"]),
        (
            [["Plate 1, 3 March"], [], ["well", "compound", "dose", "dose_unit"]]
            + [[f"{row}{column}", {1: "cis", 5: "dox"}.get(4 * (row == "B") + column), 10.0 ** (column - 2), "µM" if column == 1 else None]
               for row in "AB" for column in (1, 2, 3, 4)],
            ["A1:D1", "B4:B7", "B8:B11", "D4:D7", "D8:D11"],
        ),
    ],
)  # fmt: skip
def test_merged_cells_are_what_they_span(tmp_path, rows, merged) -> None:
    wells = read_layout(saved(tmp_path, {"layout": rows}, {"layout": merged})).wells
    assert (len(wells), sorted(set(wells["compound"])), set(wells["dose_unit"])) == (8, ["cis", "dox"], {"µM"})
    assert wells.loc[wells["well"] == "A03", "dose"].item() == 10
    assert (wells["compound"] == "cis").sum() == 4


def test_a_title_and_other_sheets_are_passed_over_and_said(tmp_path) -> None:
    table = [["Plate 1"], ["well", "compound", "dose (nM)"], ["A1", "cis", 5]]
    layout = read_layout(saved(tmp_path, {"Read me": [["Spheroids of March"]], "Plate": table, "Plate 2": table}))
    assert layout.wells[["well", "dose", "dose_unit"]].to_numpy().tolist() == [["A01", 5.0, "nM"]]
    assert any("not read: Plate 1" in note for note in layout.notes)
    assert any("sheet 'Plate'; 'Plate 2' look like layouts too" in note for note in layout.notes)


def test_a_merged_cell_larger_than_any_plate_is_refused(tmp_path) -> None:
    path = saved(tmp_path, {"layout": [["well", "compound"], ["A1", "cis"]]}, {"layout": ["B2:B9999"]})
    with pytest.raises(FormatError, match="B2:B9999"):
        read_layout(path)


@pytest.mark.parametrize("row", ["A\t1\t2\t3", "A\t1\t2\t"])
def test_a_row_of_a_drawn_plate_may_hold_one_two_three(row: str) -> None:
    text = f"compound\t1\t2\t3\nA\tcis\tcis\tcis\n\ndose (nM)\t1\t2\t3\n{row}\nreplicate\t1\t2\t3\nA\t1\t2\t3\n"
    wells = layout_of_text(text).wells
    assert wells["dose"].dropna().tolist() == [float(n) for n in row.split("\t")[1:] if n]
    assert wells["replicate"].astype(str).tolist() == ["1", "2", "3"]
