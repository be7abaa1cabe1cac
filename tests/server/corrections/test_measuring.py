"""After a change of pixel size or region every number is of the new one: no object is left out, none is in another scale."""

import io

import numpy as np
import pytest
import tifffile
from sqlalchemy import select

from spheroseg.server.compute.carried import carried_measures
from spheroseg.server.tables.audit import AuditEntry

HOLED = [[[20, 20], [60, 20], [60, 60], [20, 60]], [[30, 30], [30, 50], [50, 50], [50, 30]]]


@pytest.fixture
async def outlined(lab, make_png):
    """alice, her project without a pixel size, and the image and result of one object of the model and one drawn."""
    alice = await lab.person()
    project_id = await lab.project(alice)
    (image,) = await lab.upload(alice, project_id, A01__png=make_png())
    await lab.work()
    await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})
    await lab.work()
    (frame,) = (await alice.get(f"/api/v1/images/{image['id']}/frames")).json()
    await draw(alice, frame["result_id"], 1)
    return alice, project_id, image["id"], frame["result_id"]


async def draw(person, result_id, version):
    answer = await person.patch(
        f"/api/v1/results/{result_id}/objects",
        json={"kind": "edit", "operations": [{"op": "add", "class_name": "spheroid", "parts": [HOLED]}]},
        headers={"If-Match": f'"{version}"'},
    )
    assert answer.status_code == 200, answer.text


