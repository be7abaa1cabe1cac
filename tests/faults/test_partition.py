"""A worker that the network cuts off: another one takes its jobs, and what it answers later is dropped."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.faults.machines import Machines, pictures
from tests.fixtures.processes import free_port, wait_until

N_IMAGES = 10
WAY = """
import selectors, socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
chosen = selectors.DefaultSelector()
chosen.register(listener, selectors.EVENT_READ)
other = {}
while True:
    for key, _ in chosen.select():
        if key.fileobj is listener:
            near, _ = listener.accept()
            far = socket.socket(socket.AF_UNIX)
            far.connect(sys.argv[2])
            for one, two in ((near, far), (far, near)):
                other[one] = two
                chosen.register(one, selectors.EVENT_READ)
            continue
        one = key.fileobj
        if one not in other:
            continue
        try:
            data = one.recv(65536)
            if data:
                other[one].sendall(data)
        except OSError:
            data = b""
        if not data:
            for end in (one, other[one]):
                chosen.unregister(end)
                other.pop(end)
                end.close()
"""
"""The worker's way to the database: a process that can be stopped, as a switch that forwards nothing."""


@pytest.fixture
def machines(open_folder: Path) -> Iterator[Machines]:
    made = Machines(open_folder / "partition")
    yield made
    made.close()


def test_a_worker_that_is_cut_off(machines: Machines, tmp_path: Path) -> None:
    port = free_port()
    script = tmp_path / "way.py"
    script.write_text(WAY)
    sockets = machines.database.url().rpartition("host=")[2].replace("%2F", "/")
    way = subprocess.Popen([sys.executable, script, str(port), f"{sockets}/.s.PGSQL.5432"])
    try:
        machines.processes["worker"].terminate()
        machines.processes["worker"].wait(60)
        password = (machines.database.folder / "password").read_text()
        url = f"postgresql://spheroseg:{password}@127.0.0.1:{port}/spheroseg"
        machines.start("worker", SPHEROSEG_DATABASE_URL=url)
        client = machines.client
        project = client.create_project("Cut off", pixel_size_um=1.0)
        client.upload(project, pictures(tmp_path / "images", N_IMAGES))
        run = client.segment(project, "classical")
        machines.hold_at_work("segmentation:segment")
        way.send_signal(signal.SIGSTOP)  # nothing passes any more, in either direction
        machines.release()  # the worker goes on computing, and believes that the jobs are its own
        cut_off = machines.processes["worker"]
        machines.start("worker")  # another machine's
        machines.processes["cut off"] = cut_off
        wait_until(lambda: client.run(run).is_over, "the other worker does all of it")
        before = machines.ask("SELECT id, version, finished_at, attempts, n_objects FROM results ORDER BY id")
        way.send_signal(signal.SIGCONT)
        # the cut off one is heard of again: a new run is done by both
        again = client.segment(project, "classical", threshold=0.4)
        wait_until(lambda: client.run(again).is_over, "both do the next run")
        assert client.run(run).n_done == client.run(again).n_done == N_IMAGES
        ids = [row[0] for row in before]
        query = "SELECT id, version, finished_at, attempts, n_objects FROM results WHERE id = ANY(%s) ORDER BY id"
        assert machines.ask(query, ids) == before  # no late answer has changed anything
        taken_up = [row for row in before if row[3] > 1]
        assert len(taken_up) <= 3  # what it had in hand was done once more, and nothing else
        assert "job_taken_up" in machines.log_of("worker")
        assert all(row[4] == 1 for row in before)
        twice = machines.ask("SELECT result_id FROM objects GROUP BY result_id, number HAVING count(*) > 1")
        assert twice == []
    finally:
        way.send_signal(signal.SIGCONT)
        way.kill()
        way.wait()
