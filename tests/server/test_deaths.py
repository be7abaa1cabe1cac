"""A whole service whose model, worker, database and API are killed in the middle of a run of the network: nothing lost, nothing twice."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from tests.server.fixtures.pictures import spheroid_png
from tests.server.processes.test_supervise import Service, wait_until

from spheroseg.client import Client, Run
from spheroseg.errors import SpheroSegError

N_IMAGES = 120
NEW = ("me@example.org", "correct horse battery")


def patiently(ask: Callable[[], Run]) -> Run:
    """The answer, from a service that is being started again."""
    deadline = time.monotonic() + 120
    while True:
        try:
            return ask()
        except SpheroSegError:
            assert time.monotonic() < deadline
            time.sleep(0.2)


def process_of_the_model(worker: int) -> int:
    """The worker's child that has the model in memory: it is the largest."""
    children = psutil.Process(worker).children()
    return int(max(children, key=lambda child: child.memory_info().rss).pid)


@pytest.mark.slow  # starts a whole service and kills its parts
def test_a_run_survives_the_death_of_every_part(open_folder: Path, tmp_path: Path) -> None:
    for number in range(N_IMAGES):
        picture = spheroid_png(size_px=700, radius_px=60 + number % 60, seed=number)
        (tmp_path / f"A{number + 1:02d}.png").write_bytes(picture)
    service = Service(open_folder / "deaths")
    client = Client(service.url)
    try:
        client.sign_up(*NEW)
        client.sign_in(*NEW)
        project = client.create_project("Deaths", pixel_size_um=1.0)
        assert len(client.upload(project, tmp_path)) == N_IMAGES
        run = client.segment(project, "spheroid", diameter_px=150)
        n_done = 0
        for name in ("model", "worker", "postgres", "api"):

            def goes_on(least: int = n_done) -> bool:
                now = patiently(lambda: client.run(run))
                return now.n_done > least and now.n_running > 0

            wait_until(goes_on)
            if name == "model":  # its worker goes on, and starts another one
                os.kill(process_of_the_model(service.children()["worker"]), signal.SIGKILL)
            else:
                os.kill(service.children()[name], signal.SIGKILL)
                what = "database" if name == "postgres" else name
                service.wait_for(rf"{what} was killed by SIGKILL; starting it again")
            n_done = patiently(lambda: client.run(run)).n_done
            assert n_done < N_IMAGES, "it was over before the death"
        wait_until(lambda: patiently(lambda: client.run(run)).state == "done")
        ended = patiently(lambda: client.run(run))
        assert (ended.n_done, ended.n_failed, ended.n_items) == (N_IMAGES, 0, N_IMAGES)
        table = client.objects(project)
        assert sorted(table["image"].unique()) == sorted(path.name for path in tmp_path.glob("*.png"))
        assert not table.duplicated(["image", "number"]).any()
        one_each = table.groupby("image").size()
        assert (one_each == 1).all(), one_each
    finally:
        client.close()
        service.process.terminate()
        service.process.wait(60)
