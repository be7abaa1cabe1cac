"""The smaller commands."""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile

COMMANDS = ["segment", "measure", "evaluate", "info", "models", "convert", "examples"]


def test_help_lists_every_command_and_the_exit_codes(run_process) -> None:
    done = run_process("--help")
    assert done.returncode == 0
    for command in COMMANDS:
        assert command in done.stdout
    assert "Exit codes" in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(run, command: str) -> None:
    done = run(command, "--help")
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout
    assert len(done.stdout.splitlines()) > 8


def test_version(run_process) -> None:
    assert run_process("--version").stdout.startswith("SpheroSeg 0.")


def test_info_tells_what_was_read(run_process, examples: Path) -> None:
    done = run_process("info", "--json", examples / "example_nuclei_C02.tif")
    assert done.returncode == 0, done.stderr
    facts = json.loads(done.stdout)
    assert (facts["width_px"], facts["height_px"], facts["values"]) == (800, 600, "uint16")
    assert facts["pixel_size_um_x"] == pytest.approx(0.65, rel=1e-4)
    assert facts["name_says"]["well"] == "C02"


def test_info_names_the_file_that_fails(run, tmp_path: Path, examples: Path) -> None:
    (tmp_path / "bad.tif").write_bytes(b"II*\0broken")
    done = run("info", "bad.tif", examples / "example_nuclei_C02.tif")
    assert done.returncode == 1
    assert "bad.tif" in done.stderr
    assert "uint16" in done.stdout


def label_mask(path: Path, n: int = 3) -> None:
    labels = np.zeros((100, 150), np.uint16)
    for i in range(n):
        labels[10:30, 10 + 40 * i : 30 + 40 * i] = i + 1
    tifffile.imwrite(path, labels)


def test_masks_of_other_programs_are_measured(run_process, tmp_path: Path) -> None:
    label_mask(tmp_path / "well_cp_masks.tif")
    (tmp_path / "images").mkdir()
    tifffile.imwrite(tmp_path / "images/well.tif", np.full((100, 150), 700, np.uint16))
    done = run_process("measure", "well_cp_masks.tif", "--images", "images", "--pixel-size", 2, "--out", "table.csv")
    assert done.returncode == 0, done.stderr
    with (tmp_path / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [float(row["area_um2"]) for row in rows] == [1600.0] * 3
    assert [float(row["intensity_mean"]) for row in rows] == [700.0] * 3
    assert [float(row["feret_max_um"]) for row in rows] == pytest.approx([40 * 2**0.5] * 3)


@pytest.mark.parametrize("suffix", [".xlsx", ".parquet"])
def test_tables_are_written_in_the_asked_format(run, tmp_path: Path, suffix: str) -> None:
    label_mask(tmp_path / "a.tif")
    done = run("measure", "a.tif", "--out", f"table{suffix}")
    assert done.returncode == 0, done.stderr
    path = tmp_path / f"table{suffix}"
    table = pd.read_parquet(path) if suffix == ".parquet" else pd.read_excel(path, sheet_name="objects")
    assert table["area_px2"].tolist() == [400.0] * 3


def test_a_mask_without_its_image_is_named(run, tmp_path: Path) -> None:
    label_mask(tmp_path / "alone.tif")
    (tmp_path / "images").mkdir()
    done = run("measure", "alone.tif", "--images", "images")
    assert done.returncode == 1
    assert "alone.tif: there is no image of this name" in done.stderr


def test_evaluate_prints_and_writes_agreement(run_process, tmp_path: Path) -> None:
    y, x = np.mgrid[:400, :400]
    for i, radius in enumerate((30, 40, 50)):
        folder = tmp_path / "set" / ("first" if i < 2 else "second")
        (folder / "images").mkdir(parents=True, exist_ok=True)
        (folder / "masks").mkdir(exist_ok=True)
        inside = (y - 200) ** 2 + (x - 200) ** 2 < radius**2
        tifffile.imwrite(folder / "images" / f"a{i}.tif", inside.astype(np.uint16) * 900 + 100)
        tifffile.imwrite(folder / "masks" / f"a{i}.tif", inside.astype(np.uint16))
    (tmp_path / "set/second/images/alone.tif").write_bytes((tmp_path / "set/second/images/a2.tif").read_bytes())
    done = run_process("evaluate", "--images", "set", "--masks", "set", "--model", "classical", "--json", "scores.json")
    assert done.returncode == 0, done.stderr
    assert "alone.tif" in done.stderr
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert set(scores["folders"]) == {"first", "second"}
    assert scores["overall"]["n_images"] == 3
    assert scores["overall"]["iou"]["mean"] > 0.9
    assert scores["overall"]["ap50"]["mean"] == 1.0
    assert abs(scores["overall"]["diameter_bias_matched"]["mean"]) < 0.06
    assert "all images" in done.stdout
    assert "…" not in done.stdout.replace("AP50…95", ""), "no figure is cut, however narrow the terminal"


def test_evaluate_refuses_a_mask_of_another_size(run, tmp_path: Path) -> None:
    for folder, size in (("images", 64), ("masks", 32)):
        (tmp_path / folder).mkdir()
        tifffile.imwrite(tmp_path / folder / "a.tif", np.arange(size * size, dtype=np.uint16).reshape(size, size) // 64)
    done = run("evaluate", "--images", "images", "--masks", "masks", "--model", "classical")
    assert done.returncode == 2
    assert "32 × 32 px" in done.stderr


def test_convert_says_what_a_format_cannot_hold(run, run_process, tmp_path: Path) -> None:
    labels = np.zeros((60, 60), np.uint16)
    labels[10:50, 10:50] = 1
    labels[20:30, 20:30] = 0
    tifffile.imwrite(tmp_path / "ring.tif", labels)
    done = run_process("convert", "ring.tif", "ring.geojson")
    assert done.returncode == 0, done.stderr
    assert len(json.loads((tmp_path / "ring.geojson").read_text())["features"]) == 1
    lossy = run("convert", "ring.tif", "yolo", "--to", "yolo")
    assert "hole" in lossy.stderr


def test_convert_refuses_an_unknown_format(run, tmp_path: Path) -> None:
    label_mask(tmp_path / "a.tif")
    done = run("convert", "a.tif", "a.unknown")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_models_lists_cards_and_refuses_an_unknown_name(run, run_process) -> None:
    assert "classical" in run_process("models").stdout
    done = run("models", "nothing")
    assert done.returncode == 2
    assert "nothing" in done.stderr
