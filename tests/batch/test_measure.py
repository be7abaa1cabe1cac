from pathlib import Path

import numpy as np
import pytest
import tifffile

from spheroseg.batch import find_inputs
from spheroseg.batch.measure import measure_masks, pair_masks


def write(path: Path, value: int, dtype: str = "uint16") -> None:
    """An image of one value, or a mask with one object of 10 × 10 pixels."""
    path.parent.mkdir(parents=True, exist_ok=True)
    plane = np.full((64, 64), value, dtype)
    if "mask" in str(path):
        plane[:] = 0
        plane[20:30, 20:30] = value
    tifffile.imwrite(path, plane)


def measured(masks: list[Path], images: Path) -> dict[str, float | str]:
    """Mean intensity, or the reason, by the mask's path."""
    pairs = pair_masks(find_inputs(masks, are_masks=True).files, images)
    return {
        row["file"]: row["error"] or float(table["intensity_mean"].iloc[0])
        for table, row in measure_masks(pairs, None, "filled")
    }


def test_each_plate_is_measured_on_its_own_image(tmp_path: Path) -> None:
    for plate, value in (("plate1", 1000), ("plate2", 3000)):
        write(tmp_path / "img" / plate / "A01.tif", value)
        write(tmp_path / "masks" / plate / "A01.tif", 1)
    expected = {"plate1/A01.tif": 1000, "plate2/A01.tif": 3000}
    assert measured([tmp_path / "masks"], tmp_path / "img") == expected
    one = measured([tmp_path / "masks/plate2/A01.tif"], tmp_path / "img")
    assert one == {"A01.tif": 3000}, "the folders of a file that was given alone count too"
    assert measured([str(tmp_path / "masks/*/A01.tif")], tmp_path / "img") == expected


@pytest.mark.parametrize("ending", ["_masks", "_mask", "_seg", "_cp_masks", "_label"])
def test_masks_beside_their_images_are_not_measured_on_themselves(tmp_path: Path, ending: str) -> None:
    folder = tmp_path / "masked"
    write(tmp_path / "A01.tif", 5000)
    write(folder / f"A01{ending}.tif", 7)
    (tmp_path / "A01.tif").rename(folder / "A01.tif")
    expected = {f"A01{ending}.tif": 5000}
    assert measured([folder], folder) == expected
    assert measured([folder / f"A01{ending}.tif"], folder) == expected
    assert measured([str(folder / f"*{ending}.tif")], folder) == expected


def test_without_a_folder_of_images_those_beside_the_masks_are_passed_over(tmp_path: Path) -> None:
    for name in ("A01.tif", "A01_masks.tif", "A01_masks_core.tif", "B02.tif"):
        write(tmp_path / name, 1)
    pairs = pair_masks(find_inputs([tmp_path], are_masks=True).files, None)
    assert [file.relative for file in pairs.masks] == ["A01_masks.tif", "A01_masks_core.tif", "B02.tif"]


def test_a_mask_in_doubt_fails_alone(tmp_path: Path) -> None:
    for name in ("A01.tif", "B02.tif", "D04.tif"):
        write(tmp_path / "img" / name, 100)
    for name in ("A01_mask.tif", "A01.tif", "B02.tif", "C03.tif"):
        write(tmp_path / "masks" / name, 1)
    (tmp_path / "masks" / "D04.tif").write_bytes(b"II*\0 nothing")
    found = measured([tmp_path / "masks"], tmp_path / "img")
    assert found.pop("B02.tif") == 100
    assert (
        found.pop("A01.tif")
        == found.pop("A01_mask.tif")
        == "A01.tif has several masks: A01.tif or A01_mask.tif; leave one"
    )
    assert found.pop("C03.tif") == "there is no image of this name"
    assert "truncated" in found.pop("D04.tif")
    assert found == {}


def test_a_name_in_another_folder_is_named_and_not_taken(tmp_path: Path) -> None:
    write(tmp_path / "img/plate1/A01.tif", 100)
    write(tmp_path / "masks/plate2/A01.tif", 1)
    (reason,) = measured([tmp_path / "masks"], tmp_path / "img").values()
    assert reason == "there is no image of this name; plate1/A01.tif has its name but lies in another folder"
