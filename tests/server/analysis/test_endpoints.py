"""The analysis of a plate in the service: layout, IC50, what is left out, the report with the command line's numbers."""

import io
import zipfile

import numpy as np
import pandas as pd
import pytest
from pypdf import PdfReader

from spheroseg.analysis import dose_response

DOSES = (0.0, 0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
REPLICATES = "AB"


def radius_of(dose: float, replicate: int) -> float:
    """Pixels; half of the untreated volume's excess over 14³ is left at 1 µM."""
    return float(np.cbrt(14**3 + (40**3 - 14**3) / (1 + dose))) + 0.4 * replicate


@pytest.fixture
async def plate(lab, make_png):
    """alice and her project: eight columns of two wells, imaged once, outlined by the classical engine."""
    alice = await lab.person()
    project_id = await lab.project(alice)
    files = {
        f"{row}{column:02d}_24h__png": make_png(radius_px=radius_of(dose, n), seed=column * 7 + n)
        for n, row in enumerate(REPLICATES)
        for column, dose in enumerate(DOSES, 1)
    }
    images = await lab.upload(alice, project_id, **files)
    await lab.work()
    assert (await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})).status_code == 201
    await lab.work()
    return alice, f"/api/v1/projects/{project_id}", images


def layout() -> list[dict[str, str]]:
    return [
        {
            "well": f"{row}{column}",
            "compound": "alpha" if dose else "",
            "dose": f"{dose:g}" if dose else "",
            "dose_unit": "µM" if dose else "",
            "control": "" if dose else "negative",
        }
        for row in REPLICATES
        for column, dose in enumerate(DOSES, 1)
    ]


async def keep(person, url, wells, exclusions=(), tag="0"):
    body = {"wells": wells, "exclusions": list(exclusions)}
    return await person.put(f"{url}/layout", json=body, headers={"If-Match": f'"{tag}"'})


def rows(answer, name: str) -> pd.DataFrame:
    table = answer.json()["tables"][name]
    return pd.DataFrame(table["rows"], columns=table["columns"])


async def test_from_a_layout_to_an_ic50_that_follows_what_is_left_out(plate):
    alice, url, _ = plate
    empty = await alice.get(f"{url}/layout")
    assert (empty.json()["version"], empty.headers["etag"]) == (0, '"0"')
    assert (await alice.get(f"{url}/analysis")).json()["fits"] == []  # every well is shown, none has a condition
    kept = await keep(alice, url, layout())
    assert kept.status_code == 200, kept.text
    told = await alice.get(f"{url}/analysis", params={"response": "volume"})
    assert told.status_code == 200, told.text
    wells = rows(told, "plate").set_index("well")
    assert set(wells["status"]) == {"used"}
    fit = told.json()["fits"][0]
    found = rows(told, "dose_response").iloc[0]
    # the numbers are those of the library on the same wells
    again = dose_response(np.array(fit["doses"]), np.array(fit["responses"]))
    assert found["ic50_relative"] == pytest.approx(again.ic50_relative.value)
    assert found["ic50_relative_low"] < 1.3
    assert found["ic50_relative_high"] > 0.7
    assert sorted(fit["wells"]) == sorted(wells.index)
    left_out = await keep(alice, url, layout(), [{"well": "A05", "reason": "bubble"}], tag="1")
    assert left_out.status_code == 200, left_out.text
    after = await alice.get(f"{url}/analysis", params={"response": "volume"})
    assert rows(after, "plate").set_index("well").loc["A05", "status"] == "by_hand"
    assert rows(after, "dose_response").iloc[0]["ic50_relative"] != found["ic50_relative"]
    assert rows(after, "left_out")["detail"].tolist() == ["bubble"]
    log = (await alice.get(f"{url}/log")).json()["items"]
    assert any("A05" in str(entry["details"]) for entry in log)


async def test_an_excluded_frame_counts_no_more_and_says_why(plate):
    alice, url, images = plate
    await keep(alice, url, layout())
    review = {"state": "excluded", "reason": "out_of_focus"}
    answer = await alice.put(f"/api/v1/images/{images[0]['id']}/frames/0/review", json=review)
    assert answer.status_code == 200, answer.text
    told = await alice.get(f"{url}/analysis")
    left = rows(told, "left_out")
    assert left["well"].tolist() == ["A01"]
    assert left["detail"].tolist() == ["out_of_focus"]


async def test_a_layout_that_makes_no_sense_is_refused_by_name(plate):
    alice, url, _ = plate
    for change, said in (
        ({"dose": "ten"}, "'ten'"),
        ({"dose": "-1"}, "negative"),
        ({"well": "MCF7"}, "MCF7"),
        ({"control": "maybe"}, "maybe"),
    ):
        wells = layout()
        wells[4] |= change
        answer = await keep(alice, url, wells)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_layout")
        assert said in answer.json()["detail"]
    assert (await keep(alice, url, layout(), [{"well": "nowhere"}])).json()["code"] == "invalid_layout"
    assert (await alice.put(f"{url}/layout", json={"wells": layout()})).status_code == 428
    assert (await keep(alice, url, layout())).status_code == 200
    assert (await keep(alice, url, layout())).status_code == 412
    answer = await alice.get(f"{url}/analysis", params={"time_h": 99})
    assert (answer.status_code, answer.json()["code"]) == (422, "not_analysable")
    assert "99 h" in answer.json()["detail"]


async def test_a_pasted_plate_is_understood(plate):
    alice, url, _ = plate
    text = "compound\t1\t2\nA\tcis\tcis\n\ndose (nM)\t1\t2\nA\t1\t0,5\n"
    answer = await alice.post(f"{url}/layout/read", json={"text": text})
    assert [(well["well"], well["dose"], well["dose_unit"]) for well in answer.json()["wells"]] == [
        ("A01", "1", "nM"), ("A02", "0.5", "nM"),
    ]  # fmt: skip
    answer = await alice.post(f"{url}/layout/read", json={"text": "nothing"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_layout")


async def test_the_report_says_the_same_in_every_form(plate):
    alice, url, _ = plate
    await keep(alice, url, layout())
    found = rows(await alice.get(f"{url}/analysis"), "dose_response").iloc[0]["ic50_relative"]
    html = await alice.get(f"{url}/analysis/report", params={"format": "html"})
    assert f"{found:.3g}" in html.text
    pdf = await alice.get(f"{url}/analysis/report", params={"format": "pdf"})
    assert f"{found:.3g}" in " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.content)).pages)
    archive = zipfile.ZipFile(io.BytesIO((await alice.get(f"{url}/analysis/report", params={"format": "zip"})).content))
    table = pd.read_csv(io.BytesIO(archive.read("dose_response.csv")))
    assert table["ic50_relative"].iloc[0] == pytest.approx(found, rel=1e-9)
    assert {"growth.csv", "plate.csv", "report.pdf"} <= set(archive.namelist())


async def test_only_editors_change_layouts(plate, lab):
    _, url, _ = plate
    stranger = await lab.person("stranger")
    for answer in (
        await stranger.get(f"{url}/layout"),
        await stranger.get(f"{url}/analysis"),
        await keep(stranger, url, layout()),
    ):
        assert answer.status_code == 404
