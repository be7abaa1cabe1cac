"""The client against a real socket, database and worker: what a script does, from sign-up to a table."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import PIL.Image
import pytest
from tests.fixtures.operetta_plate import operetta

from spheroseg.client import Client, ServiceError
from spheroseg.client.folders import belongs_together
from spheroseg.errors import ParameterError

PASSWORD = "a long enough passphrase of nobody"


def script(url, folder, out):
    with Client(url) as client:
        client.sign_up("carol@example.org", PASSWORD)
        client.sign_in("carol@example.org", PASSWORD)
        project = client.create_project("Plate 7", pixel_size_um=2.0)
        seen = []
        uploaded = client.upload(project, folder, progress=lambda done, n: seen.append((done, n)))
        again = client.upload(project, folder)
        everything = client.changes(project)
        assert sorted(image["name"] for image in everything.images) == ["A01.png", "A02.png", "A03.png"]
        assert "project.create" in {entry["action"] for entry in client.history(project)}
        assert everything.removed == client.changes(project, everything.since).removed == ()
        run = client.wait(client.segment(project, model="classical"), timeout_s=120)
        table = client.objects(project)
        files = client.download(project, out, ["csv", "masks"], timeout_s=120)
        with pytest.raises(ServiceError) as refused:
            client.segment(project, model="nonsense")
        first, *_ = client.to_review(project)
        client.review(first["image_id"], "excluded", reason="debris", note="a hair")
        assert [one["image"] for one in client.to_review(project, state="excluded")] == [first["image"]] == ["A01.png"]
        assert sorted(client.objects(project)["well"]) == ["A02", "A03"]
        largest = client.download_table(
            project, out / "largest.csv", columns=["well", "area_um2"], sort="area_um2", descending=True
        )
        assert pd.read_csv(largest)["well"].tolist() == ["A03", "A02"]
        with pytest.raises(ParameterError):
            client.download_table(project, out / "table.txt")
        with pytest.raises(ParameterError):
            client.upload(project, [folder / "missing.png"])
        return seen, uploaded, again, run, table, files, refused.value, client.projects()


async def test_from_sign_up_to_a_table(lab, make_png, tmp_path):
    folder = tmp_path / "plate7"
    folder.mkdir()
    for i in range(3):
        (folder / f"A0{i + 1}.png").write_bytes(make_png(seed=i, radius_px=25 + 5 * i))
    async with lab.serving() as url:
        done = await asyncio.to_thread(script, url, folder, tmp_path / "out")
    seen, uploaded, again, run, table, files, refused, projects = done
    assert seen == [(3, 3)]
    assert [image.is_duplicate for image in uploaded + again] == [False] * 3 + [True] * 3
    assert (run.state, run.n_done) == ("done", 3)
    assert sorted(table["well"]) == ["A01", "A02", "A03"]
    areas = table.sort_values("well")["area_um2"].to_numpy()
    assert (areas[1:] > areas[:-1]).all()
    names = sorted(file.relative_to(tmp_path / "out").as_posix() for file in files)
    assert "objects.csv" in names
    assert [name for name in names if name.startswith("masks/")] == [
        "masks/plate7/A01.tif", "masks/plate7/A02.tif", "masks/plate7/A03.tif"
    ]  # fmt: skip
    assert (refused.status, refused.code) == (422, "unknown_model")
    assert [project.name for project in projects] == ["Plate 7"]


def upload_plate(url, folder):
    with Client(url) as client:
        client.sign_up("carol@example.org", PASSWORD)
        client.sign_in("carol@example.org", PASSWORD)
        project = client.create_project("Plate 7")
        seen = []
        upload_set = client.upload_folder(project, folder, progress=lambda done, n: seen.append((done, n)))
        with pytest.raises(ParameterError):
            client.upload_folder(project, folder / "nowhere")
        return upload_set, seen, client.changes(project).images


async def test_a_plate_s_folder_goes_as_a_whole(lab, tmp_path):
    for name, content in operetta().items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    assert belongs_together(tmp_path / "Plate1")
    async with lab.serving() as url:
        upload_set, seen, images = await asyncio.to_thread(upload_plate, url, tmp_path / "Plate1")
    assert (upload_set["state"], upload_set["n_added"], upload_set["found"]["n_images"]) == ("added", 2, 2)
    assert upload_set["found"]["plates"][0]["summary"].startswith("Operetta/Phenix plate")
    assert seen[-1] == (len(operetta()),) * 2
    assert sorted(image["name"] for image in images) == ["A01_f1.ome.tif", "A02_f1.ome.tif"]


def test_a_folder_of_images_does_not(tmp_path):
    for name in ("one.tif", "two.tif"):
        (tmp_path / name).write_bytes(b"II*\0")
    assert not belongs_together(tmp_path)


GUIDE = Path(__file__).parents[2] / "docs" / "how-to" / "script-the-service.md"


async def test_the_script_of_the_guide_runs_as_it_is_printed(lab, make_png, tmp_path):
    folder = tmp_path / "plate7"
    folder.mkdir()
    (folder / "B02.png").write_bytes(make_png(radius_px=30))
    (code,) = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert "http://127.0.0.1:8000" in code
    async with lab.serving() as url:
        done = await asyncio.to_thread(
            subprocess.run, [sys.executable, "-c", code.replace("http://127.0.0.1:8000", url)],
            cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^B02 +\d", done.stdout, re.MULTILINE), done.stdout
    assert (tmp_path / "results" / "objects.csv").is_file()


def test_a_service_that_is_not_there():
    with Client("http://127.0.0.1:9") as client, pytest.raises(ServiceError, match="cannot be reached"):
        client.projects()


async def test_an_upload_from_the_command_line_tells_each_outcome(lab, make_png, tmp_path):
    """A folder with images, masks, a thumbnail, a damaged file and a kind that is not read; a plate; a file that is missing."""
    mixed = tmp_path / "mixed"
    (mixed / "masks").mkdir(parents=True)
    (mixed / "B02.png").write_bytes(make_png(seed=1))
    (mixed / "B03.png").write_bytes(make_png(seed=2))
    (mixed / "B03_thumb.png").write_bytes(make_png(seed=2))
    (mixed / "cut.png").write_bytes(make_png(seed=3)[:200])
    (mixed / "notes.ims").write_bytes(bytes(64))
    labels = np.zeros((40, 40), np.uint8)
    labels[10:20, 10:20] = 1
    PIL.Image.fromarray(labels).save(mixed / "masks" / "B02.png")
    for name, content in operetta().items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    def upload(url):
        with Client(url) as client:
            client.sign_up("carol@example.org", PASSWORD)
            client.sign_in("carol@example.org", PASSWORD)
            project = client.create_project("Mixed").id
            token = client._service.ask(
                "POST", "/auth/tokens", json={"name": "cli", "scopes": ["read", "write"]}
            ).json()
            command = [
                sys.executable, "-m", "spheroseg", "remote", "upload", project, mixed, tmp_path / "Plate1",
                tmp_path / "nowhere.tif", "--url", url, "--token", token["token"],
            ]  # fmt: skip
            done = [subprocess.run(command, capture_output=True, text=True, timeout=240, check=False) for _ in range(2)]
            return done, client.changes(project).images

    async with lab.serving() as url:
        (first, again), images = await asyncio.to_thread(upload, url)
    assert first.returncode == 1, "something failed"
    output = first.stderr
    assert "1 file left out: label masks beside their images" in output
    assert "1 file left out: thumbnails" in output
    assert "1 file of kinds that are not read: .ims" in output
    assert "cut.png: the PNG file is truncated" in output
    assert "nowhere.tif: there is no such file" in output
    assert "Operetta/Phenix plate" in output
    assert "Done: 4 images, 2 failed." in output
    assert sorted(image["name"] for image in images if image["state"] == "ready") == [
        "A01_f1.ome.tif", "A02_f1.ome.tif", "B02.png", "B03.png"
    ]  # fmt: skip
    assert "were there already" in again.stderr
    assert "Traceback" not in output + again.stderr
