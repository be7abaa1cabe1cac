"""Wells, names and times of the series of one file, and what a project says about files that do not say it."""

import io

import numpy as np
import tifffile
from tests.fixtures.zeiss_czi import Block, write_czi

GREY = np.random.default_rng(0).integers(0, 4096, (64, 80)).astype(np.uint16)
SCENES = (
    "<ImageDocument><Metadata><Information><Image><Dimensions><S><Scenes>"
    '<Scene Index="0" Name="P1-D6"><ArrayName>D6</ArrayName></Scene>'
    '<Scene Index="1" Name="P1-D7"><ArrayName>D7</ArrayName></Scene></Scenes></S></Dimensions></Image></Information></Metadata>'
    "</ImageDocument>"
)


async def test_scenes_keep_their_own_wells_and_names(lab, tmp_path):
    write_czi(tmp_path / "a.czi", [Block(GREY, {"S": 0}), Block(GREY, {"S": 1})], xml=SCENES)
    alice = await lab.person()
    project_id = await lab.project(alice)
    await lab.upload(alice, project_id, plate_D06__czi=(tmp_path / "a.czi").read_bytes())
    await lab.work()
    await lab.work()  # the other series are jobs of the first one's

    async def listed():
        items = (await alice.get(f"/api/v1/projects/{project_id}/images")).json()["items"]
        return sorted((one["series"], one["well"], one["series_name"], one["state"]) for one in items)

    expected = [(0, "D06", "P1-D6", "ready"), (1, "D07", "P1-D7", "ready")]
    assert await listed() == expected
    answer = await alice.post(f"/api/v1/projects/{project_id}/names", json={"pattern": None})
    assert answer.status_code in {200, 202}, answer.text
    await lab.work()
    assert await listed() == expected  # reading the names again takes nothing away that the metadata say


async def test_a_project_says_what_pages_are_and_how_far_frames_are_apart(lab):
    stream = io.BytesIO()
    pages = np.stack([GREY + 10 * page for page in range(4)])
    tifffile.imwrite(stream, pages, metadata=None, photometric="minisblack")
    alice = await lab.person()
    project_id = await lab.project(alice, preferences={"axes": "t2c2", "interval": "4h"})
    (image,) = await lab.upload(alice, project_id, A01__tif=stream.getvalue())
    await lab.work()
    url = f"/api/v1/images/{image['id']}"
    detail = (await alice.get(url)).json()
    assert (detail["n_frames"], detail["n_channels"], detail["time_step_s"]) == (2, 2, 14_400), detail
    assert [frame["time_s"] for frame in (await alice.get(f"{url}/frames")).json()] == [0, 14_400]
    raw = await alice.get(f"{url}/tiles/0/0/0", params={"c": "1:0:1:ffffff", "frame": 1, "raw": True})
    assert (np.frombuffer(raw.content, "<u2").reshape(64, 80) == pages[3]).all()


async def test_pages_of_unknown_meaning_have_no_times(lab):
    stream = io.BytesIO()
    tifffile.imwrite(stream, np.stack([GREY] * 3), metadata=None, photometric="minisblack")
    alice = await lab.person()
    project_id = await lab.project(alice)
    (image,) = await lab.upload(alice, project_id, A01__tif=stream.getvalue())
    await lab.work()
    detail = (await alice.get(f"/api/v1/images/{image['id']}")).json()
    assert "unknown meaning" in " ".join(detail["notes"])
    frames = (await alice.get(f"/api/v1/images/{image['id']}/frames")).json()
    assert [frame["time_s"] for frame in frames] == [None, None, None]


async def test_an_unreadable_first_series_does_not_take_the_others_along(lab, tmp_path):
    write_czi(tmp_path / "a.czi", [Block(GREY, {"S": 0}, 5), Block(GREY, {"S": 1})], xml=SCENES)
    content = (tmp_path / "a.czi").read_bytes()
    at = content.index(b"\x28\xb5\x2f\xfd")  # where Zstandard begins
    alice = await lab.person()
    project_id = await lab.project(alice)
    await lab.upload(alice, project_id, plate__czi=content[:at] + bytes(4) + content[at + 4 :])
    await lab.work()
    await lab.work()
    items = (await alice.get(f"/api/v1/projects/{project_id}/images")).json()["items"]
    assert sorted((one["series"], one["state"], one["well"]) for one in items) == [
        (0, "failed", ""),
        (1, "ready", "D07"),
    ]


async def test_a_recording_that_was_copied_in_half_is_an_image_whose_lost_frames_fail_alone(lab, tmp_path):
    blocks = [Block(GREY, {"T": t, "C": c}, 5) for t in range(3) for c in range(2)]
    write_czi(tmp_path / "a.czi", blocks)
    content = (tmp_path / "a.czi").read_bytes()
    starts = [at for at in range(len(content)) if content[at : at + 4] == b"\x28\xb5\x2f\xfd"]
    content = content[: starts[2]] + bytes(8) + content[starts[2] + 8 :]  # the outlined channel of the second frame
    alice = await lab.person()
    project_id = await lab.project(alice)
    (image,) = await lab.upload(alice, project_id, A01__czi=content)
    await lab.work()
    detail = (await alice.get(f"/api/v1/images/{image['id']}")).json()
    assert (detail["state"], detail["n_frames"], detail["n_channels"]) == ("ready", 3, 2)
    assert "planes that cannot be read (counted from 0): frame 1, channel 0 – " in " ".join(detail["notes"])
    made = await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})
    await lab.work()
    run = (await alice.get(f"/api/v1/runs/{made.json()['id']}")).json()
    assert (run["n_done"], run["n_failed"]) == (2, 1)
    failures = (await alice.get(f"/api/v1/runs/{run['id']}/results", params={"state": "failed"})).json()["items"]
    assert [item["frame"] for item in failures] == [1]
    assert "frame 1, channel 0 (counted from 0): its pixels are damaged" in failures[0]["error_reason"]


async def test_names_in_the_same_folder_tell_a_well_from_a_cell_line(lab, make_png):
    alice = await lab.person()
    plate, flasks = [await lab.project(alice) for _ in range(2)]
    for project_id, names in ((plate, ("A01_24h", "D10_24h")), (flasks, ("E14_24h", "D10_24h"))):
        await lab.upload(alice, project_id, **{f"{name}__png": make_png() for name in names})
        await lab.work()
    places = []
    for project_id in (plate, flasks):
        items = (await alice.get(f"/api/v1/projects/{project_id}/images")).json()["items"]
        images = [(await alice.get(f"/api/v1/images/{item['id']}")).json() for item in items]
        places.append({image["name"]: (image["well"] or "", bool(image["notes"])) for image in images})
    assert places == [
        {"A01_24h.png": ("A01", False), "D10_24h.png": ("D10", False)},
        {"E14_24h.png": ("", True), "D10_24h.png": ("", True)},
    ]
