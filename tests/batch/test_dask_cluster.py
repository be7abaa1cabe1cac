"""A batch on a real Dask cluster: a scheduler and workers that are processes of their own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import numpy as np
import pandas as pd
import psutil
import pytest
import tifffile
from tests.server.fixtures.bucket import bucket, s3_server  # noqa: F401 -- fixtures
from tests.server.fixtures.database import open_folder  # noqa: F401 -- fixtures
from tests.server.fixtures.pictures import spheroid_png

from spheroseg.analysis.objects_table import read_objects
from spheroseg.batch import BatchOptions, BatchSummary, Progress, find_inputs, run_batch
from spheroseg.batch.buckets import find_in_buckets
from spheroseg.batch.dask_cluster import columns_of_cluster
from spheroseg.batch.process import ProcessOptions
from spheroseg.errors import ParameterError
from spheroseg.pipeline import Parameters

pytestmark = pytest.mark.slow  # each worker loads the pixel libraries

N_IMAGES = 10
PARAMETERS = Parameters(model="classical", pixel_size_um=(1.3, 1.3))


class Cluster:
    """A Dask scheduler and workers of one thread each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen[bytes]] = []
        self.address = self._start("scheduler", "--port", "0", "--host", "127.0.0.1", "--no-dashboard")

    def _start(self, kind: str, *arguments: str) -> str:
        log = self.folder / f"{kind}-{len(self.processes)}.log"
        environment = os.environ | {"DASK_DISTRIBUTED__WORKER__DAEMON": "False"}
        with log.open("wb") as output:
            command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *arguments]
            process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
        self.processes.append(process)
        deadline = time.monotonic() + 120
        while (found := re.search(r"(?:Scheduler at|Registered to): +(tcp://\S+)", log.read_text())) is None:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        return found[1]

    def worker(self) -> subprocess.Popen[bytes]:
        """One more; registered when this returns."""
        self._start("worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--death-timeout", "60")
        return self.processes[-1]

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    made = Cluster(tmp_path)
    yield made
    made.close()


@pytest.fixture
def images(tmp_path: Path) -> Path:
    folder = tmp_path / "plate 1"
    folder.mkdir()
    for number in range(N_IMAGES):
        (folder / f"A{number + 1:02d}_t{number}h.png").write_bytes(
            spheroid_png(size_px=300, radius_px=40 + number, seed=number)
        )
    y, x = np.mgrid[:96, :96]
    frames = np.stack([np.where((y - 48) ** 2 + (x - 48) ** 2 < radius**2, 60, 200) for radius in (15, 20, 25)])
    tifffile.imwrite(folder / "B01.tif", frames.astype(np.uint8), imagej=True, metadata={"axes": "TYX"})
    (folder / "broken.tif").write_bytes(b"II*\0broken")
    return folder


def batch(
    inputs: Path | str, out: Path, dask: str = "", on_progress: Callable[[Progress], None] = lambda _: None
) -> BatchSummary:
    files = find_in_buckets([inputs]).files if isinstance(inputs, str) else find_inputs([inputs]).files
    options = ProcessOptions(formats=frozenset({"csv", "parquet", "masks", "overlays"}))
    return run_batch(files, PARAMETERS, BatchOptions(out, options, dask=dask), on_progress)


def same_results(ours: Path, theirs: Path, *, but: set[str] = frozenset()) -> None:
    """Every table and every file is the same."""
    for name in ("objects.parquet", "images.parquet"):
        tables = [pd.read_parquet(folder / name).drop(columns=list(but), errors="ignore") for folder in (ours, theirs)]
        pd.testing.assert_frame_equal(*tables)
    for kind in ("masks", "overlays"):
        names = sorted(path.name for path in (ours / kind).iterdir())
        assert names == sorted(path.name for path in (theirs / kind).iterdir())
        assert len(names) == N_IMAGES + 3
        for name in names:
            assert (ours / kind / name).read_bytes() == (theirs / kind / name).read_bytes()


def test_the_same_numbers_as_on_one_machine_though_a_worker_dies(
    cluster: Cluster, images: Path, tmp_path: Path
) -> None:
    batch(images, tmp_path / "local")
    victim = cluster.worker()
    cluster.worker()

    def kill_one(progress: Progress) -> None:
        if progress.done == 2 and victim.poll() is None:
            victim.send_signal(signal.SIGSTOP)  # in the middle of whatever it has in hand
            psutil.Process(victim.pid).kill()

    summary = batch(images, tmp_path / "dask", cluster.address, kill_one)
    assert victim.poll() is not None
    assert (summary.n_files, summary.n_images, summary.n_objects) == (N_IMAGES + 2, N_IMAGES + 4, N_IMAGES + 3)
    assert [file for file, _ in summary.errors] == ["broken.tif"]
    same_results(tmp_path / "local", tmp_path / "dask")
    assert not list((tmp_path / "dask").rglob(".*-*"))  # nothing half written

    # and what reads the table by the cluster has the same rows
    table = tmp_path / "dask" / "objects.parquet"
    on_cluster = read_objects(table, read_parquet=columns_of_cluster(cluster.address))
    pd.testing.assert_frame_equal(on_cluster.objects, read_objects(table).objects)


def test_images_in_a_bucket(cluster: Cluster, images: Path, bucket: str, s3_server: str, tmp_path: Path) -> None:  # noqa: F811 -- fixtures
    batch(images, tmp_path / "local")
    for path in images.iterdir():
        where = bucket.removeprefix("s3://")
        httpx.put(f"{s3_server}/{where}/plate 1/{path.name}", content=path.read_bytes()).raise_for_status()
    httpx.put(f"{s3_server}/{where}/plate 1/notes.txt", content=b"no image").raise_for_status()
    found = find_in_buckets([f"{bucket}/plate 1"])
    assert len(found.files) == N_IMAGES + 2
    assert found.left_out == (f"{bucket}/plate 1: 1 objects that are no images are left out",)
    cluster.worker()
    summary = batch(f"{bucket}/plate 1", tmp_path / "dask", cluster.address)
    assert [file for file, _ in summary.errors] == ["broken.tif"]
    same_results(tmp_path / "local", tmp_path / "dask")
    with pytest.raises(ParameterError, match="cannot be listed"):
        find_in_buckets(["s3://no-such-bucket/x"])


def test_a_cluster_that_cannot_work_is_one_sentence(cluster: Cluster, images: Path, tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="the scheduler has no workers"):
        batch(images, tmp_path / "a", cluster.address)
    cluster.processes[0].terminate()
    cluster.processes[0].wait()
    with pytest.raises(ParameterError, match="no Dask scheduler answers there"):
        batch(images, tmp_path / "b", "tcp://127.0.0.1:9")
