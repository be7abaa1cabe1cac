"""Plates, scenes and pages in a batch: what the tables say of them."""

import csv
from pathlib import Path

import numpy as np
import tifffile
from tests.fixtures.zeiss_czi import Block, write_czi

from spheroseg.batch import BatchOptions, find_inputs, run_batch
from spheroseg.batch.process import ProcessOptions
from spheroseg.pipeline import Parameters


def picture() -> np.ndarray:
    y, x = np.mgrid[:96, :96]
    plane = np.where((y - 48) ** 2 + (x - 48) ** 2 < 20**2, 60, 200).astype(np.uint8)
    return plane + np.random.default_rng(0).integers(0, 9, plane.shape, dtype=np.uint8)


def segment(inputs: Path, out: Path, **choices: object) -> list[dict[str, str]]:
    options = ProcessOptions(frozenset({"csv", "masks"}), **choices)  # type: ignore[arg-type]
    parameters = Parameters(model="classical", diameter_px=40)
    run_batch(find_inputs([inputs], exclude=out).files, parameters, BatchOptions(out, options))
    with (out / "images.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_fields_of_a_plate_are_images_with_channels_and_times(tmp_path: Path) -> None:
    for time in (1, 2):
        folder = tmp_path / "in" / f"TimePoint_{time}"
        folder.mkdir(parents=True)
        for well in ("A01", "A02"):
            for wave in (1, 2):
                tifffile.imwrite(folder / f"P7_{well}_s1_w{wave}.tif", picture() // wave, metadata=None)
                tifffile.imwrite(folder / f"P7_{well}_s1_w{wave}_thumb.tif", picture()[::4, ::4], metadata=None)
    rows = segment(tmp_path / "in", tmp_path / "out", interval_s=3600.0)
    assert [(row["image"], row["plate"], row["well"], row["field"]) for row in rows] == [
        (f"{well}_f1_t{t:03d}", "P7", well, "1") for well in ("A01", "A02") for t in range(2)
    ]
    assert {row["status"] for row in rows} == {"ok"}
    assert [float(row["frame_time_s"]) for row in rows] == [0, 3600, 0, 3600]
    assert {row["channels"] for row in rows} == {"2"}
    assert "z" not in rows[0]  # its first file's plane is not the image's


def scenes(*names: str) -> str:
    told = "".join(f'<Scene Index="{index}" Name="{name}"/>' for index, name in enumerate(names))
    return (
        "<ImageDocument><Metadata><Information><Image><Dimensions><S><Scenes>"
        f"{told}</Scenes></S></Dimensions></Image></Information></Metadata></ImageDocument>"
    )


def test_each_scene_has_its_own_well_and_an_unreadable_one_fails_alone(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    blocks = [Block(picture(), {"S": 0}), Block(picture(), {"S": 1}), Block(picture(), {"S": 2})]
    path = tmp_path / "in" / "plate_D06.czi"
    write_czi(path, blocks, xml=scenes("D6", "D7", "D8"))
    rows = segment(tmp_path / "in", tmp_path / "out")
    assert [(row["well"], row["name"], row["series"]) for row in rows] == [
        ("D06", "D6", "0"),
        ("D07", "D7", "1"),
        ("D08", "D8", "2"),
    ]
    for number, damaged in enumerate((0, 1)):
        blocks[damaged].compression = 5
        write_czi(path, blocks, xml=scenes("D6", "D7", "D8"))
        content = path.read_bytes()
        at = content.index(b"\x28\xb5\x2f\xfd")  # where Zstandard begins
        path.write_bytes(content[:at] + b"\0\0\0\0" + content[at + 4 :])
        rows = segment(tmp_path / "in", tmp_path / f"damaged{number}")
        assert [row["status"] for row in rows] == ["failed" if series == damaged else "ok" for series in range(3)]
        assert "damaged" in rows[damaged]["error"]
        blocks[damaged].compression = 0


def test_a_well_of_the_name_is_not_stamped_on_several_series(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    write_czi(tmp_path / "in" / "D06.czi", [Block(picture(), {"S": 0}), Block(picture(), {"S": 1})])
    rows = segment(tmp_path / "in", tmp_path / "out")
    assert [row.get("well", "") for row in rows] == ["", ""]
    assert "well D06 is not given to the 2 series" in rows[0]["notes"]


def test_pages_are_what_a_person_says(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    pages = np.stack([picture(), picture() // 2, picture(), picture() // 2])
    tifffile.imwrite(tmp_path / "in" / "a.tif", pages, metadata=None, photometric="minisblack")
    rows = segment(tmp_path / "in", tmp_path / "out", axes="t2c2", interval_s=60.0)
    assert [(row["channels"], row["frame_time_s"]) for row in rows] == [("2", "0.0"), ("2", "60.0")]
