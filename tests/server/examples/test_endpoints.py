"""The example project: images, layout and nothing doubled."""

from spheroseg.examples import plate


async def test_the_example_is_a_plate_with_its_layout(lab) -> None:
    alice = await lab.person()
    answer = await alice.post("/api/v1/examples", json={"name": "Example", "description": "Rendered"})
    assert answer.status_code == 201, answer.text
    project = answer.json()
    url = f"/api/v1/projects/{project['id']}"
    assert (project["name"], project["description"], project["role"]) == ("Example", "Rendered", "owner")
    layout = (await alice.get(f"{url}/layout")).json()
    assert [(w["well"], w["compound"], w["dose"], w["control"]) for w in layout["wells"]] == [
        (w["well"], w["compound"], w["dose"], w["control"]) for w in plate.layout()
    ]
    summary = (await alice.get(f"{url}/summary")).json()
    assert summary["n_images"] == len(plate.wells()) * len(plate.TIMES_H) == 352
    (batch,) = (await alice.get(f"{url}/upload-batches")).json()
    assert (batch["state"], batch["n_arrived"], batch["run"]["only_missing"]) == ("preparing", 352, True)


async def test_another_one_shares_the_bytes(lab) -> None:
    alice, bob = await lab.person(), await lab.person("bob")
    for person in (alice, bob):
        assert (await person.post("/api/v1/examples", json={"name": "Example"})).status_code == 201
    stored = [entry.key async for entry in lab.state.storage.list("files")]
    assert len(stored) == 352


async def test_no_room_is_said_and_leaves_nothing(lab) -> None:
    alice = await lab.person()
    lab.state.settings = lab.state.settings.model_copy(update={"max_project_images": 300})
    answer = await alice.post("/api/v1/examples", json={"name": "Example"})
    assert (answer.status_code, answer.json()["code"]) == (413, "quota_exceeded")
    assert (await alice.get("/api/v1/projects")).json()["items"] == []
    assert [entry.key async for entry in lab.state.storage.list("files")] == []
