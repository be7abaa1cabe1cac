"""The analysis of a plate in the service: layout, IC50, what is left out, the report with the command line's numbers."""

import asyncio
import io
import re
import shutil
import subprocess
import sys
import uuid
import zipfile

import numpy as np
import pandas as pd
import psycopg
import pytest
from pypdf import PdfReader
from sqlalchemy.engine import make_url
from tests.server.fixtures.database import settings_of
from tests.server.fixtures.lab import lab_of

from spheroseg.analysis import dose_response
from spheroseg.server.app import build_services

DOSES = (0.0, 0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)
REPLICATES = "AB"


def radius_of(dose: float, replicate: int) -> float:
    """Pixels; half of the untreated volume's excess over 14³ is left at 1 µM."""
    return float(np.cbrt(14**3 + (40**3 - 14**3) / (1 + dose))) + 0.4 * replicate


async def build_plate(lab, make_png):
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
    return f"/api/v1/projects/{project_id}", images


@pytest.fixture(scope="module")
def built(cluster, application, warm_children, make_png, tmp_path_factory):
    """The plate, built once: its URL and images, the service's folder and the name of its database; tests have copies."""
    settings = settings_of(
        make_url(cluster.url()).set(database="plate").render_as_string(hide_password=False),
        tmp_path_factory.mktemp("plate"),
    )

    async def build():
        state = application.state.parts = build_services(settings)
        async with lab_of(application, state, warm_children) as lab:
            made = await build_plate(lab, make_png)
        await state.close()
        return *made, settings.data_dir

    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE plate TEMPLATE template")
        yield asyncio.run(build())
        connection.execute("DROP DATABASE plate WITH (FORCE)")


@pytest.fixture(scope="module")
def template(built):
    return "plate"


@pytest.fixture
async def plate(built, lab):
    """alice and her project, see `build_plate`; with an id of its own, by which compute children hold what they worked out."""
    old, images, folder = built
    shutil.copytree(folder, lab.state.settings.data_dir, dirs_exist_ok=True)
    project_id = uuid.uuid4()
    with psycopg.connect(lab.state.settings.database_url.get_secret_value()) as connection:
        connection.execute("SET session_replication_role = replica")  # no foreign key is looked after meanwhile
        tables = connection.execute(
            "SELECT table_name FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name) "
            "WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND column_name = 'project_id'"
        ).fetchall()
        for column, table in (("id", "projects"), *(("project_id", table) for (table,) in tables)):
            connection.execute(
                f"UPDATE {table} SET {column} = %s WHERE {column} = %s", (project_id, old.rsplit("/", 1)[1])
            )
    return await lab.person_again("alice@example.org"), f"/api/v1/projects/{project_id}", images


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
    analysis = await alice.get(f"{url}/analysis", params={"response": "volume"})
    assert analysis.status_code == 200, analysis.text
    wells = rows(analysis, "plate").set_index("well")
    assert set(wells["status"]) == {"used"}
    fit = analysis.json()["fits"][0]
    found = rows(analysis, "dose_response").iloc[0]
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
    as_if = await alice.get(f"{url}/analysis", params={"response": "volume", "include_excluded": True})
    assert rows(as_if, "dose_response").iloc[0]["ic50_relative"] == pytest.approx(found["ic50_relative"])
    log = (await alice.get(f"{url}/log")).json()["items"]
    assert any("A05" in str(entry["details"]) for entry in log)


async def test_an_excluded_frame_counts_no_more_and_says_why(plate):
    alice, url, images = plate
    await keep(alice, url, layout())
    review = {"state": "excluded", "reason": "out_of_focus"}
    answer = await alice.put(f"/api/v1/images/{images[0]['id']}/frames/0/review", json=review)
    assert answer.status_code == 200, answer.text
    analysis = await alice.get(f"{url}/analysis")
    left = rows(analysis, "left_out")
    assert left["well"].tolist() == ["A01"]
    assert left["detail"].tolist() == ["out_of_focus"]


