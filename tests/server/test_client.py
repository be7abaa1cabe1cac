"""The client against a real socket, database and worker: what a script does, from sign-up to a table."""

import asyncio

import pytest

from spheroseg.client import Client, ServiceError
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
        run = client.wait(client.segment(project, model="classical"), timeout_s=120)
        table = client.objects(project)
        files = client.download(project, out, ["csv", "masks"], timeout_s=120)
        with pytest.raises(ServiceError) as refused:
            client.segment(project, model="nonsense")
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


def test_a_service_that_is_not_there():
    with Client("http://127.0.0.1:9") as client, pytest.raises(ServiceError, match="cannot be reached"):
        client.projects()
