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


def segment(
    inputs: Path, out: Path, formats: tuple[str, ...] = ("csv", "masks"), **choices: object
) -> list[dict[str, str]]:
    options = ProcessOptions(frozenset(formats), **choices)  # type: ignore[arg-type]
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


def test_files_that_a_shell_lists_are_understood_like_their_folder(tmp_path: Path) -> None:
    folder = tmp_path / "P7"
    folder.mkdir()
    for well in ("A01", "A02"):
        for wave in (1, 2):
            tifffile.imwrite(folder / f"P7_{well}_s1_w{wave}.tif", picture() // wave, metadata=None)
            tifffile.imwrite(folder / f"P7_{well}_s1_w{wave}_thumb.tif", picture()[::4, ::4], metadata=None)
    for given in (sorted(folder.glob("*.tif")), [str(folder / "*.tif")]):
        found = find_inputs(given)
        assert [(file.name, len(file.files)) for file in found.files] == [("A01_f1", 2), ("A02_f1", 2)]
        assert found.files[0].read(0).n_channels == 2
        assert "4 files left out: thumbnails" in found.left_out
    alone = find_inputs([folder / "P7_A01_s1_w2.tif"]).files
    assert [(file.name, file.read(0).n_channels) for file in alone] == [("P7_A01_s1_w2", 1)]


def test_a_set_whose_files_are_listed_is_done_once_and_masks_not_at_all(tmp_path: Path) -> None:
    data = np.stack([picture(), picture() // 2])
    names = [f"run_p{position}.ome.tif" for position in range(2)]
    planes = "".join(
        f'<Image ID="Image:{n}" Name="B0{n + 2}"><Pixels ID="Pixels:{n}" DimensionOrder="XYZCT" Type="uint8" SizeX="96" '
        f'SizeY="96" SizeC="1" SizeZ="1" SizeT="1"><Channel ID="C:{n}" SamplesPerPixel="1"/><TiffData IFD="0" '
        f'PlaneCount="1"><UUID FileName="{name}">urn:uuid:{n}</UUID></TiffData></Pixels></Image>'
        for n, name in enumerate(names)
    )
    for n, name in enumerate(names):
        text = f'<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:{n}">{planes}</OME>'
        tifffile.imwrite(tmp_path / name, data[n], description=text, metadata=None)
    found = find_inputs([tmp_path / name for name in names])
    assert [file.relative for file in found.files] == ["run_p0.ome.tif"]
    assert found.files[0].read(1).n_series == 2
    for name in ("C01.tif", "C02.tif"):
        tifffile.imwrite(tmp_path / name, picture())
        tifffile.imwrite(tmp_path / name.replace(".tif", "_masks.tif"), (picture() < 100).astype(np.uint16))
    found = find_inputs(sorted(tmp_path.glob("C0*.tif")))
    assert [file.relative for file in found.files] == ["C01.tif", "C02.tif"]
    assert "2 files left out: label masks beside their images" in found.left_out


def scenes(*names: str) -> str:
    tags = "".join(f'<Scene Index="{index}" Name="{name}"/>' for index, name in enumerate(names))
    return (
        "<ImageDocument><Metadata><Information><Image><Dimensions><S><Scenes>"
        f"{tags}</Scenes></S></Dimensions></Image></Information></Metadata></ImageDocument>"
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


def test_planes_that_cannot_be_read_fail_alone_with_their_rows(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "B02.czi"
    write_czi(path, [Block(picture(), {"T": t, "C": c}, 5) for t in range(4) for c in range(2)])
    content = path.read_bytes()
    starts = [at for at in range(len(content)) if content[at : at + 4] == b"\x28\xb5\x2f\xfd"]
    for plane in (2, 5):  # the outlined channel of frame 1, the other one of frame 2
        content = content[: starts[plane]] + bytes(8) + content[starts[plane] + 8 :]
    path.write_bytes(content)
    rows = segment(tmp_path / "in", tmp_path / "out", formats=("csv", "masks", "overlays"))
    assert [(row["frame"], row["status"]) for row in rows] == [("0", "ok"), ("1", "failed"), ("2", "ok"), ("3", "ok")]
    assert "frame 1, channel 0 (counted from 0): its pixels are damaged" in rows[1]["error"]
    assert sorted(file.name for file in (tmp_path / "out" / "masks").iterdir()) == [
        f"B02_t{t:03d}.tif" for t in (0, 2, 3)
    ]
    with (tmp_path / "out" / "objects.csv").open(newline="", encoding="utf-8") as file:
        found = {row["frame"]: row for row in csv.DictReader(file)}
    assert found["0"]["intensity_mean_channel_2"] != ""
    assert found["2"]["intensity_mean_channel_1"] != ""
    assert found["2"]["intensity_mean_channel_2"] == "", "an intensity of a plane that is not there is NA, not 0"
    assert "intensity_mean_channel_2:unreadable" in found["2"]["na_reasons"]


def test_a_recording_that_is_cut_off_says_that_more_is_missing(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "B02.czi"
    write_czi(path, [Block(picture(), {"T": t}) for t in range(4)])
    path.write_bytes(path.read_bytes()[: 2 * 96 * 96 + 2_000])
    rows = segment(tmp_path / "in", tmp_path / "out")
    assert [row["status"] for row in rows] == ["ok", "ok", "failed", "failed"]
    assert "what came after them is not known" in rows[-1]["error"]
    assert rows[-1]["image"] == "B02_t003"


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
