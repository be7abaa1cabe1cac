import json

import numpy as np
import pytest
from PIL import Image
from pycocotools.coco import COCO

from spheroseg.errors import FormatError, ParameterError
from spheroseg.formats import FORMATS, convert, labelmask
from spheroseg.formats.registry import format_named, format_of_source, format_of_target

LABELS = np.zeros((20, 24), np.uint16)
LABELS[2:9, 2:9], LABELS[4:6, 4:6], LABELS[12:18, 10:20], LABELS[0, 23] = 1, 0, 5, 9
READ_BACK = [entry.name for entry in FORMATS if entry.can_read and entry.can_write]


@pytest.fixture
def masks(tmp_path):
    """A folder of two label masks and the folder of their images."""
    (tmp_path / "images").mkdir()
    for name in ("A01", "A02"):
        labelmask.write_labels(LABELS, tmp_path / "masks" / f"{name}.tif", pixel_size_um=(0.5, 0.5))
        Image.fromarray((LABELS * 20).astype(np.uint8)).save(tmp_path / "images" / f"{name}.png")
    return tmp_path


@pytest.mark.parametrize("name", READ_BACK)
def test_masks_to_every_format_and_back(masks, name, reasons):
    target = masks / ("out.json" if name == "coco" else "out")
    images = masks / "images"
    out = convert(masks / "masks", target, format_out=name, images=images)
    assert (out.n_images, out.n_objects) == (2, 6)
    back = convert(target, masks / "back", format_in=name, format_out="masks", images=images)
    assert back.n_images == 2
    again = labelmask.read_labels(masks / "back" / "A01.tif")
    if name == "yolo":
        assert "holes were filled" in reasons(out, "lost")
        assert ((again > 0) == (labels_filled() > 0)).all()
    else:
        assert (again == LABELS).all()


def labels_filled():
    filled = LABELS.copy()
    filled[4:6, 4:6] = 1
    return filled


@pytest.mark.parametrize("name", READ_BACK)
def test_the_format_of_what_was_written_is_recognised(masks, name):
    target = masks / ("out.json" if name == "coco" else "out")
    convert(masks / "masks", target, format_out=name, images=masks / "images")
    assert format_of_source(target).name == name


@pytest.mark.parametrize("name", ["csv", "xlsx", "parquet"])
def test_tables_go_into_a_folder_or_a_file(masks, name):
    for target, file in (
        (masks / "out", masks / "out" / f"objects.{name}"),
        (masks / f"t.{name}", masks / f"t.{name}"),
    ):
        report = convert(masks / "masks", target, format_out=name)
        assert report.n_objects == 6
        assert file.is_file()


def test_the_suffix_says_the_format(masks, capsys):
    convert(masks / "masks", masks / "out.json")
    dataset = COCO(str(masks / "out.json"))
    assert len(dataset.anns) == 6
    assert "index created" in capsys.readouterr().out


def test_overlays_are_drawn_on_the_images(masks):
    report = convert(masks / "masks", masks / "overlays", format_out="overlays", images=masks / "images")
    assert sorted(path.name for path in (masks / "overlays").iterdir()) == ["A01.png", "A02.png"]
    assert report.n_images == 2
    with pytest.raises(ParameterError, match="give the images' folder"):
        convert(masks / "masks", masks / "overlays", format_out="overlays")


def test_missing_images_and_other_sizes_are_named_and_the_rest_goes_on(masks, reasons):
    (masks / "images" / "A02.png").unlink()
    convert(masks / "masks", masks / "a.json")
    Image.fromarray(np.zeros((3, 3), np.uint8)).save(masks / "images" / "A01.png")
    report = convert(masks / "a.json", masks / "b.json", images=masks / "images")
    assert "A02.tif: its image is not in the images' folder" in reasons(report, "info")
    assert "A01.tif: annotated at 24 × 20 px, but the image has 3 × 3" in reasons(report, "info")
    assert report.n_objects == 6


def test_each_image_is_announced_for_the_progress_bar(masks):
    seen = []
    convert(masks / "masks", masks / "a.json", on_image=seen.append)
    assert seen == ["A01.tif", "A02.tif"]


@pytest.mark.parametrize(
    ("source", "target", "options", "error", "reason"),
    [
        ("none", "a.json", {}, FormatError, "no such file or folder"),
        ("masks", "masks", {}, ParameterError, "onto itself"),
        ("masks", "a.unknown", {}, FormatError, "does not say the format; name it: masks, masks-png"),
        ("masks", "a.xml", {}, FormatError, "only read"),
        ("masks", "a.json", {"format_in": "nonsense"}, ParameterError, "there is no format “nonsense”"),
        ("masks", "a", {"format_out": "cvat"}, ParameterError, "only read"),
        ("images", "a.json", {"format_in": "csv"}, ParameterError, "no outlines that could be read"),
        ("table.csv", "a.json", {}, FormatError, "no outlines"),
        ("empty", "a.json", {}, FormatError, "not recognised"),
        ("notes.md", "a.json", {}, FormatError, "not recognised"),
        ("empty", "a.json", {"format_in": "masks"}, FormatError, "holds nothing that could be read"),
        ("masks", "b.json", {"images": "none"}, FormatError, "no such folder of images"),
    ],
)
def test_what_cannot_be_converted_is_refused_with_the_reason(masks, source, target, options, error, reason):
    (masks / "empty").mkdir()
    (masks / "notes.md").write_text("notes")
    (masks / "table.csv").write_text("image,label\n")
    if "images" in options:
        options = {"images": masks / options["images"]}
    with pytest.raises(error, match=reason):
        convert(masks / source, masks / target, **options)


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.json", {"images": [], "annotations": []}, "coco"),
        ("a.json", [{"image_id": 1}], "coco"),
        ("a.json", {"type": "FeatureCollection", "features": []}, "geojson"),
        ("a.json", {"dm_format_version": "1.0", "items": []}, "datumaro"),
        ("a.json", {"infos": {}, "items": []}, "datumaro"),
    ],
)
def test_json_files_are_told_apart_by_their_content(tmp_path, name, data, expected):
    (tmp_path / name).write_text(json.dumps(data))
    assert format_of_source(tmp_path / name).name == expected


class TestList:
    def test_names_and_suffixes_are_unique(self):
        names = [entry.name for entry in FORMATS]
        suffixes = [suffix for entry in FORMATS for suffix in entry.suffixes]
        assert len(set(names)) == len(names)
        assert len(set(suffixes)) == len(suffixes)

    def test_the_longest_suffix_wins(self, tmp_path):
        assert format_of_target(tmp_path / "a.ome.tif").name == "ome-tiff"
        assert format_of_target(tmp_path / "a.b.tif").name == "masks"

    def test_every_format_is_in_the_reference(self, request):
        text = (request.config.rootpath / "docs" / "reference" / "formats.md").read_text(encoding="utf-8")
        for entry in FORMATS:
            assert f"`{entry.name}`" in text

    def test_names_are_found_whatever_their_case(self):
        assert format_named("COCO").title == "COCO instance segmentation"
