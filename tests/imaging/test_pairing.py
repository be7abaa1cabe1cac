from pathlib import Path

import pytest

from spheroseg.errors import ParameterError
from spheroseg.imaging.pairing import ImageIndex, images_and_masks, looks_like_mask, masks_among, pair, stem_of


def below(folder: str, *names: str) -> dict[str, Path]:
    return {name: Path("/data") / folder / name for name in names}


def paired(images: dict[str, Path], masks: dict[str, Path]) -> list[tuple[str, str]]:
    return list(pair(images, masks).pairs)


@pytest.mark.parametrize(
    ("name", "stem"),
    [
        ("A01.ome.tif", "A01"),
        ("plate1/A01.day2.OME.TIFF", "plate1/A01.day2"),
        ("A01.v2", "A01.v2"),
        (".tif", ".tif"),
    ],
)
def test_endings_of_a_kind_are_no_part_of_a_name(name: str, stem: str) -> None:
    assert stem_of(name) == stem


@pytest.mark.parametrize(
    "mask",
    [
        "A01.tif",
        "A01_mask.png",
        "A01_masks.tif",
        "A01_MASK.TIF",
        "a01-Labels.ome.tif",
        "A01_seg.tif",
        "A01_cp_masks.png",
        "A01_label.tif",
        "A01.tif_masks.png",
        "masks/A01.png",
    ],
)
@pytest.mark.parametrize("image", ["A01.tif", "A01.ome.tif", "images/A01.png"])
def test_every_usual_name_of_a_mask_finds_its_image(image: str, mask: str) -> None:
    assert paired(below("img", image), below("labels", mask)) == [(image, mask)]


def test_plates_are_told_apart_by_their_folders() -> None:
    images = below("img", "plate1/A01.tif", "plate2/A01.tif")
    assert paired(images, below("m", "plate2/A01.tif", "plate1/masks/A01.tif")) == [
        ("plate1/A01.tif", "plate1/masks/A01.tif"),
        ("plate2/A01.tif", "plate2/A01.tif"),
    ]
    assert paired(images, below("out/masks", "plate1__A01.tif", "plate2__A01.tif")) == [
        ("plate1/A01.tif", "plate1__A01.tif"),
        ("plate2/A01.tif", "plate2__A01.tif"),
    ], "names of a results folder are understood"


def test_one_plate_alone_is_found_by_the_folder_it_lies_in() -> None:
    images = below("img", "plate1/A01.tif", "plate2/A01.tif")
    assert paired(images, {"A01.tif": Path("/data/m/plate2/A01.tif")}) == [("plate2/A01.tif", "A01.tif")]
    masks = below("m", "plate1/A01.tif", "plate2/A01.tif")
    assert paired({"A01.tif": Path("/data/img/plate2/A01.tif")}, masks) == [("A01.tif", "plate2/A01.tif")]


def test_a_name_alone_is_not_enough() -> None:
    found = pair(below("img", "plate1/A01.tif"), below("m", "A01.tif", "plate3/A01.tif"))
    assert found.pairs == ()
    assert found.masks_alone == ("A01.tif", "plate3/A01.tif")


def test_where_two_fit_both_are_named_and_nothing_is_chosen() -> None:
    found = pair(below("d", "A01.tif", "A01.png"), below("m", "A01_mask.tif"))
    assert found.pairs == ()
    assert "A01.tif or A01.png" in found.problems["A01_mask.tif"]
    found = pair(below("d", "A01.tif", "B02.tif"), below("m", "A01_mask.tif", "A01_seg.tif", "B02.tif"))
    assert found.pairs == (("B02.tif", "B02.tif"),)
    assert set(found.problems) == {"A01_mask.tif", "A01_seg.tif"}
    assert "A01_mask.tif or A01_seg.tif" in found.problems["A01_seg.tif"]


def test_case_decides_only_where_it_has_to() -> None:
    assert paired(below("d", "A01.tif", "a01.tif"), below("m", "a01_mask.tif")) == [("a01.tif", "a01_mask.tif")]
    assert paired(below("d", "A01.tif"), below("m", "a01_Mask.TIF")) == [("A01.tif", "a01_Mask.TIF")]


def test_composed_and_decomposed_letters_are_the_same_name() -> None:
    assert paired(below("d", "Sph\u00e9ro.tif"), below("m", "Sphe\u0301ro_mask.tif"))


def test_cores_are_no_second_mask() -> None:
    found = paired(below("d", "A01.tif"), below("m", "A01.tif", "A01_core.tif"))
    assert found == [("A01.tif", "A01.tif"), ("A01.tif", "A01_core.tif")]


def test_masks_beside_their_images_are_told_by_their_names() -> None:
    names = ["A01.tif", "A01_masks.tif", "masks/B02.png", "images/B02.tif", "GFP_label.tif"]
    assert masks_among(names) == {"A01_masks.tif", "masks/B02.png"}
    assert looks_like_mask("GFP_label.tif"), "and yet it is an image, as nothing is there that it masks"


def test_one_folder_of_both_and_folders_in_each_other(tmp_path: Path) -> None:
    for name in ("A01.tif", "A01_masks.tif", "masks/B02.tif", "B02.tif", "results/masks/A01.tif"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "results" / "run.json").write_text('{"spheroseg": "1.0"}')
    images, masks = images_and_masks(tmp_path, tmp_path)
    assert (list(images), list(masks)) == (["A01.tif", "B02.tif"], ["A01_masks.tif", "masks/B02.tif"])
    images, masks = images_and_masks(tmp_path, tmp_path / "masks")
    assert (list(images), list(masks)) == (["A01.tif", "B02.tif"], ["B02.tif"])


def test_annotations_name_images_with_or_without_their_folders() -> None:
    index = ImageIndex(below("d", "p1/A01.png", "p2/A01.png", "p1/B02.tif"))
    assert index.of_name("p1/A01.jpg") == "p1/A01.png"
    assert index.of_name("B02.webp") == "p1/B02.tif"
    assert index.of_name("x/p2/A01.png") == "p2/A01.png"
    assert index.of_name("p3/B02.tif") is None
    with pytest.raises(ParameterError, match=r"p1/A01\.png or p2/A01\.png"):
        index.of_name("A01.png")
