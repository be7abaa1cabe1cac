"""Objects that a project leaves out: kept, out of tables, statistics and exports, with their reason when asked for."""

import csv
import io
import zipfile

import pytest

from spheroseg.server.results.exclusion import ObjectExclusion

RADII = {"A01": 20.0, "A02": 30.0, "A03": 45.0}


@pytest.fixture
async def three(lab, make_png):
    """alice and her project: three wells with one spheroid each, of 80, 120 and 180 µm."""
    alice = await lab.person()
    project_id = await lab.project(alice, pixel_size_um=2.0)
    files = {f"{well}__png": make_png(radius_px=radius, seed=n) for n, (well, radius) in enumerate(RADII.items())}
    await lab.upload(alice, project_id, **files)
    await lab.work()
    assert (await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})).status_code == 201
    await lab.work()
    return alice, f"/api/v1/projects/{project_id}"


async def leave_out(person, url, **rules):
    etag = (await person.get(url)).headers["etag"]
    answer = await person.patch(url, json={"exclusion": rules or None}, headers={"If-Match": etag})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def wells(person, url, **params):
    table = (await person.get(f"{url}/objects", params=params)).json()
    rows = [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]
    return {row["well"]: row["excluded"] for row in rows}


async def exported(lab, person, url, **options):
    asked = await person.post(f"{url}/exports", json={"formats": ["csv"], **options})
    await lab.work()
    archive = await person.get(f"/api/v1/exports/{asked.json()['id']}/file")
    with zipfile.ZipFile(io.BytesIO(archive.content)) as files:
        text = files.read("objects.csv").decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


async def test_what_is_left_out_comes_back_when_the_rule_goes(lab, three):
    alice, url = three
    changed = await leave_out(alice, url, min_diameter_um=100, max_diameter_um=150)
    assert changed["exclusion"]["min_diameter_um"] == 100
    assert await wells(alice, url) == {"A02": ""}
    assert await wells(alice, url, include_left_out=True) == {"A01": "too_small", "A02": "", "A03": "too_large"}
    answer = await alice.get(f"{url}/statistics", params={"columns": "area_um2", "group_by": "none"})
    assert [group["n_objects"] for group in answer.json()["groups"]] == [1]
    await leave_out(alice, url)
    assert await wells(alice, url) == {"A01": "", "A02": "", "A03": ""}


async def test_an_export_says_why(lab, three):
    alice, url = three
    assert "excluded" not in (await exported(lab, alice, url))[0]
    await leave_out(alice, url, min_diameter_um=100)
    assert len(await exported(lab, alice, url)) == 2
    reasons = [row["excluded"] for row in await exported(lab, alice, url, include_excluded=True)]
    assert sorted(reasons) == ["", "", "too_small"]


async def test_rules_that_leave_nothing_are_refused(three):
    alice, url = three
    etag = (await alice.get(url)).headers["etag"]
    wrong = {"exclusion": {"min_diameter_um": 50, "max_diameter_um": 50}}
    assert (await alice.patch(url, json=wrong, headers={"If-Match": etag})).status_code == 422


@pytest.mark.parametrize(
    ("measures", "flags", "reasons"),
    [
        ({"equivalent_diameter_um": 99.0, "circularity": 0.9, "confidence": 0.9}, [], ["too_small"]),
        ({"equivalent_diameter_um": 100.0, "circularity": 0.5, "confidence": 0.5}, [], []),
        ({"circularity": 0.4, "confidence": 0.2}, ["debris"], ["debris", "not_round", "unsure"]),
        ({}, ["touches_border", "low_contrast"], ["touches_border"]),
    ],
)
def test_the_reasons_of_an_object(measures, flags, reasons):
    rules = ObjectExclusion(
        touches_border=True, min_diameter_um=100, min_circularity=0.5, min_confidence=0.5, flags=["debris"]
    )
    assert rules.reasons(measures.get, flags) == reasons
