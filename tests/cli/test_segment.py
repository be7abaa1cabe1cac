"""`spheroseg segment` as a person meets it: results, bad files, interruption, resumption."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from tests.fixtures.tables import rows

CLASSICAL = ("--model", "classical")
N_MANY = 120  # enough that a busy machine still stops it in the middle


def test_a_folder_becomes_tables_masks_and_overlays(run_process, examples: Path, tmp_path: Path) -> None:
    done = run_process("segment", examples, "--out", "out", *CLASSICAL)
    assert done.returncode == 0, done.stderr
    images, objects = rows(tmp_path / "out/images.csv"), rows(tmp_path / "out/objects.csv")
    assert {row["well"] for row in images} == {"A01", "B01", "C02"}
    assert {row["status"] for row in images} == {"ok"}
    assert sum(int(row["n_objects"]) for row in images) == len(objects) > 0
    assert all(float(row["area_um2"]) > 0 for row in objects)
    for row in images:
        mask = tifffile.imread(tmp_path / "out/masks" / f"{row['image']}.tif")
        assert mask.shape == (int(row["height_px"]), int(row["width_px"]))
        assert len(np.unique(mask)) - 1 == int(row["n_objects"])
        assert (tmp_path / "out/overlays" / f"{row['image']}.png").stat().st_size > 1000
    card = json.loads((tmp_path / "out/run.json").read_text())
    assert card["model"]["name"] == "classical"
    assert card["parameters"]["model"] == "classical"


def test_images_with_more_objects_than_expected_are_flagged(run, examples: Path, tmp_path: Path) -> None:
    done = run("segment", examples, "--out", "out", "--expect", 10, *CLASSICAL)
    assert done.returncode == 0, done.stderr
    for row in rows(tmp_path / "out/images.csv"):
        assert ("several_objects" in row["flags"].split(";")) == (int(row["n_objects"]) > 10)
    assert {int(row["n_objects"]) > 10 for row in rows(tmp_path / "out/images.csv")} == {True, False}


def test_bad_files_are_named_and_the_rest_goes_on(run, examples: Path, tmp_path: Path) -> None:
    whole = (examples / "example_touching_B01.tif").read_bytes()
    (examples / "cut.tif").write_bytes(whole[: len(whole) // 3])
    (examples / "text.png").write_text("this is no picture")
    (examples / "nothing.jpg").write_bytes(b"")
    done = run("segment", examples, "missing.tif", "--out", "out", *CLASSICAL)
    assert done.returncode == 1
    failed = {row["file"]: row["error"] for row in rows(tmp_path / "out/images.csv") if row["status"] == "failed"}
    assert set(failed) == {"cut.tif", "text.png", "nothing.jpg"}
    assert all(len(reason) > 10 for reason in failed.values())
    for name in (*failed, "missing.tif"):
        assert name in done.stderr
    assert "Traceback" not in done.stderr
    assert len([row for row in rows(tmp_path / "out/images.csv") if row["status"] == "ok"]) == 3


def test_two_workers_give_the_same_tables_as_one(run, examples: Path, tmp_path: Path) -> None:
    for name, workers in (("one", 1), ("two", 2)):
        done = run("segment", examples, "--out", name, "--workers", workers, *CLASSICAL)
        assert done.returncode == 0, done.stderr
    for table in ("objects.csv", "images.csv"):
        assert (tmp_path / "one" / table).read_bytes() == (tmp_path / "two" / table).read_bytes()


def test_results_are_not_overwritten_and_resume_continues(run, examples: Path, tmp_path: Path) -> None:
    assert run("segment", examples / "example_compact_A01.tif", "--out", "out", *CLASSICAL).returncode == 0
    again = run("segment", examples, "--out", "out", *CLASSICAL)
    assert again.returncode == 2
    assert "--resume" in again.stderr
    mask = tmp_path / "out/masks/example_compact_A01.tif"
    before = mask.stat().st_mtime_ns
    resumed = run("segment", examples, "--out", "out", "--resume", *CLASSICAL)
    assert resumed.returncode == 0, resumed.stderr
    assert "1 finished earlier" in resumed.stderr
    assert mask.stat().st_mtime_ns == before
    assert len(rows(tmp_path / "out/images.csv")) == 3
    other = run("segment", examples, "--out", "out", "--resume", "--threshold", 0.4, *CLASSICAL)
    assert other.returncode == 2
    assert "other parameters" in other.stderr


def many_images(folder: Path, n: int) -> None:
    folder.mkdir()
    y, x = np.mgrid[:400, :400]
    disc = ((y - 200) ** 2 + (x - 200) ** 2 < 80**2) * np.uint16(2000)
    noise = np.random.default_rng(0).integers(0, 50, (400, 400), dtype=np.uint16)
    for i in range(n):
        tifffile.imwrite(folder / f"image_{i:03d}.tif", disc + noise)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (signal.SIGINT, 130),
        (signal.SIGTERM, 130),
        pytest.param(signal.SIGKILL, -9, marks=pytest.mark.quick),
    ],
)
def test_a_stopped_run_is_valid_and_can_be_continued(
    run_process, tmp_path: Path, sent: signal.Signals, code: int
) -> None:
    many_images(tmp_path / "many", N_MANY)
    command = [sys.executable, "-m", "spheroseg", "segment", "many", "--out", "out", "--workers", "2", *CLASSICAL]
    process = subprocess.Popen(
        command,
        cwd=tmp_path,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # a shell's background jobs, such as these tests may be, ignore Ctrl-C
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 -- no threads here
    )
    parts = tmp_path / "out/.parts"
    deadline = time.monotonic() + 240  # a machine that does much else
    while time.monotonic() < deadline and (not parts.is_dir() or len(list(parts.glob("[!.]*.json"))) < 3):
        time.sleep(0.05)
    process.send_signal(sent)
    assert process.wait(60) == code
    if sent == signal.SIGKILL:
        os.killpg(process.pid, signal.SIGKILL)  # its workers, which a killed parent cannot end
    finished = {path.stem for path in parts.glob("[!.]*.json")}
    assert 3 <= len(finished) < N_MANY
    for name in finished:
        assert len(np.unique(tifffile.imread(tmp_path / "out/masks" / f"{name}.tif"))) == 2
    if sent != signal.SIGKILL:
        assert {row["image"] for row in rows(tmp_path / "out/images.csv")} == finished
        assert {row["image"] for row in rows(tmp_path / "out/objects.csv")} == finished
    done = run_process("segment", "many", "--out", "out", "--workers", 2, "--resume", *CLASSICAL)
    assert done.returncode == 0, done.stderr
    names = [row["image"] for row in rows(tmp_path / "out/objects.csv")]
    assert names == [f"image_{i:03d}" for i in range(N_MANY)], "none lost, none doubled"
    assert not list((tmp_path / "out").rglob(".*-*.tif")), "no temporary file is left"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--diameter", "400"), "400um or 85px"),
        (("--pixel-size", "small"), "µm per pixel"),
        (("--formats", "csv,jpeg2000"), "jpeg2000"),
        (("--region", "inside"), "filled, net or core"),
        (("--threshold", "2"), "between 0 and 1"),
        (("--expect", "0"), "at least one object"),
        (("--model", "no-such-model"), "no-such-model"),
        (("--pattern", "{well"), "pattern"),
    ],
)
def test_wrong_options_are_refused_in_one_sentence(run, examples: Path, arguments, message: str) -> None:
    done = run(
        "segment", examples, "--out", "out", *(arguments if "--model" in arguments else (*CLASSICAL, *arguments))
    )
    assert done.returncode == 2, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_nothing_to_do_is_an_error(run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run("segment", "empty", "--out", "out", *CLASSICAL)
    assert done.returncode == 2
    assert "nothing to segment" in done.stderr
    assert not (tmp_path / "out").exists()


def test_time_lapses_give_a_row_a_frame(run, tmp_path: Path) -> None:
    y, x = np.mgrid[:200, :200]
    frames = [((y - 100) ** 2 + (x - 100) ** 2 < r**2).astype(np.uint16) * 900 + 100 for r in (20, 30, 40)]
    tifffile.imwrite(
        tmp_path / "growth_B02.tif", np.stack(frames), imagej=True, metadata={"axes": "TYX", "finterval": 3600.0}
    )
    done = run("segment", "growth_B02.tif", "--out", "out", *CLASSICAL)
    assert done.returncode == 0, done.stderr
    objects = rows(tmp_path / "out/objects.csv")
    assert [(row["well"], row["frame"], row["frame_time_s"]) for row in objects] == [
        ("B02", "0", "0.0"), ("B02", "1", "3600.0"), ("B02", "2", "7200.0"),
    ]  # fmt: skip
    diameters = [float(row["equivalent_diameter_px"]) for row in objects]
    assert np.allclose(diameters, [40, 60, 80], rtol=0.06)


def test_outline_formats_are_written_for_all_images(run, examples: Path, tmp_path: Path) -> None:
    done = run("segment", examples, "--out", "out", "--formats", "coco,geojson,imagej,yolo,xlsx", *CLASSICAL)
    assert done.returncode == 0, done.stderr
    n_objects = len(rows(tmp_path / "out/objects.csv"))
    coco = json.loads((tmp_path / "out/coco.json").read_text())
    assert (len(coco["images"]), len(coco["annotations"])) == (3, n_objects)
    collections = [json.loads(path.read_text()) for path in (tmp_path / "out/geojson").rglob("*.geojson")]
    assert sum(len(collection["features"]) for collection in collections) == n_objects
    assert len(list((tmp_path / "out/rois").rglob("*.zip"))) == 3
    assert len(list((tmp_path / "out/yolo").rglob("*.txt"))) >= 3
    assert len(pd.read_excel(tmp_path / "out/objects.xlsx", sheet_name="objects")) == n_objects