async def change(person, url, **values):
    answer = await person.patch(url, json=values, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text


async def resize(person, project_id, size_um):
    await change(person, f"/api/v1/projects/{project_id}", pixel_size_um=size_um)


async def measures(person, result_id):
    things = (await person.get(f"/api/v1/results/{result_id}/objects")).json()["items"]
    return {one["number"]: one["measures"] for one in things}


async def measuring(person, project_id):
    return (await person.get(f"/api/v1/projects/{project_id}/summary")).json()["n_measuring"]


async def test_a_pixel_size_that_comes_after_the_run_is_in_every_number(lab, outlined):
    alice, project_id, _, result_id = outlined
    before = await measures(alice, result_id)
    await resize(alice, project_id, 2.0)
    result = (await alice.get(f"/api/v1/results/{result_id}")).json()
    assert (result["is_measuring"], result["pixel_size_um"]) == (True, None)
    await lab.work()
    result = (await alice.get(f"/api/v1/results/{result_id}")).json()
    assert (result["is_measuring"], result["pixel_size_um"]) == (False, {"x": 2.0, "y": 2.0, "source": "project"})
    assert await measuring(alice, project_id) == 0
    after = await measures(alice, result_id)
    assert after.keys() == before.keys() == {1, 2}
    for number in after:
        assert after[number]["area_um2"] == pytest.approx(4 * before[number]["area_px2"])
        assert after[number]["perimeter_um"] == pytest.approx(2 * before[number]["perimeter_px"])
        assert after[number]["intensity_mean"] == pytest.approx(before[number]["intensity_mean"])
        assert not [name for name in after[number] if name.endswith(("_px", "_px2"))], "one unit a table"
    # what only the model knows comes along
    assert after[1]["equivalent_diameter_low_um"] == pytest.approx(2 * before[1]["equivalent_diameter_low_px"])
    table = (await alice.get(f"/api/v1/projects/{project_id}/objects")).json()
    areas = [row[table["columns"].index("area_um2")] for row in table["rows"]]
    assert sorted(areas) == pytest.approx(sorted(one["area_um2"] for one in after.values()))
    async with lab.state.database.session() as session:
        noted = await session.scalar(select(AuditEntry.details).where(AuditEntry.action == "project.change"))
    assert noted["n_measured_again"] == 1


async def test_a_changed_one_too_and_only_that_of_images_without_their_own(lab, outlined):
    alice, project_id, image_id, result_id = outlined
    await resize(alice, project_id, 2.0)
    await lab.work()
    before = await measures(alice, result_id)
    await change(alice, f"/api/v1/images/{image_id}", pixel_size_x_um=4.0, pixel_size_y_um=4.0)
    await lab.work()
    after = await measures(alice, result_id)
    for number in after:
        assert after[number]["area_um2"] == pytest.approx(4 * before[number]["area_um2"])
    await resize(alice, project_id, 9.0)
    assert await measuring(alice, project_id) == 0, "the image's own size counts"


async def test_the_region_too(lab, outlined):
    alice, project_id, _, result_id = outlined
    assert (await measures(alice, result_id))[2]["area_px2"] == pytest.approx(40 * 40)
    await change(alice, f"/api/v1/projects/{project_id}", region="net")
    await lab.work()
    assert (await measures(alice, result_id))[2]["area_px2"] == pytest.approx(40 * 40 - 20 * 20)


async def test_a_step_that_is_taken_back_brings_no_number_of_another_scale_back(lab, outlined):
    alice, project_id, _, result_id = outlined
    before = await measures(alice, result_id)
    await alice.patch(
        f"/api/v1/results/{result_id}/objects",
        json={"kind": "edit", "operations": [{"op": "remove", "number": 2}]},
        headers={"If-Match": '"2"'},
    )
    await resize(alice, project_id, 2.0)
    await lab.work()
    version = (await alice.get(f"/api/v1/results/{result_id}")).json()["version"]
    answer = await alice.post(f"/api/v1/results/{result_id}/undo", headers={"If-Match": f'"{version}"'})
    assert answer.status_code == 200, answer.text
    assert (await measures(alice, result_id))[2].get("area_um2") is None, "not known yet, and not the old one"
    await lab.work()
    after = await measures(alice, result_id)
    assert after[2]["area_um2"] == pytest.approx(4 * before[2]["area_px2"])


async def test_a_step_that_is_restored_across_scales_is_measured_again_and_an_export_meanwhile_has_no_number_of_it(
    lab, outlined
):
    alice, project_id, _, result_id = outlined
    url = f"/api/v1/results/{result_id}"
    before = await measures(alice, result_id)
    answer = await alice.patch(
        f"{url}/objects",
        json={"kind": "edit", "operations": [{"op": "remove", "number": number} for number in (1, 2)]},
        headers={"If-Match": '"2"'},
    )
    assert answer.status_code == 200, answer.text
    await resize(alice, project_id, 2.0)
    await lab.work()
    assert (await alice.get(url)).json()["pixel_size_um"]["y"] == 2.0, "also where there is no object"
    answer = await alice.post(f"{url}/restore", json={"sequence": 1}, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    assert [one["number"] for one in answer.json()["objects"]] == [1, 2]
    await draw(alice, result_id, answer.json()["version"])
    assert await measuring(alice, project_id) == 1
    asked = await alice.post(f"/api/v1/projects/{project_id}/exports", json={"formats": ["csv"]})
    assert asked.status_code == 201, asked.text
    await lab.work()
    export = (await alice.get(f"/api/v1/exports/{asked.json()['id']}")).json()
    assert export["state"] == "done", export
    after = await measures(alice, result_id)
    assert after.keys() == {1, 2, 3}
    for number in (1, 2):
        assert after[number]["area_um2"] == pytest.approx(4 * before[number]["area_px2"])
    assert after[3]["area_um2"] == pytest.approx(4 * before[2]["area_px2"])


async def test_whole_objects_are_not_called_cores(lab, outlined):
    alice, project_id, _, result_id = outlined
    before = await measures(alice, result_id)
    await change(alice, f"/api/v1/projects/{project_id}", region="core", pixel_size_um=2.0)
    await lab.work()
    result = (await alice.get(f"/api/v1/results/{result_id}")).json()
    assert (result["region"], result["pixel_size_um"]["x"]) == ("filled", 2.0)
    assert (await measures(alice, result_id))[2]["area_um2"] == pytest.approx(4 * before[2]["area_px2"])


async def test_a_pixel_size_that_is_taken_away_leaves_pixels_though_the_file_states_one(lab):
    alice = await lab.person()
    project_id = await lab.project(alice)
    disc = np.hypot(*np.mgrid[-64:64, -64:64]) < 30
    written = io.BytesIO()
    tifffile.imwrite(
        written, (disc * 200 + 20).astype(np.uint8), imagej=True, resolution=(2, 2), metadata={"unit": "um"}
    )
    (image,) = await lab.upload(alice, project_id, A01__tif=written.getvalue())
    await lab.work()
    await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})
    await lab.work()
    (frame,) = (await alice.get(f"/api/v1/images/{image['id']}/frames")).json()
    before = await measures(alice, frame["result_id"])
    assert before[1]["area_um2"] == pytest.approx(np.count_nonzero(disc) / 4, rel=0.1)
    await change(alice, f"/api/v1/images/{image['id']}", pixel_size_x_um=None, pixel_size_y_um=None)
    await lab.work()
    assert (await alice.get(f"/api/v1/results/{frame['result_id']}")).json()["pixel_size_um"] is None
    after = await measures(alice, frame["result_id"])
    assert after[1]["area_px2"] == pytest.approx(4 * before[1]["area_um2"])
    await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})
    await lab.work()
    (frame,) = (await alice.get(f"/api/v1/images/{image['id']}/frames")).json()
    assert "area_um2" not in (await measures(alice, frame["result_id"]))[1], "another run does not know one either"


def test_lengths_of_the_model_follow_the_pixel_size_by_their_power():
    old = {"area_px2": 9.0, "rim_px": 3.0, "core_area_px2": 5.0, "share": 0.5, "word": "a", "flag": True}
    assert carried_measures(old, ["area_um2"], None, (2.0, 2.0)) == {
        "rim_um": 6.0, "core_area_um2": 20.0, "share": 0.5, "word": "a", "flag": True
    }  # fmt: skip
    assert carried_measures({"rim_um": 6.0}, [], (2.0, 2.0), (1.0, 1.0)) == {"rim_um": 3.0}
    assert carried_measures({"rim_um": None}, [], (2.0, 2.0), None) == {"rim_px": None}
