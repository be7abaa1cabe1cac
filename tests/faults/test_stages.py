"""kill -9 of each process in the middle of each stage of an image's life: nothing lost, nothing twice, nothing half."""

from __future__ import annotations

import base64
import hashlib
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.faults.machines import EMAIL, PASSWORD, Machines, pictures
from tests.fixtures.processes import wait_until

N_IMAGES = 8


@pytest.fixture(scope="module")
def machines(open_folder: Path) -> Iterator[Machines]:
    """One service for all: it has to bear what it bore before."""
    made = Machines(open_folder / "stages")
    yield made
    made.close()


def areas(machines: Machines, project_id: str) -> dict[str, float]:
    """Area of each image's one spheroid; every image has exactly one, with every measure."""
    table = machines.patiently(lambda: machines.client.objects(project_id))
    assert not table.duplicated(["image", "number"]).any()
    assert (table.groupby("image").size() == 1).all()
    unit = "um" if "area_um2" in table else "px"
    assert table[f"area_{unit}2"].notna().all()
    return dict(zip(table["image"], table[f"area_{unit}2"], strict=True))


@pytest.mark.parametrize("victim", ["child", "worker", "api", "database"])
def test_a_death_at_each_stage_of_an_image(machines: Machines, tmp_path: Path, victim: str) -> None:
    client, images = machines.client, pictures(tmp_path / "images", N_IMAGES)
    project = machines.patiently(lambda: client.create_project(victim))
    wait_until(machines.is_idle, "the queue is empty")

    def killed_during(task: str) -> None:
        machines.hold_at_work(task)
        machines.kill(victim)
        machines.release()

    # preparation: thumbnail, size, name
    client.upload(project, images)
    killed_during("images:prepare")
    listed = [f"/projects/{project.id}/images"]
    wait_until(
        lambda: all(
            one["state"] == "ready" for one in machines.patiently(lambda: list(client._service.pages(listed[0])))
        ),
        "all images are ready",
    )
    shown = list(client._service.pages(listed[0]))
    assert sorted(one["name"] for one in shown) == [path.name for path in images]
    for one in shown:
        assert client._service.ask("GET", f"/images/{one['id']}/thumbnail").content[8:12] == b"WEBP"

    # a run
    run = machines.patiently(lambda: client.segment(project, "classical"))
    killed_during("segmentation:segment")
    wait_until(lambda: machines.patiently(lambda: client.run(run)).is_over, "the run is over")
    ended = machines.patiently(lambda: client.run(run))
    assert (ended.state, ended.n_done, ended.n_failed, ended.n_items) == ("done", N_IMAGES, 0, N_IMAGES)
    in_px = areas(machines, project.id)
    assert sorted(in_px) == [path.name for path in images]

    # everything measured again
    changed = client._service.ask(
        "PATCH", f"/projects/{project.id}", json={"pixel_size_um": 2.0}, headers={"If-Match": "*"}
    )
    assert changed.status_code == 200
    killed_during("corrections:measure")
    wait_until(
        lambda: machines.patiently(
            lambda: client._service.ask("GET", f"/projects/{project.id}/summary").json()["n_measuring"] == 0
        ),
        "everything is measured again",
    )
    assert areas(machines, project.id) == pytest.approx({name: 4 * area for name, area in in_px.items()})

    # an export
    order = client._service.ask("POST", f"/projects/{project.id}/exports", json={"formats": ["csv", "masks"]}).json()
    killed_during("exports:make")

    def export() -> str:
        return str(machines.patiently(lambda: client._service.ask("GET", f"/exports/{order['id']}")).json()["state"])

    wait_until(lambda: export() in {"done", "failed"}, "the export is made")
    assert export() == "done"
    files = client._fetch(f"/exports/{order['id']}/file", tmp_path / "export")
    assert sum(path.suffix == ".tif" for path in files) == N_IMAGES

    # deletion for good: the rows and the files
    client._service.ask("DELETE", f"/projects/{project.id}")
    client._service.ask("DELETE", f"/projects/{project.id}/forever")
    machines.kill(victim)
    wait_until(machines.is_idle, "the queue is empty")
    assert machines.ask("SELECT count(*) FROM results WHERE project_id = %s", project.id) == [(0,)]
    assert machines.ask("SELECT count(*) FROM objects WHERE project_id = %s", project.id) == [(0,)]


