"""Tables of objects sorted, filtered and downloaded; statistics that agree with numpy; samples that are stable."""

import csv
import io
import json
import uuid
from pathlib import Path

import numpy as np
import openpyxl
import pytest
from sqlalchemy import text

from spheroseg.server.statistics.schemas import ObjectTable
from spheroseg.server.statistics.service import in_millimetres

RADII = {"A01": 20.0, "A02": 30.0, "B01": 40.0, "B02": 55.0}


@pytest.fixture
async def plate(lab, make_png):
    """alice and her project: four wells with one spheroid each, two with a pixel size (µm) and two without (px)."""
    alice = await lab.person()
    project_id = await lab.project(alice)
    files = {f"{well}__png": make_png(radius_px=radius, seed=n) for n, (well, radius) in enumerate(RADII.items())}
    images = await lab.upload(alice, project_id, **files)
    await lab.work()
    for image in images[2:]:
        url = f"/api/v1/images/{image['id']}"
        etag = (await alice.get(url)).headers["etag"]
        size = {"pixel_size_x_um": 2.0, "pixel_size_y_um": 2.0}
        assert (await alice.patch(url, json=size, headers={"If-Match": etag})).status_code == 200
    assert (await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})).status_code == 201
    await lab.work()
    return alice, f"/api/v1/projects/{project_id}", images


