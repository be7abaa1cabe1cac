import csv

import numpy as np
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest

from spheroseg.errors import FormatError
from spheroseg.formats import AnnotatedImage, Annotations, Report, table
from spheroseg.formats.parts.spool import TableSpool
from spheroseg.formats.parts.workbook import write_workbook
from spheroseg.geometry import trace
from spheroseg.measurement.definitions import DEFINITIONS, NA_REASONS, definition_of

LABELS = np.array([[1, 1, 0, 0, 2], [1, 1, 0, 0, 0]], np.uint16)
CARD = {"model": {"name": "classical"}, "threshold": 0.5}


def annotated(name="a.tif", pixel_size_um=(0.5, 0.5), **metadata):
    return AnnotatedImage(name, 5, 2, trace(LABELS), pixel_size_um, None, metadata)


@pytest.fixture(params=[".csv", ".xlsx", ".parquet"])
def path(request, tmp_path):
    return tmp_path / f"objects{request.param}"


class TestEveryFormat:
    def test_a_row_an_object_with_units_in_the_names(self, path, reasons):
        images = [annotated(well="A01"), annotated("b.tif", None, well="A02")]
        report = table.write(Annotations(images, CARD), path)
        assert (report.n_images, report.n_objects) == (2, 4)
        assert "not their outlines" in reasons(report, "lost")
        tables = table.read(path)
        objects = tables.objects
        assert objects.columns[0] == "image"
        assert objects["image"].tolist() == ["a.tif", "a.tif", "b.tif", "b.tif"]
        assert objects["label"].tolist() == [1, 2, 1, 2]
        # µm² where there is a pixel size, px² where there is none, never a number for the other
        assert objects["area_um2"].tolist()[:2] == [1.0, 0.25]
        assert objects["area_um2"].isna().tolist() == [False, False, True, True]
        assert objects["area_px2"].tolist()[2:] == [4.0, 1.0]
        assert objects["area_px2"].isna().tolist() == [True, True, False, False]
        assert objects["pixel_size_x_um"].tolist()[:2] == [0.5, 0.5]
        assert tables.images["image"].tolist() == ["a.tif", "b.tif"]
        assert tables.images["well"].tolist() == ["A01", "A02"]
        assert tables.images["n_objects"].tolist() == [2, 2]

    def test_names_survive_whatever_they_look_like(self, path):
        names = ["=1+1.tif", "+a", "-b", "@c", "001", "NA", "'x", 'with "quotes", and\nlines', "µ.tif"]
        table.write(Annotations([annotated(name) for name in names]), path)
        tables = table.read(path)
        assert tables.images["image"].tolist() == names
        assert tables.objects["image"].drop_duplicates().tolist() == names

    def test_no_objects_no_rows_but_the_image(self, path):
        empty = AnnotatedImage("a.tif", 3, 2, trace(np.zeros((2, 3), np.uint8)))
        table.write(Annotations([empty]), path)
        tables = table.read(path)
        assert len(tables.objects) == 0
        assert tables.images["n_objects"].tolist() == [0]

    def test_every_measure_has_a_definition(self, path):
        table.write(Annotations([annotated()]), path)
        known = {"image", "pixel_size_x_um", "pixel_size_y_um", "region"}
        columns = [column for column in table.read(path).objects.columns if column not in known]
        assert len(columns) > 20
        assert [column for column in columns if definition_of(column) is None] == []

    def test_finished_tables_part_by_part(self, path):
        parts = [
            pd.DataFrame({"image": ["a"], "label": [1], "area_um2": [2.5], "flag": [True]}),
            pd.DataFrame({"image": ["b"], "label": [2], "channel": ["gfp"], "area_um2": [None]}, dtype=object),
        ]
        table.write_tables(iter(parts), [pd.DataFrame({"image": ["a", "b"]})], path, run_card=CARD)
        objects = table.read(path).objects
        assert objects.columns.tolist() == ["image", "label", "area_um2", "flag", "channel"]
        assert objects["area_um2"].isna().tolist() == [False, True]
        assert objects["channel"].isna().tolist() == [True, False]
        assert objects["flag"].tolist()[0] in {True, "True"}


class TestCsv:
    def test_bytes_are_plain_and_a_missing_value_is_an_empty_cell(self, tmp_path):
        measured = pd.DataFrame({"image": ["=x"], "label": [1], "area_um2": [np.nan], "n_holes": [0], "note": ["a,b"]})
        table.write_tables([measured], [], tmp_path / "objects.csv", run_card={})
        text = (tmp_path / "objects.csv").read_bytes().decode("utf-8")
        assert text == 'image,label,area_um2,n_holes,note\n\'=x,1,,0,"a,b"\n'

    def test_a_header_cannot_be_a_formula_either(self, tmp_path):
        measured = pd.DataFrame({"image": ["a"], "label": [1], "=cmd": ["\t=1"]})
        table.write_tables([measured], [], tmp_path / "objects.csv", run_card={})
        with (tmp_path / "objects.csv").open(encoding="utf-8", newline="") as stream:
            head, row = list(csv.reader(stream))
        assert (head[2], row[2]) == ("'=cmd", "'\t=1")

    def test_a_table_of_another_name_keeps_its_images_beside_it(self, tmp_path):
        table.write(Annotations([annotated()]), tmp_path / "plate7.csv")
        assert sorted(file.name for file in tmp_path.iterdir()) == ["plate7.csv", "plate7_images.csv"]

    def test_the_run_card_is_said_to_be_lost(self, tmp_path, reasons):
        report = table.write(Annotations([annotated()], CARD), tmp_path / "objects.csv")
        assert "no run card" in reasons(report, "lost")