@pytest.mark.parametrize("victim", ["api", "database"])
def test_a_death_in_the_middle_of_a_resumable_upload(machines: Machines, tmp_path: Path, victim: str) -> None:
    (picture,) = pictures(tmp_path, 1, size_px=1200, first=20)
    data = picture.read_bytes()
    client = machines.client
    project = machines.patiently(lambda: client.create_project(f"upload {victim}"))
    tus = {"Tus-Resumable": "1.0.0"}
    name = base64.b64encode(picture.name.encode()).decode()
    created = client._service.ask(
        "POST",
        f"/projects/{project.id}/uploads",
        headers=tus | {"Upload-Length": str(len(data)), "Upload-Metadata": f"filename {name}"},
    )
    url = created.headers["Location"].removeprefix("/api/v1")
    piece = tus | {"Content-Type": "application/offset+octet-stream"}
    half = len(data) // 2
    client._service.ask("PATCH", url, content=data[:half], headers=piece | {"Upload-Offset": "0"})
    # the second half is on its way when the process dies
    with socket.create_connection(("127.0.0.1", machines.port)) as line:
        head = f"PATCH /api/v1{url} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data) - half}\r\n" + "".join(
            f"{key}: {value}\r\n"
            for key, value in (
                piece | {"Upload-Offset": str(half), "Authorization": client._service.http.headers["Authorization"]}
            ).items()
        )
        line.sendall(head.encode() + b"\r\n" + data[half : half + 1000])
        machines.kill(victim)
    offset = int(machines.patiently(lambda: client._service.ask("HEAD", url, headers=tus)).headers["Upload-Offset"])
    assert half <= offset <= half + 1000  # what was answered is kept; what was not may be
    ended = machines.patiently(
        lambda: client._service.ask("PATCH", url, content=data[offset:], headers=piece | {"Upload-Offset": str(offset)})
    )
    image_id = ended.headers["SpheroSeg-Image"]
    wait_until(
        lambda: (
            machines.patiently(lambda: client._service.ask("GET", f"/images/{image_id}")).json()["state"] == "ready"
        ),
        "the image is ready",
    )
    kept = client._service.ask("GET", f"/images/{image_id}/file").content
    assert hashlib.sha256(kept).digest() == hashlib.sha256(data).digest()


def test_an_edit_is_whole_or_not_there(machines: Machines, tmp_path: Path) -> None:
    """The API is killed while edits come without a pause: each that was answered is there, none is half there."""
    client = machines.client
    project = machines.patiently(lambda: client.create_project("edits", pixel_size_um=1.0))
    (image,) = client.upload(project, pictures(tmp_path, 1))
    client.wait(client.segment(project, "classical"))
    (frame,) = client._service.ask("GET", f"/images/{image.id}/frames").json()
    url = f"/results/{frame['result_id']}/objects"
    answered = 0
    for death in range(3):
        machines.client._service.ask("GET", url)
        for number in range(20):
            if number == 10:
                machines.processes["api"].send_signal(signal.SIGSTOP)  # the next request reaches a process that is dead
            x = 10.0 + 12 * (20 * death + number)
            ring = [[x, 10], [x + 8, 10], [x + 8, 18], [x, 18]]
            body = {"kind": "draw", "operations": [{"op": "add", "parts": [[ring]]}]}
            if number == 10:
                with pytest.raises(httpx.TransportError):
                    client._service.http.patch(url, json=body, headers={"If-Match": "*"}, timeout=0.5)
                machines.kill("api")
                break
            client._service.ask("PATCH", url, json=body, headers={"If-Match": "*"})
            answered += 1
    n_items = client._service.ask("GET", f"/results/{frame['result_id']}").json()["n_objects"]
    rows = machines.ask("SELECT count(*) FROM objects WHERE result_id = %s", frame["result_id"])
    assert [(n_items,)] == rows
    assert n_items == 1 + answered
    steps = machines.ask("SELECT count(*) FROM edits WHERE result_id = %s", frame["result_id"])
    assert steps == [(answered,)]


def test_all_of_them_at_once_and_the_account_lives(machines: Machines) -> None:
    """Everything dies, everything starts; what a power cut does to the disk as well is tried in `test_power_cut.py`."""
    for name in ("worker", "api"):
        machines.processes[name].kill()
    machines.kill("database")
    for name in ("worker", "api"):
        machines.processes[name].wait()
        machines.start(name)
    machines.client.sign_in(EMAIL, PASSWORD)
    names = {project.name for project in machines.client.projects()}
    assert {"upload api", "upload database", "edits"} <= names