async def test_images_that_failed_are_named_with_their_reason_and_well(plate, lab, make_png):
    alice, url, _ = plate
    wells = [*layout(), {"well": "A9", "compound": "alpha", "dose": "100", "dose_unit": "µM"}]
    assert (await keep(alice, url, wells)).status_code == 200
    before = await alice.get(f"{url}/analysis")
    project_id = url.rsplit("/", 1)[1]
    (dark,) = await lab.upload(alice, project_id, A09_24h__png=make_png())
    await lab.work()
    wanted = {"model": "classical", "image_ids": [dark["id"]], "parameters": {"channel": 3}}
    assert (await alice.post(f"{url}/runs", json=wanted)).status_code == 201
    cut = make_png(size_px=400)
    await lab.upload(alice, project_id, B09_24h__png=cut[: len(cut) // 2], notes__png=cut[: len(cut) // 3])
    await lab.work()
    for view in ({}, {"per_well": "median"}):
        answer = await alice.get(f"{url}/analysis", params=view)
        failed = rows(answer, "left_out").query("reason == 'failed_image'").sort_values("detail")
        assert failed["well"].tolist() == ["A09", "B09", ""]
        assert failed["name"].is_unique
        assert failed["name"].iloc[0] == "A09_24h.png"
        assert failed["time_h"].fillna(-1).tolist() == [24, 24, -1]
        assert (failed["n_objects"] == 0).all()
        details = [detail.partition(": ") for detail in failed["detail"]]
        assert [name for name, _, _ in details] == ["A09_24h.png", "B09_24h.png", "notes.png"]
        assert "channel 3" in details[0][2]
        assert all(len(reason) > 10 for _, _, reason in details)
        assert rows(answer, "plate").set_index("well").loc["A09", "status"] == "failed_image"
        assert rows(answer, "dose_response")["n_wells"].tolist() == rows(before, "dose_response")["n_wells"].tolist()
    film = (await alice.get(f"{url}/analysis/wells/A09")).json()
    assert [frame["name"] for frame in film["frames"]] == ["A09_24h.png"]
    assert (await alice.delete(f"/api/v1/images/{dark['id']}")).status_code in {200, 204}
    answer = await alice.get(f"{url}/analysis")
    assert "A09_24h.png" not in rows(answer, "left_out")["detail"].str.cat(), "what is gone failed no more"


async def test_a_layout_that_makes_no_sense_is_refused_by_name(plate):
    alice, url, _ = plate
    for change, reason in (
        ({"dose": "ten"}, "'ten'"),
        ({"dose": "-1"}, "negative"),
        ({"well": "MCF7"}, "MCF7"),
        ({"control": "maybe"}, "maybe"),
    ):
        wells = layout()
        wells[4] |= change
        answer = await keep(alice, url, wells)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_layout")
        assert reason in answer.json()["detail"]
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
    alice, url, images = plate
    await keep(alice, url, layout())
    found = rows(await alice.get(f"{url}/analysis"), "dose_response").iloc[0]["ic50_relative"]
    html = await alice.get(f"{url}/analysis/report", params={"format": "html"})
    assert f"{found:.3g}" in html.text
    assert "Images with their outlines at 24 h" in html.text
    assert "classical" in html.text.split("Run card")[1]  # how the outlines were made
    pdf = await alice.get(f"{url}/analysis/report", params={"format": "pdf"})
    assert f"{found:.3g}" in " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf.content)).pages)
    archive = zipfile.ZipFile(io.BytesIO((await alice.get(f"{url}/analysis/report", params={"format": "zip"})).content))
    table = pd.read_csv(io.BytesIO(archive.read("dose_response.csv")))
    assert table["ic50_relative"].iloc[0] == pytest.approx(found, rel=1e-9)
    assert {"growth.csv", "plate.csv", "report.pdf"} <= set(archive.namelist())
    names = {image["name"] for image in images}
    assert set(pd.read_csv(io.BytesIO(archive.read("review_order.csv")))["image"]) == names, "what a person can look up"
    rest = html.text.partition("look at these first")[2]
    assert any(name in rest for name in names)
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", rest.partition("Run card")[0])


async def test_the_command_line_says_the_same_of_the_services_own_table(plate, tmp_path):
    alice, url, images = plate
    await keep(alice, url, layout(), [{"well": "A05", "reason": "bubble"}])
    review = {"state": "excluded", "reason": "out_of_focus"}
    await alice.put(f"/api/v1/images/{images[10]['id']}/frames/0/review", json=review)
    analysis = await alice.get(f"{url}/analysis", params={"response": "diameter"})
    table = await alice.post(f"{url}/table", json={"include_excluded": True})
    assert table.status_code == 200, table.text
    (tmp_path / "objects.csv").write_bytes(table.content)
    pd.DataFrame(layout()).to_csv(tmp_path / "layout.csv", index=False)
    arguments = ["analyse", "objects.csv", "--layout", "layout.csv", "--out", "out", "--response", "diameter", "--exclude", "A05=bubble"]  # fmt: skip
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-m", "spheroseg", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for name in ("dose_response", "plate", "quality", "comparison"):
        by_cli, by_service = pd.read_csv(tmp_path / "out" / f"{name}.csv"), rows(analysis, name)
        assert list(by_cli.columns) == list(by_service.columns)
        numbers = [each for each in by_cli.select_dtypes("number") if not (by_service[each] == "").all()]  # no word
        assert {"response", "n_wells", "n_negative", "mean"} & set(numbers)
        np.testing.assert_allclose(by_service[numbers].astype(float), by_cli[numbers].astype(float), rtol=1e-6)
    left = pd.read_csv(tmp_path / "out" / "left_out.csv")
    assert set(left["detail"]) == set(rows(analysis, "left_out")["detail"]) == {"bubble", "out_of_focus"}


async def test_an_answer_is_kept_until_what_it_rests_on_changes(plate):
    alice, url, images = plate
    await keep(alice, url, layout())
    first = await alice.get(f"{url}/analysis")
    assert (await alice.get(f"{url}/analysis")).content == first.content
    before = rows(first, "plate").set_index("well").loc["A01", "response"]
    # a place that a person corrects
    at = f"/api/v1/images/{images[0]['id']}"
    tag = (await alice.get(at)).headers["etag"]
    assert (await alice.patch(at, json={"well": "H12"}, headers={"If-Match": tag})).status_code == 200
    moved = rows(await alice.get(f"{url}/analysis"), "plate").set_index("well")
    assert moved.loc["H12", "response"] == pytest.approx(before)
    assert moved.loc["A01", "status"] == "no_image"


async def test_medians_are_of_the_objects(plate):
    alice, url, _ = plate
    await keep(alice, url, layout())
    mean, median = [
        rows(await alice.get(f"{url}/analysis", params={"per_well": per_well}), "plate")
        for per_well in ("mean", "median")
    ]
    np.testing.assert_allclose(mean["response"].astype(float), median["response"].astype(float), rtol=1e-9)  # one each


async def test_only_editors_change_layouts(plate, lab):
    _, url, _ = plate
    stranger = await lab.person("stranger")
    for answer in (
        await stranger.get(f"{url}/layout"),
        await stranger.get(f"{url}/analysis"),
        await keep(stranger, url, layout()),
    ):
        assert answer.status_code == 404


async def test_a_well_of_one_plate_is_left_out_of_that_plate_alone(plate, lab, make_png):
    alice, url, images = plate
    twin = await lab.upload(alice, url.rsplit("/", 1)[1], A01_24h__png=make_png(seed=99))
    await lab.work()
    for image in [*images, *twin]:
        at = f"/api/v1/images/{image['id']}"
        plate_of = "P2" if image["well"].startswith("B") or image is twin[0] else "P1"
        tag = (await alice.get(at)).headers["etag"]
        answer = await alice.patch(at, json={"plate": plate_of}, headers={"If-Match": tag})
        assert answer.status_code == 200, answer.text
    wells = [{**well, "plate": "P2" if well["well"][0] == "B" else "P1"} for well in layout()]
    refused = await keep(alice, url, wells, [{"well": "A1", "reason": "bubble"}])
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_layout")
    assert "P1, P2" in refused.json()["detail"]
    kept = await keep(alice, url, wells, [{"plate": "P1", "well": "a1", "reason": "bubble"}])
    assert kept.status_code == 200, kept.text
    exclusion = kept.json()["exclusions"][0]
    assert (exclusion["plate"], exclusion["well"], exclusion["excluded_by"]) == ("P1", "A01", "alice")
    found = rows(await alice.get(f"{url}/analysis"), "plate")
    assert found.loc[found["status"] == "by_hand", ["plate", "well"]].to_numpy().tolist() == [["P1", "A01"]]
    # who was first stays written down
    again = await keep(alice, url, wells, [exclusion | {"excluded_by": "nobody", "reason": "a fibre"}], tag="1")
    stored = again.json()["exclusions"][0]
    assert stored == exclusion | {"reason": "a fibre"}
    left = rows(await alice.get(f"{url}/analysis"), "left_out")
    assert left[["detail", "by"]].to_numpy().tolist() == [["a fibre", "alice"]]


async def test_the_plate_says_what_was_reviewed_and_what_to_look_at_next(plate):
    alice, url, images = plate
    await keep(alice, url, layout())
    first = await alice.get(f"{url}/analysis/review-order")
    assert first.status_code == 200, first.text
    order = first.json()
    assert order["n_steps"] == len(order["steps"]) == 16
    assert {step["name"] for step in order["steps"]} == {image["name"] for image in images}
    factors = [step["ic50_factor"] or 0 for step in order["steps"]]
    assert factors == sorted(factors, reverse=True)
    assert order["compounds"][0]["compound"] == "alpha"
    assert set(rows(await alice.get(f"{url}/analysis"), "plate")["review"]) == {"unreviewed"}
    for image in images:
        answer = await alice.put(f"/api/v1/images/{image['id']}/frames/0/review", json={"state": "accepted"})
        assert answer.status_code == 200
    plate_rows = rows(await alice.get(f"{url}/analysis"), "plate")
    assert set(plate_rows["review"]) == {"accepted"}
    assert (plate_rows["n_reviewed"] == plate_rows["n_images"]).all()
    done = (await alice.get(f"{url}/analysis/review-order")).json()
    assert all(step["reviewed"] for step in done["steps"])
    assert (done["can_change"], done["compounds"][0]["n_to_review"]) == (False, 0)
    assert len((await alice.get(f"{url}/analysis/review-order", params={"limit": 3})).json()["steps"]) == 3


ALL = range(16)
ODD = {  # which wells of the layout, what they say instead, status, what the answer says
    "text dose": ([4], {"dose": "ten"}, 422, "'ten'"),
    "negative dose": ([4], {"dose": "-1"}, 422, "negative"),
    "NaN dose": ([4], {"dose": "nan"}, 422, "'nan'"),
    "impossible dose": ([4], {"dose": "1e-300"}, 422, "1e-300"),
    "doubled well": ([4], {"well": "A03"}, 422, "more than once"),
    "no well": ([4], {"well": ""}, 422, "no well"),
    "cell line as well": ([4], {"well": "MCF7"}, 422, "MCF7"),
    "unknown control": ([4], {"control": "maybe"}, 422, "maybe"),
    "no unit in one": ([4], {"dose_unit": ""}, 422, "no unit in A05"),
    "units of two kinds": ([4], {"dose_unit": "%"}, 422, "cannot be converted"),
    "text time of treatment": ([4], {"treatment_time_h": "noon"}, 422, "'noon'"),
    "units mixed": ([4], {"dose_unit": "nM"}, 200, "doses in nM (A05) were converted"),
    "unknown unit": (ALL, {"dose_unit": "drops"}, 200, "drops is no unit"),
    "fraction": (ALL, {"dose_unit": "fraction"}, 200, "more than the whole (1 fraction)"),
    "no dose": ([4], {"dose": ""}, 200, "no dose is given for A05"),
    "dose 0": ([4], {"dose": "0"}, 200, ""),
    "no control": (ALL, {"control": ""}, 200, "no negative control"),
    "unknown well": ([4], {"well": "H12"}, 200, "the layout names H12, which have no image"),
    "all excluded": (ALL, {"excluded": "spilt"}, 200, "no conclusions"),
    "too late": (ALL, {"treatment_time_h": "500"}, 422, "treatment (500 h)"),
}


@pytest.mark.timeout(300)
async def test_each_oddity_of_a_layout_is_named_in_every_answer(plate):
    alice, url, _ = plate
    version = 0
    for name, (which, instead, status, sentence) in ODD.items():
        wells = [well | (instead if n in which else {}) for n, well in enumerate(layout())]
        kept = await keep(alice, url, wells, tag=version)
        answers = [kept]
        if kept.status_code == 200:
            version += 1
            answers = [await alice.get(f"{url}/analysis"), await alice.get(f"{url}/analysis/review-order")]
            growth = await alice.get(f"{url}/analysis", params={"response": "growth-rate", "per_well": "median"})
            assert growth.status_code in {200, 422}, name
            report = await alice.get(f"{url}/analysis/report", params={"format": "html"})
            assert report.status_code == status, (name, report.text)
        else:
            assert kept.json()["code"] == "invalid_layout"
        assert {answer.status_code for answer in answers} == {status}, (name, answers[0].text)
        first = answers[0].json()
        assert sentence in (first["detail"] if status == 422 else " ".join(first["notes"])), (name, first.get("notes"))
