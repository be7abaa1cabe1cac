"""A disk that is full, a folder that cannot be written to: said in that file's row or in one sentence, and the rest is done."""

import contextlib
import csv
from collections.abc import Callable, Generator
from pathlib import Path

import numpy as np
import pytest
import tifffile
from tests.analysis.plates import layout_table, objects_table
from tests.fixtures.disks import mounted

pytestmark = pytest.mark.timeout(900)

Mount = Callable[..., Path]


@pytest.fixture
def mount(tmp_path: Path) -> Generator[Mount]:
    """Mounts small disks."""
    with contextlib.ExitStack() as disks:
        yield lambda name, options: disks.enter_context(mounted(tmp_path / name, options))


def fill(folder: Path) -> None:
    """Use up the last byte."""
    with contextlib.suppress(OSError), (folder / "ballast").open("ab", buffering=0) as ballast:
        while True:
            ballast.write(b"\0" * 4_096)


def images(folder: Path, n: int) -> None:
    folder.mkdir()
    y, x = np.mgrid[:400, :400]
    noise = np.random.default_rng(0).integers(0, 9, (400, 400), dtype=np.uint8)
    for number in range(n):
        disc = np.where((y - 200) ** 2 + (x - 200) ** 2 < 80**2, 60, 200).astype(np.uint8)
        tifffile.imwrite(folder / f"A{number + 1:02}.tif", disc + noise)


def is_explained(stderr: str) -> bool:
    return not any(word in stderr for word in ("Traceback", "defect", "Exception ignored"))


def test_a_batch_on_a_disk_that_becomes_full(run_process, mount: Mount, tmp_path: Path) -> None:
    images(tmp_path / "in", 8)
    out = mount("disk", "size=600k") / "out"
    formats = "csv,xlsx,parquet,masks,overlays,coco"
    done = run_process(
        "segment", "in", "--out", out, "--model", "classical", "--diameter", "160px", "--formats", formats
    )
    assert done.returncode == 1, done.stderr
    assert is_explained(done.stderr), done.stderr
    with (out / "images.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["file"] for row in rows] == [f"A{number + 1:02}.tif" for number in range(8)]
    states = {row["status"] for row in rows}
    assert states == {"ok", "failed"}
    assert {row["error"] for row in rows if row["status"] == "failed"} <= {
        reason for reason in {row["error"] for row in rows} if "no space left on device" in reason
    }
    done_images = {row["image"] for row in rows if row["status"] == "ok"}
    for kind in ("masks", "overlays"):
        assert {path.stem for path in (out / kind).iterdir()} == done_images, "no file of an image that failed"


def test_commands_that_find_no_room_say_so_in_one_sentence(run, mount: Mount, tmp_path: Path) -> None:
    masks = tmp_path / "masks"
    masks.mkdir()
    tifffile.imwrite(masks / "A01.tif", np.pad(np.ones((40, 40), np.uint16), 30))
    objects_table().to_csv(tmp_path / "objects.csv", index=False)
    layout_table().to_csv(tmp_path / "layout.csv", index=False)
    images(tmp_path / "in", 1)
    full, read_only = mount("full", "size=64k"), mount("read_only", "size=64k,ro")
    fill(full)
    for folder, reason, commands in (
        (
            full,
            "no space left on device",
            (
                ("measure", "masks", "--out", full / "o.csv"),
                ("measure", "masks", "--out", full / "o.xlsx"),
                ("convert", "masks", full / "o.json", "--to", "coco"),
                ("analyse", "objects.csv", "--layout", "layout.csv", "--out", full / "analysis"),
            ),
        ),
        (
            read_only,
            "read-only file system",
            (
                ("segment", "in", "--model", "classical", "--diameter", "160px", "--out", read_only / "out"),
                ("measure", "masks", "--out", read_only / "o.parquet"),
                ("convert", "masks", read_only / "rois", "--to", "imagej"),
            ),
        ),
    ):
        for arguments in commands:
            done = run(*arguments)
            assert done.returncode == 1, (arguments, done.stderr)
            assert reason in done.stderr, (arguments, done.stderr)
            assert is_explained(done.stderr), (arguments, done.stderr)
            assert f"{folder}/." not in done.stderr, "the name of a file that was being written says nothing"
    assert [path.name for path in full.iterdir() if path.is_file()] == ["ballast"], "nothing half written stays"
