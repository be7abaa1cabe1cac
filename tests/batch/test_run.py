"""A whole batch on folders as people have them: odd names, broken files, a disk that fills, inputs that went away."""

import csv
import json
import math
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from spheroseg.batch import BatchOptions, BatchSummary, find_inputs, run_batch
from spheroseg.batch.folder import write_json
from spheroseg.batch.process import ProcessOptions
from spheroseg.pipeline import Parameters


def picture(n_frames: int = 0) -> np.ndarray:
    y, x = np.mgrid[:96, :96]
    plane = np.where((y - 48) ** 2 + (x - 48) ** 2 < 20**2, 60, 200).astype(np.uint8)
    plane += np.random.default_rng(0).integers(0, 9, plane.shape, dtype=np.uint8)
    return np.repeat(plane[None], n_frames, axis=0) if n_frames else plane


def write(path: Path | str, n_frames: int = 0) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    if str(path).endswith(".png"):
        Image.fromarray(picture()).save(path)
    else:
        tifffile.imwrite(path, picture(n_frames), imagej=bool(n_frames), metadata={"axes": "TYX"} if n_frames else None)


def write_with_a_damaged_plane(path: Path, n_frames: int, damaged: int) -> None:
    """A series whose compressed data of one plane are no longer what was written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(path, picture(n_frames), imagej=False, metadata={"axes": "TYX"}, ome=True, compression="zlib")
    with tifffile.TiffFile(path) as file:
        page = file.pages[damaged]
        (offset, *_), (n_bytes, *_) = page.dataoffsets, page.databytecounts
    data = bytearray(path.read_bytes())
    data[offset : offset + n_bytes] = bytes(n_bytes)
    path.write_bytes(data)


def segment(inputs: Path, out: Path, *formats: str, resume: bool = False) -> BatchSummary:
    options = ProcessOptions(formats=frozenset({"csv", "masks", *formats}))
    return run_batch(
        find_inputs([inputs], exclude=out).files,
        Parameters(model="classical", diameter_px=40),
        BatchOptions(out, options, resume=resume),
    )


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def strict(path: Path) -> dict:
    def refuse(constant: str) -> float:
        raise AssertionError(f"{constant} is no JSON")

    return json.loads(path.read_text(encoding="utf-8"), parse_constant=refuse)


def test_exports_name_the_image_that_exists_and_carry_the_confidence(tmp_path: Path) -> None:
    write(tmp_path / "in/plate1/A01.png")
    write(tmp_path / "in/movie.tif", n_frames=2)
    summary = segment(tmp_path / "in", tmp_path / "out", "coco", "geojson", "yolo", "imagej")
    assert summary.errors == summary.errors_of_outputs == ()
    coco = strict(tmp_path / "out/coco.json")
    assert [(image["file_name"], image.get("frame")) for image in coco["images"]] == [
        ("movie.tif", 0),
        ("movie.tif", 1),
        ("plate1/A01.png", None),
    ]
    confidence = {row["image"]: float(row["confidence"]) for row in rows(tmp_path / "out/objects.csv")}
    scores = [annotation["score"] for annotation in coco["annotations"]]
    assert scores == pytest.approx(list(confidence.values()))
    written = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.geojson")}
    assert written == {"geojson/movie_t000.geojson", "geojson/movie_t001.geojson", "geojson/plate1/A01.geojson"}
    assert strict(tmp_path / "out/geojson/movie_t001.geojson")["image"]["name"] == "movie.tif"
    assert (tmp_path / "out/yolo/labels/train/plate1/A01.txt").is_file()
    assert any("no object numbers" in note for note in summary.notes), "what YOLO cannot hold is said"


def test_results_and_masks_among_the_images_are_no_inputs(tmp_path: Path) -> None:
    write(tmp_path / "in/A01.tif")
    (tmp_path / "in/masks").mkdir()
    tifffile.imwrite(tmp_path / "in/masks/A01.tif", (picture() < 100).astype(np.uint8))
    segment(tmp_path / "in", tmp_path / "in/first")
    found = find_inputs([tmp_path / "in"], exclude=tmp_path / "second")
    assert [file.relative for file in found.files] == ["A01.tif"]
    assert found.left_out == (
        "1 file left out: label masks beside their images",
        "1 folder with results of ours left out",
    )
    assert find_inputs([tmp_path / "in/first"]).files == ()


def test_what_is_no_longer_in_the_run_is_not_written_again(tmp_path: Path) -> None:
    for name in ("A01.tif", "B02.tif"):
        write(tmp_path / "in" / name)
    segment(tmp_path / "in", tmp_path / "out", "coco", "imagej")
    (tmp_path / "in/B02.tif").unlink()
    summary = segment(tmp_path / "in", tmp_path / "out", "coco", "imagej", resume=True)
    assert summary.n_skipped == 1
    assert any("B02" in note for note in summary.notes)
    assert [row["image"] for row in rows(tmp_path / "out/images.csv")] == ["A01"]
    assert [image["file_name"] for image in strict(tmp_path / "out/coco.json")["images"]] == ["A01.tif"]
    assert [path.name for path in (tmp_path / "out/rois").iterdir()] == ["A01.zip"]
    assert (tmp_path / "out/masks/B02.tif").is_file(), "what was computed is not thrown away"


def test_a_name_that_now_means_another_file_is_done_again(tmp_path: Path) -> None:
    write(tmp_path / "in/p1/A01.tif")
    segment(tmp_path / "in", tmp_path / "out")
    (tmp_path / "in/p1").rename(tmp_path / "in/p2")
    assert segment(tmp_path / "in", tmp_path / "out", resume=True).n_skipped == 0
    assert [row["file"] for row in rows(tmp_path / "out/images.csv")] == ["p2/A01.tif"]


def test_names_of_no_text_and_very_long_ones_are_done_like_any_other(tmp_path: Path) -> None:
    for name in ("well\udcff.tif", "x" * 251 + ".tif", "a\nb.tif", "=1+1.tif"):
        write(tmp_path / "in" / name)
    summary = segment(tmp_path / "in", tmp_path / "out", "xlsx", "parquet", "coco", "imagej", "overlays")
    assert summary.errors == summary.errors_of_outputs == ()
    table = rows(tmp_path / "out/images.csv")
    assert len({row["image"] for row in table}) == 4
    assert {row["status"] for row in table} == {"ok"}
    assert "well\\xff.tif" in [row["file"] for row in table]
    assert len(strict(tmp_path / "out/coco.json")["images"]) == 4


def test_an_output_that_cannot_be_written_is_in_that_file_s_row_and_the_rest_is_done(tmp_path: Path) -> None:
    for name in ("A01.tif", "B02.tif"):
        write(tmp_path / "in" / name)
    (tmp_path / "out/masks/A01.tif").mkdir(parents=True)
    (tmp_path / "out/masks/A01.tif/in_the_way").touch()
    summary = segment(tmp_path / "in", tmp_path / "out", "coco")
    assert [file for file, _ in summary.errors] == ["A01.tif"]
    status = {row["image"]: (row["status"], row["error"]) for row in rows(tmp_path / "out/images.csv")}
    assert status["A01"] == ("failed", summary.errors[0][1])
    assert "directory" in status["A01"][1]
    assert status["B02"] == ("ok", "")
    assert [image["file_name"] for image in strict(tmp_path / "out/coco.json")["images"]] == ["B02.tif"]


def test_a_plane_that_cannot_be_read_fails_alone(tmp_path: Path) -> None:
    write_with_a_damaged_plane(tmp_path / "in/movie.tif", n_frames=3, damaged=1)
    summary = segment(tmp_path / "in", tmp_path / "out")
    table = rows(tmp_path / "out/images.csv")
    assert [(row["image"], row["status"]) for row in table] == [
        ("movie_t000", "ok"),
        ("movie_t001", "failed"),
        ("movie_t002", "ok"),
    ]
    assert table[1]["error"].startswith("frame 1 (counted from 0): its pixels are damaged")
    assert summary.errors[0][1].startswith("1 of 3 frames failed")


def test_tables_that_cannot_be_written_are_named_and_no_traceback_ends_it(tmp_path: Path) -> None:
    write(tmp_path / "in/A01.tif")
    (tmp_path / "out/images.csv/in_the_way").mkdir(parents=True)
    summary = segment(tmp_path / "in", tmp_path / "out")
    ((name, reason),) = summary.errors_of_outputs
    assert name == "objects.csv"
    assert "could not be written" in reason
    assert summary.n_objects == 1


def test_a_run_card_without_numbers_that_json_has_not(tmp_path: Path) -> None:
    write_json(
        tmp_path / "a.json", {"nan": math.nan, "inf": [np.float32("inf")], "n": np.int64(3), "x\udcff": "\udcff"}
    )
    assert strict(tmp_path / "a.json") == {"nan": None, "inf": [None], "n": 3, "x\udcff": "\udcff"}
