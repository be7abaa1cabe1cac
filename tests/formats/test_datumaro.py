import json

import numpy as np
import pytest
from pycocotools import mask as coco_mask

from spheroseg.errors import FormatError
from spheroseg.formats import datumaro

POLYGON = {"id": 0, "type": "polygon", "group": 0, "label_id": 0, "points": [1.0, 1.0, 5.0, 1.0, 5.0, 4.0, 1.0, 4.0]}


def read_items(tmp_path, *annotations, size=(8, 10), labels=("cell", "core")):
    data = {
        "dm_format_version": "1.0",
        "infos": {},
        "categories": {"label": {"labels": [{"name": name, "parent": ""} for name in labels]}},
        "items": [{"id": "a", "annotations": list(annotations), "image": {"path": "a.png", "size": list(size)}}],
    }
    path = tmp_path / "default.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return datumaro.read(path)


def test_polygons_and_masks(tmp_path):
    mask = np.zeros((8, 10), np.uint8)
    mask[2:6, 3:9], mask[3, 4] = 1, 0
    rle = coco_mask.encode(np.asfortranarray(mask))
    entry = {"type": "mask", "label_id": 1, "rle": {"counts": rle["counts"].decode(), "size": [8, 10]}}
    annotations, report = read_items(tmp_path, POLYGON, entry)
    (image,) = annotations.images
    assert (image.labels("cell") > 0).sum() == 12
    assert ((image.labels("core") > 0) == mask.astype(bool)).all()
    assert (report.n_objects, report.notes) == (2, [])


def test_shapes_of_one_group_are_one_object(tmp_path):
    parts = [POLYGON | {"group": 3}, POLYGON | {"group": 3, "points": [6, 5, 9, 5, 9, 7]}, POLYGON]
    annotations, report = read_items(tmp_path, *parts)
    assert annotations.images[0].polygons.labels.tolist() == [1, 1, 2]
    assert report.n_objects == 2


@pytest.mark.parametrize(
    ("entry", "severity", "reason"),
    [
        ({"type": "bbox", "bbox": [1, 1, 2, 2]}, "refused", "a.png annotation 2: a bbox bounds no outline"),
        ({"type": "polygon", "points": [1, 2, 3]}, "refused", "odd number"),
        ({"type": "polygon"}, "refused", "odd number"),
        ({"type": "mask", "rle": {"counts": [80], "size": [8, 10]}}, "refused", "empty"),
        ({"type": "mask", "rle": {"counts": [3], "size": [8, 10]}}, "refused", "sum to 3"),
        ({"type": "mask", "rle": {"counts": [80], "size": [9, 10]}}, "refused", "of size [9, 10], the image [8, 10]"),
        ({"type": "mask"}, "refused", "of size None"),
        ({**POLYGON, "label_id": 17}, "info", "class 17 has no name"),
        ("text", "refused", "a None bounds no outline"),
    ],
)
def test_one_bad_annotation_is_noted_and_the_rest_is_read(tmp_path, reasons, entry, severity, reason):
    annotations, report = read_items(tmp_path, POLYGON, entry, POLYGON)
    assert reason in reasons(report, severity)
    assert len(annotations.images[0].polygons) >= 2


def test_an_image_without_a_size_is_refused(tmp_path, reasons):
    annotations, report = read_items(tmp_path, POLYGON, size=(0, 10))
    assert annotations.images == ()
    assert "give the images' folder" in reasons(report, "refused")


@pytest.mark.parametrize("text", ['{"annotations": []}', "[]", "{"])
def test_what_is_no_datumaro_file_is_refused(tmp_path, text):
    (tmp_path / "a.json").write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match=r"no list “items”|is no JSON: line 1"):
        datumaro.read(tmp_path / "a.json")