async def table(person, url, **params):
    rows, cursor = [], None
    while True:
        answer = await person.get(f"{url}/objects", params=params | ({"cursor": cursor} if cursor else {}))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        rows += [dict(zip(page["columns"], row, strict=True)) for row in page["rows"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return rows


async def test_a_table_is_sorted_by_any_column_over_results_of_different_units(plate):
    alice, url, _ = plate
    for descending in (False, True):
        rows = await table(alice, url, sort="area_um2", descending=descending, limit=1)
        known = [row["well"] for row in rows if row.get("area_um2") is not None]
        assert known == (["B02", "B01"] if descending else ["B01", "B02"])
        assert [row["well"] for row in rows][2:] == sorted(
            ["A01", "A02"],
            key=lambda well: next(row["result_id"] for row in rows if row["well"] == well),
            reverse=descending,
        )  # what is not known comes last
    rows = await table(alice, url, sort="well", descending=True, limit=3, columns=["well", "circularity", "area_px2"])
    assert [row["well"] for row in rows] == ["B02", "B01", "A02", "A01"]
    assert list(rows[0]) == ["well", "circularity", "area_px2"]
    assert rows[3]["area_px2"] == pytest.approx(np.pi * 20**2, rel=0.1)
    assert [row["well"] for row in await table(alice, url, sort="confidence", limit=1)]


async def test_a_table_is_filtered(plate):
    alice, url, images = plate
    assert [row["well"] for row in await table(alice, url, well="b1")] == ["B01"]
    assert [row["image"] for row in await table(alice, url, image_id=images[0]["id"])] == ["A01.png"]
    assert {row["well"] for row in await table(alice, url, where=["area_px2:ge:2000"])} == {"A02"}
    both = await table(alice, url, where=["area_um2:gt:1", "area_um2:lt:25000"])
    assert {row["well"] for row in both} == {"B01"}
    assert await table(alice, url, class_name="debris") == []
    assert await table(alice, url, flag="saturated") == []
    wrong = {"where": "area_px2:about:3", "sort": "no_such_column", "columns": "no_such_column"}
    codes = [(await alice.get(f"{url}/objects", params={name: value})).json()["code"] for name, value in wrong.items()]
    assert codes == ["invalid_condition", "unknown_column", "unknown_column"]
    answer = await alice.get(f"{url}/objects", params={"where": "perimeter_method:eq:1"})
    assert answer.json()["code"] == "unknown_column"


async def test_what_is_shown_is_downloaded(plate):
    alice, url, images = plate
    wanted = {
        "columns": ["image", "area_px2", "flags"],
        "sort": "area_px2",
        "descending": True,
        "where": ["area_px2:gt:1"],
    }
    answer = await alice.post(f"{url}/table", json={"format": "csv", **wanted})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].endswith("Spheroids.csv")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    shown = await table(alice, url, **wanted)
    assert [line["image"] for line in lines] == [row["image"] for row in shown] == ["A02.png", "A01.png"]
    assert [float(line["area_px2"]) for line in lines] == [row["area_px2"] for row in shown]
    answer = await alice.post(f"{url}/table", json={"format": "xlsx", **wanted})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    assert [[cell.value for cell in row][:2] for row in sheet.iter_rows()] == [
        ["image", "area_px2"],
        *([row["image"], row["area_px2"]] for row in shown),
    ]
    answer = await alice.post(f"{url}/table", json={"columns": ["well", "area_um2"], "unit": "mm"})
    small = {line["well"]: line["area_mm2"] for line in csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))}
    known = await table(alice, url, columns=["well", "area_um2"])
    assert {well: float(value) * 1e6 for well, value in small.items() if value} == pytest.approx(
        {row["well"]: row["area_um2"] for row in known if row["area_um2"] is not None}
    )
    refused = await alice.post(f"{url}/table", json={"columns": ["no_such_column"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown_column")
    # a file's name that a spreadsheet would run
    etag = (await alice.get(f"/api/v1/images/{images[0]['id']}")).headers["etag"]
    await alice.patch(f"/api/v1/images/{images[0]['id']}", json={"name": "=1+1.png"}, headers={"If-Match": etag})
    answer = await alice.post(f"{url}/table", json={"columns": ["image"], "sort": "image"})
    assert answer.content.decode("utf-8-sig").splitlines()[1] == "'=1+1.png"


COPIES = """
INSERT INTO objects (project_id, result_id, number, class_name, polygons, x_min, y_min, x_max, y_max, confidence, flags,
    measures, source, updated_at)
SELECT project_id, result_id, 1 + n, class_name, polygons, x_min, y_min, x_max, y_max, confidence, flags,
    measures[1:1] || (measures[2] * (0.5 + (n * 7919 % 1000) / 1000.0)) || measures[3:], source, updated_at
FROM objects, generate_series(1, :n) AS n WHERE number = 1
"""


async def test_statistics_are_those_of_the_numbers(lab, plate):
    alice, url, _ = plate
    async with lab.state.database.session() as session:
        await session.execute(text(COPIES), {"n": 300})
    rows = await table(alice, url, limit=5000)
    params = {"columns": ["area_px2", "circularity"], "group_by": "well"}
    statistics = (await alice.get(f"{url}/statistics", params=params)).json()
    assert [group["group"] for group in statistics["groups"]] == ["A01", "A02", "B01", "B02"]
    for group in statistics["groups"]:
        area, circularity = group["columns"]
        values = np.array([row["area_px2"] for row in rows if row["well"] == group["group"] and row.get("area_px2")])
        assert (group["n_objects"], area["n"], area["n_na"]) == (301, len(values), 301 - len(values))
        assert circularity["n"] == 301
        if not len(values):
            assert area["median"] is area["histogram"] is None
            continue
        quartiles = np.percentile(values, [0, 25, 50, 75, 100])
        assert [area[name] for name in ("min", "q1", "median", "q3", "max")] == pytest.approx(quartiles)
        assert (area["mean"], area["sd"]) == pytest.approx((values.mean(), values.std(ddof=1)))
        reach = 1.5 * (quartiles[3] - quartiles[1])
        assert area["whisker_low"] == pytest.approx(values[values >= quartiles[1] - reach].min())
        assert area["whisker_high"] == pytest.approx(values[values <= quartiles[3] + reach].max())
        counts, _ = np.histogram(values, bins=30, range=(area["histogram"]["low"], area["histogram"]["high"]))
        assert np.abs(np.array(area["histogram"]["counts"]) - counts).sum() <= 2  # a value on an edge of two bins
        assert sum(area["histogram"]["counts"]) == len(values)
    (whole,) = (await alice.get(f"{url}/statistics", params={"columns": "confidence"})).json()["groups"]
    assert (whole["group"], whole["n_objects"]) == (None, 1204)
    by_image = (await alice.get(f"{url}/statistics", params={"columns": "area_px2", "group_by": "image"})).json()
    assert sorted(group["label"] for group in by_image["groups"]) == [f"{well}.png" for well in RADII]
    for group_by in ("plate", "class_name", "time_s"):
        answer = await alice.get(f"{url}/statistics", params={"columns": "area_px2", "group_by": group_by})
        assert answer.status_code == 200, answer.text
        assert sum(group["n_objects"] for group in answer.json()["groups"]) == 1204
    assert (await alice.get(f"{url}/statistics", params={"columns": "none_such"})).json()["code"] == "unknown_column"


SAME_NUMBERS = json.loads((Path(__file__).parents[2] / "fixtures" / "summary.json").read_text(encoding="utf-8"))
"""Values and what they sum up to; `web/tests/analysis/statistics.test.ts` holds the page's own sums to the same."""


async def test_the_service_sums_up_as_the_page_does(lab, plate):
    alice, url, _ = plate
    values = SAME_NUMBERS["values"]
    async with lab.state.database.session() as session:
        await session.execute(text(COPIES), {"n": len(values) - 1})
        for number, value in enumerate(values, 1):
            await session.execute(
                text("UPDATE objects SET measures[2] = :value WHERE number = :number"),
                {"value": value, "number": number},
            )
    params = {"columns": "area_px2", "group_by": "well"}
    answer = (await alice.get(f"{url}/statistics", params=params)).json()
    (area,) = answer["groups"][0]["columns"]
    assert {name: area[name] for name in SAME_NUMBERS["summary"]} == pytest.approx(SAME_NUMBERS["summary"], rel=1e-5)


async def test_points_are_a_stable_sample_with_their_identity(lab, plate):
    alice, url, _ = plate
    async with lab.state.database.session() as session:
        await session.execute(text(COPIES), {"n": 6000})
    params = {"x": "area_px2", "y": "circularity", "group_by": "well"}
    sample = (await alice.get(f"{url}/scatter", params=params)).json()
    assert sample["n_objects"] == 2 * 6001
    assert 3000 < len(sample["points"]) <= 5000
    assert {point["group"] for point in sample["points"]} == {"A01", "A02"}
    again = (await alice.get(f"{url}/scatter", params=params)).json()
    assert again == sample
    one = sample["points"][0]
    rows = await table(alice, url, image_id=one["image_id"], where=[f"number:eq:{one['number']}"])
    assert [(row["area_px2"], row["circularity"], row["result_id"]) for row in rows] == [
        (one["x"], one["y"], one["result_id"])
    ]


async def test_a_project_without_objects_has_no_columns(lab):
    alice = await lab.person()
    url = f"/api/v1/projects/{await lab.project(alice)}"
    assert (await alice.get(f"{url}/objects")).json()["rows"] == []
    assert (await alice.get(f"{url}/statistics", params={"columns": "confidence"})).json()["groups"] == []
    assert (await alice.get(f"{url}/scatter", params={"x": "confidence", "y": "number"})).json()["points"] == []
    assert (await alice.get(f"/api/v1/projects/{uuid.uuid4()}/objects")).status_code == 404


def test_a_table_in_millimetres_has_other_names_and_numbers():
    columns = ["image", "area_um2", "feret_max_um", "volume_um3", "circularity"]
    page = ObjectTable(columns=columns, rows=[["A01.png", 2e6, 1500.0, None, 0.9]], next_cursor="more")
    shown = in_millimetres(page)
    assert shown.columns == ["image", "area_mm2", "feret_max_mm", "volume_mm3", "circularity"]
    assert shown.rows == [["A01.png", 2.0, 1.5, None, 0.9]]
    assert shown.next_cursor == "more"


async def test_conditions_of_the_layout_are_columns(plate):
    alice, url, images = plate
    before = await table(alice, url)
    assert "compound" not in before[0]
    wells = [
        {"well": "a1", "control": "negative", "cell_line": "HT-29"},
        {"well": "B1", "compound": "cisplatin", "dose": "0.5", "dose_unit": "µM", "cell_line": "HT-29"},
        {"well": "B2", "compound": "cisplatin", "dose": "3", "dose_unit": "µM"},
    ]
    at = f"/api/v1/images/{images[2]['id']}"
    tag = (await alice.get(at)).headers["etag"]
    assert (await alice.patch(at, json={"time_s": 5400, "plate": "P1"}, headers={"If-Match": tag})).status_code == 200
    kept = await alice.put(f"{url}/layout", json={"wells": wells}, headers={"If-Match": '"0"'})
    assert kept.status_code == 200, kept.text
    found = {row["well"]: row for row in await table(alice, url)}
    conditions = ("compound", "dose", "dose_unit", "cell_line", "control")
    assert [found["B01"][name] for name in conditions] == ["cisplatin", 0.5, "µM", "HT-29", None]
    assert [found["A01"][name] for name in conditions] == [None, None, None, "HT-29", "negative"]
    assert [found["A02"][name] for name in conditions] == [
        None
    ] * 5  # a well that the layout does not name is never a control
    assert (found["B01"]["time_h"], found["A01"]["time_h"]) == (1.5, None)
    assert "replicate" not in found["B01"]
    answer = await alice.post(
        f"{url}/table", json={"columns": ["well", "time_h", "compound", "dose"], "sort": "time_h"}
    )
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[:2] == [["well", "time_h", "compound", "dose"], ["B01", "1.5", "cisplatin", "0.5"]]
    book = await alice.post(f"{url}/table", json={"format": "xlsx"})
    header = [cell.value for cell in next(openpyxl.load_workbook(io.BytesIO(book.content)).active.rows)]
    assert set(conditions) <= set(header)
    # one plate's layout is not another's
    named = [well | {"plate": "P1"} for well in wells]
    assert (await alice.put(f"{url}/layout", json={"wells": named}, headers={"If-Match": '"1"'})).status_code == 200
    found = {row["well"]: row for row in await table(alice, url)}
    assert (found["B01"]["compound"], found["B02"]["compound"]) == ("cisplatin", None)
