"""The power fails: what nobody had forced onto the disk is gone. What was answered must be there all the same."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import signal
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.faults.machines import EMAIL, PASSWORD, Machines, pictures
from tests.fixtures.processes import wait_until
from tests.fixtures.tools import missing

N_IMAGES = 8
EXT4_IOC_SHUTDOWN, WITHOUT_FLUSHING_THE_LOG = 0x8004587D, 2


class Disk:
    """A disk of its own (ext4 in a file) whose power can be cut: written data and names that were not flushed are lost."""

    def __init__(self, folder: Path) -> None:
        self.file, self.folder = folder / "disk.img", folder / "disk"
        self.folder.mkdir()
        with self.file.open("wb") as file:
            file.truncate(1_500_000_000)
        subprocess.run(["mkfs.ext4", "-q", "-F", self.file], check=True)
        self.mount()
        self.folder.chmod(0o711)

    def mount(self) -> None:
        subprocess.run(["mount", "-o", "loop", self.file, self.folder], check=True)

    def unmount(self) -> bool:
        return subprocess.run(["umount", self.folder], check=False, capture_output=True).returncode == 0

    def plug_in_again(self) -> None:
        """Mount what the disk holds, as another disk: a program in a mount namespace of its own (a container that is being
        built meanwhile) keeps the stopped file system alive, and to mount the same disk would give that one back."""
        old, self.file = self.file, self.file.with_name(f"again-{self.file.name}")
        subprocess.run(["cp", "--sparse=always", old, self.file], check=True)
        old.unlink()
        self.mount()

    def cut_power(self) -> None:
        """The file system stops at once: no page and no entry of its journal is written any more."""
        descriptor = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, EXT4_IOC_SHUTDOWN, struct.pack("I", WITHOUT_FLUSHING_THE_LOG))
        finally:
            os.close(descriptor)


@pytest.fixture
def disk(open_folder: Path) -> Iterator[Disk]:
    if os.geteuid() != 0:
        pytest.skip("only root mounts a disk")
    folder = Path(tempfile.mkdtemp(prefix="power-", dir=open_folder))
    folder.chmod(0o711)
    try:
        made = Disk(folder)
    except subprocess.CalledProcessError as error:
        missing(f"no disk in a file can be mounted here ({error})")
    yield made
    subprocess.run(["umount", "-l", made.folder], check=False)


def cut(machines: Machines, disk: Disk) -> None:
    """The disk stops, then everything that runs on it; then all starts again from what the disk holds."""
    disk.cut_power()
    family = [psutil.Process(machines.database.pid)]
    family += [psutil.Process(process.pid) for process in machines.processes.values()]
    family += [child for one in family for child in one.children(recursive=True)]
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):  # some end by themselves when their disk stops
            process.kill()
    psutil.wait_procs(family)
    for started in machines.processes.values():
        started.wait()
    machines.database.stop()
    wait_until(disk.unmount, "the disk can be taken out")
    disk.plug_in_again()
    machines.database.start()
    machines.start("api")
    machines.start("worker")


def test_what_was_answered_outlives_a_power_cut(disk: Disk, tmp_path: Path) -> None:
    machines = Machines(disk.folder / "machines")
    try:
        client = machines.client
        project = client.create_project("Power", pixel_size_um=1.0)
        (image, *_) = client.upload(project, pictures(tmp_path / "first", N_IMAGES))
        client.wait(client.segment(project, "classical"))
        (frame,) = client._service.ask("GET", f"/images/{image.id}/frames").json()
        objects = f"/results/{frame['result_id']}/objects"
        kept: dict[str, bytes] = {}
        answered, runs = 0, []
        for round_number in range(3):
            # in the middle of a run of which something is done already; people upload and edit, then it is dark
            run = client.segment(project, "classical", threshold=0.4 + round_number / 20)
            runs.append(run)
            wait_until(lambda run=run: client.run(run).n_done >= 2, "some of the run is done")
            machines.processes["worker"].send_signal(signal.SIGSTOP)
            new = pictures(tmp_path / f"new {round_number}", 3, first=20 + 3 * round_number)
            for path, one in zip(new, client.upload(project, new), strict=True):
                kept[one.id] = path.read_bytes()
            for number in range(4):
                x = 10.0 + 12 * (4 * round_number + number)
                ring = [[x, 10], [x + 8, 10], [x + 8, 18], [x, 18]]
                body = {"kind": "draw", "operations": [{"op": "add", "parts": [[ring]]}]}
                client._service.ask("PATCH", objects, json=body, headers={"If-Match": "*"})
                answered += 1
            cut(machines, disk)
            client.sign_in(EMAIL, PASSWORD)
        for run in runs:
            wait_until(lambda run=run: client.run(run).is_over, "the run is over")
            ended = client.run(run)
            assert (ended.n_done, ended.n_failed) == (ended.n_items, 0)
        wait_until(machines.is_idle, "the queue is empty")
        for image_id, data in kept.items():
            answer = client._service.ask("GET", f"/images/{image_id}").json()
            assert answer["state"] == "ready", answer
            stored = client._service.ask("GET", f"/images/{image_id}/file").content
            assert hashlib.sha256(stored).digest() == hashlib.sha256(data).digest()
        assert client._service.ask("GET", f"/results/{frame['result_id']}").json()["n_objects"] == 1 + answered
        # every result's own files are there as well: all masks can be drawn, all thumbnails seen
        files = client.download(project, tmp_path / "export", ["masks"])
        assert sum(path.suffix == ".tif" for path in files) >= N_IMAGES
        for one in client._service.pages(f"/projects/{project.id}/images"):
            assert client._service.ask("GET", f"/images/{one['id']}/thumbnail").content[8:12] == b"WEBP"
    finally:
        machines.close()


@pytest.fixture
def forgetful() -> str:
    """A library that makes `fsync` do nothing in the program that it stands before (Debian's package libeatmydata1)."""
    found = next(Path("/usr/lib").glob("*/libeatmydata.so*"), None)
    if found is None:
        missing("libeatmydata is not installed (make test-faults installs it)")
    return str(found)


def test_the_same_without_flushing_loses_images(disk: Disk, forgetful: str, tmp_path: Path) -> None:
    """The control: that the cut takes what was not forced onto the disk, and that flushing is what saved it above."""
    machines = Machines(disk.folder / "machines")
    try:
        machines.processes["api"].terminate()
        machines.processes["api"].wait(60)
        machines.start("api", LD_PRELOAD=forgetful)
        client = machines.client
        project = client.create_project("Forgetful", pixel_size_um=1.0)
        os.sync()  # what follows is younger than the system's last writing of its own accord
        paths = pictures(tmp_path / "images", N_IMAGES)
        uploaded = client.upload(project, paths)
        cut(machines, disk)
        client.sign_in(EMAIL, PASSWORD)
        lost = 0
        for path, one in zip(paths, uploaded, strict=True):
            answer = client._service.http.get(f"/images/{one.id}/file")
            lost += answer.status_code != 200 or answer.content != path.read_bytes()
        assert lost > 0
    finally:
        machines.close()