class TestXlsx:
    def test_openpyxl_finds_the_sheets_and_no_formula(self, tmp_path):
        table.write(Annotations([annotated("=1+1")], CARD), tmp_path / "a.xlsx")
        book = openpyxl.load_workbook(tmp_path / "a.xlsx")
        assert book.sheetnames == ["objects", "images", "definitions", "run"]
        cell = book["objects"]["A2"]
        assert (cell.value, cell.data_type) == ("=1+1", "s")
        assert book["objects"].freeze_panes == "B2"
        run = {row[0]: row[1] for row in book["run"].iter_rows(values_only=True)}
        assert run["model.name"] == "classical"
        assert run["threshold"] == "0.5"
        assert table.read(tmp_path / "a.xlsx").run_card["model.name"] == "classical"

    def test_each_column_is_defined_with_its_unit(self, tmp_path):
        table.write(Annotations([annotated(), annotated("b", None)]), tmp_path / "a.xlsx")
        book = openpyxl.load_workbook(tmp_path / "a.xlsx")
        rows = {row[0]: row for row in book["definitions"].iter_rows(values_only=True)}
        assert rows["area_um2"][1:4] == ("µm²", DEFINITIONS["area"].summary, DEFINITIONS["area"].formula)
        assert rows["area_px2"][1] == "px²"
        assert next(iter(NA_REASONS)) in rows, "the reasons in na_reasons are explained"

    def test_more_rows_than_a_sheet_holds_go_on_in_the_next(self, tmp_path, reasons):
        report = Report()
        with TableSpool() as objects, TableSpool() as images:
            objects.append(pd.DataFrame({"image": ["a"] * 7, "label": range(7)}))
            write_workbook(objects, images, tmp_path / "a.xlsx", {}, report, max_rows=3)
        book = openpyxl.load_workbook(tmp_path / "a.xlsx")
        assert book.sheetnames[:3] == ["objects", "objects (2)", "objects (3)"]
        assert "3 sheets" in reasons(report, "info")
        assert table.read(tmp_path / "a.xlsx").objects["label"].tolist() == list(range(7))

    def test_infinity_is_an_empty_cell_and_a_long_text_is_cut_and_named(self, tmp_path, reasons):
        measured = pd.DataFrame({"image": ["a"], "label": [1], "x": [np.inf], "flags": ["f" * 40_000]})
        report = table.write_tables([measured], [], tmp_path / "a.xlsx", run_card={})
        assert openpyxl.load_workbook(tmp_path / "a.xlsx")["objects"]["C2"].value is None
        assert "longer than 32,767" in reasons(report, "lost")


class TestParquet:
    def test_pyarrow_finds_types_definitions_and_the_run_card(self, tmp_path):
        table.write(Annotations([annotated()], CARD), tmp_path / "a.parquet")
        schema = pq.read_schema(tmp_path / "a.parquet")
        assert str(schema.field("label").type) == "int64"
        assert schema.field("area_um2").metadata[b"formula"].decode() == DEFINITIONS["area"].formula
        assert table.read(tmp_path / "a.parquet").run_card == CARD


class TestBadInput:
    @pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.parquet"])
    def test_damaged_missing_and_foreign_files(self, tmp_path, name):
        with pytest.raises(FormatError, match="there is no such file"):
            table.read(tmp_path / name)
        (tmp_path / name).write_bytes(b"\x00\xff nonsense")
        with pytest.raises(FormatError, match=r"cannot be read as a table|has no column"):
            table.read(tmp_path / name)

    def test_a_csv_of_something_else(self, tmp_path):
        (tmp_path / "a.csv").write_text("x,y\n1,2\n")
        with pytest.raises(FormatError, match="no column image and no column label"):
            table.read(tmp_path / "a.csv")

    def test_another_suffix(self, tmp_path):
        with pytest.raises(FormatError, match=r"\.csv, \.xlsx, \.parquet"):
            table.read(tmp_path / "a.ods")
        with pytest.raises(FormatError, match=r"\.csv, \.xlsx, \.parquet"):
            table.write(Annotations([]), tmp_path / "a.ods")


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".xlsx"])
def test_a_number_of_a_field_stays_whole_where_other_images_have_none(tmp_path, suffix):
    images = [annotated("a.tif", field=1), annotated("b.tif", field=None), annotated("c.tif", field=12)]
    table.write(Annotations(images), tmp_path / f"objects{suffix}")
    if suffix == ".csv":
        lines = (tmp_path / "images.csv").read_text("utf-8-sig").splitlines()
        assert [line.split(",")[-1] for line in lines] == ["field", "1", "", "12"]
    fields = table.read(tmp_path / f"objects{suffix}").images["field"]
    assert [None if pd.isna(each) else int(each) for each in fields] == [1, None, 12]


def test_mixed_kinds_in_one_column_become_text_and_lists_json(tmp_path):
    tables = [
        pd.DataFrame({"image": ["a", "b"], "label": [1, 2], "x": [1, "two"], "y": [[1, 2], {"k": 1}]}),
        pd.DataFrame({"image": ["c"], "label": [3], "x": [2.5], "z": pd.Categorical(["low"])}),
    ]
    table.write_tables(tables, [], tmp_path / "objects.csv", run_card={})
    objects = table.read(tmp_path / "objects.csv").objects
    assert objects["x"].tolist() == ["1", "two", "2.5"]
    assert objects["y"].tolist()[:2] == ["[1,2]", '{"k":1}']
    assert objects["z"].tolist()[2] == "low"
