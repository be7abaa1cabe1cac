"""What the page of runs tells: who, which model in which version, what was chosen, and which image failed by its name."""

import datetime as dt
import io

import numpy as np
import pytest
from PIL import Image
from sqlalchemy import select, update

from spheroseg.server.resources.db import utc_now
from spheroseg.server.tables.projects import Project


async def started(person, project_id, **parameters):
    wanted = {"model": "classical", "parameters": parameters}
    answer = await person.post(f"/api/v1/projects/{project_id}/runs", json=wanted)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_run_says_who_started_it_which_version_and_what_was_chosen(lab, make_png):
    alice = await lab.person()
    project_id = await lab.project(alice, pixel_size_um=2.0)
    await lab.upload(alice, project_id, a__png=make_png())
    await lab.work()
    await started(alice, project_id, diameter_px=80, channel=0, z="max", region="net", rules="one_spheroid_a_well")
    await lab.work()
    (run,) = (await alice.get(f"/api/v1/projects/{project_id}/runs")).json()["items"]
    me = (await alice.get("/api/v1/users/me")).json()
    assert run["created_by_name"] == (me["name"] or me["email"])
    assert run["model_title"] == "Classical (no network)"
    assert run["parameters"] == {
        "diameter_px": 80, "channel": 0, "z": "max", "region": "net", "rules": "one_spheroid_a_well",
    }  # fmt: skip
    (result,) = (await alice.get(f"/api/v1/runs/{run['id']}/results")).json()["items"]
    assert (result["state"], result["region"], result["image_name"]) == ("done", "net", "a.png")


async def test_the_kind_of_a_project_chooses_the_rules_of_its_runs(lab, make_png):
    alice = await lab.person()
    project_id = await lab.project(alice, kind="one_spheroid_a_well")
    one = np.asarray(Image.open(io.BytesIO(make_png())))
    two = io.BytesIO()
    Image.fromarray(np.hstack((one, one))).save(two, "PNG")
    await lab.upload(alice, project_id, a__png=two.getvalue())
    await lab.work()
    assert (await started(alice, project_id))["parameters"]["rules"] == "one_spheroid_a_well"
    await lab.work()
    (image,) = (await alice.get(f"/api/v1/projects/{project_id}/images")).json()["items"]
    assert image["n_objects"] == 1
    # what is said goes over it
    await started(alice, project_id, rules="everything")
    await lab.work()
    (image,) = (await alice.get(f"/api/v1/projects/{project_id}/images")).json()["items"]
    assert image["n_objects"] == 2


async def test_failures_are_told_by_file_name(lab, make_png):
    alice = await lab.person()
    project_id = await lab.project(alice)
    await lab.upload(alice, project_id, well_B03__png=make_png())
    await lab.work()
    run = await started(alice, project_id, channel=3)
    await lab.work()
    (failed,) = (await alice.get(f"/api/v1/runs/{run['id']}/results?state=failed")).json()["items"]
    assert failed["image_name"] == "well_B03.png"


async def test_the_region_of_a_run_is_that_of_its_project_from_then_on(lab, make_png):
    alice = await lab.person()
    project_id = await lab.project(alice, pixel_size_um=2.0)
    await lab.upload(alice, project_id, a__png=make_png())
    await lab.work()
    first = await started(alice, project_id)
    await lab.work()
    assert first["parameters"] == {"region": "filled", "rules": "by_content"}
    await lab.upload(alice, project_id, b__png=make_png(seed=1))
    await lab.work()
    await started(alice, project_id, region="net")
    await lab.work()
    project = (await alice.get(f"/api/v1/projects/{project_id}")).json()
    assert (project["region"], project["version"]) == ("net", 2)
    (result,) = (await alice.get(f"/api/v1/runs/{first['id']}/results")).json()["items"]
    assert (result["region"], result["is_measuring"]) == ("net", False)  # the earlier one was measured again


async def test_what_the_images_are_made_of(lab, make_png):
    alice = await lab.person()
    project_id = await lab.project(alice)
    nothing = (await alice.get(f"/api/v1/projects/{project_id}/acquisition")).json()
    assert nothing == {
        "n_channels": 0,
        "channel_names": [],
        "n_slices": 0,
        "n_frames": 0,
        "pixel_sizes_um": [],
        "n_unsized": 0,
    }
    await lab.upload(alice, project_id, a__png=make_png(), b__png=make_png(seed=1))
    await lab.work()
    acquisition = (await alice.get(f"/api/v1/projects/{project_id}/acquisition")).json()
    assert {key: acquisition[key] for key in ("n_channels", "n_slices", "n_frames", "n_unsized")} == {
        "n_channels": 1, "n_slices": 1, "n_frames": 1, "n_unsized": 2,
    }  # fmt: skip


@pytest.mark.parametrize("what", ["upload", "run", "trash"])
async def test_whatever_happens_in_a_project_is_its_last_change(lab, make_png, what):
    alice = await lab.person()
    project_id = await lab.project(alice)
    (image,) = await lab.upload(alice, project_id, a__png=make_png())
    await lab.work()
    long_ago = utc_now() - dt.timedelta(days=3)
    async with lab.state.database.session() as session:
        await session.execute(update(Project).where(Project.id == project_id).values(updated_at=long_ago))
    before = (await alice.get(f"/api/v1/projects/{project_id}")).json()
    assert before["updated_at"].startswith(f"{long_ago:%Y-%m-%dT%H:%M}")
    if what == "upload":
        await lab.upload(alice, project_id, b__png=make_png(seed=2))
    elif what == "run":
        await started(alice, project_id)
        await lab.work()
    else:
        wanted = {"image_ids": [image["id"]]}
        assert (await alice.post(f"/api/v1/projects/{project_id}/images/trash", json=wanted)).is_success
    async with lab.state.database.session() as session:
        changed = await session.scalar(select(Project.updated_at).where(Project.id == project_id))
        version = await session.scalar(select(Project.version).where(Project.id == project_id))
    assert utc_now() - changed < dt.timedelta(hours=1)
    assert version == before["version"]  # nobody's change of the settings is refused for it


async def test_a_project_names_its_owner_to_its_members(lab):
    alice, bob = await lab.person(), await lab.person("bob")
    project_id = await lab.project(alice)
    await lab.member(project_id, bob, "viewer")
    me = (await alice.get("/api/v1/users/me")).json()
    (listed,) = (await bob.get("/api/v1/projects")).json()["items"]
    assert listed["owner_name"] == (me["name"] or me["email"])
