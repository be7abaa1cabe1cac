"""An export says of each result how it came about."""

import io
import json
import zipfile


async def test_an_export_carries_one_run_card_a_result(lab, make_png):
    alice = await lab.person()
    project_id = await lab.project(alice, pixel_size_um=2.0)
    first, second = await lab.upload(alice, project_id, A01__png=make_png(seed=1), A02__png=make_png(seed=2))
    await lab.work()
    for image, threshold in ((first, 0.4), (second, 0.6)):
        answer = await alice.post(
            f"/api/v1/projects/{project_id}/runs",
            json={"model": "classical", "image_ids": [image["id"]], "parameters": {"threshold": threshold}},
        )
        assert answer.status_code == 201, answer.text
    await lab.work()
    export = await alice.post(f"/api/v1/projects/{project_id}/exports", json={"formats": ["csv", "coco"]})
    assert export.status_code in {201, 202}, export.text
    await lab.work()
    archive = await alice.get(f"/api/v1/exports/{export.json()['id']}/file")
    assert archive.status_code == 200, archive.text
    with zipfile.ZipFile(io.BytesIO(archive.content)) as files:
        cards = json.loads(files.read("run_cards.json"))
        (coco,) = [json.loads(files.read(name)) for name in files.namelist() if name == "coco.json"]
    assert {name: card["parameters"]["threshold"] for name, card in cards.items()} == {"A01.png": 0.4, "A02.png": 0.6}
    for image, name in ((first, "A01.png"), (second, "A02.png")):
        (version,) = (await alice.get(f"/api/v1/images/{image['id']}/results")).json()
        detail = (await alice.get(f"/api/v1/results/{version['id']}")).json()
        assert cards[name] == detail["run_card"]
    # a file that has room for one card says what holds for all of them, and nothing of one alone
    shared = coco["info"]["run_card"]
    assert shared["model"]["name"] == "classical"
    assert "parameters" not in shared
    assert "input" not in shared
