"""Damaged files of every format: read with notes or refused with a reason, never a crash."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from spheroseg.errors import SpheroSegError
from spheroseg.formats import AnnotatedImage, Annotations
from spheroseg.formats.registry import format_named
from spheroseg.geometry import Polygons, trace

LABELS = np.zeros((12, 14), np.uint16)
LABELS[1:6, 1:6], LABELS[3, 3], LABELS[8:11, 4:12], LABELS[0, 13] = 1, 0, 2, 2
FILES = {
    "masks": "a.tif",
    "masks-png": "a.png",
    "ome-tiff": "a.ome.tif",
    "coco": "a.json",
    "geojson": "a.geojson",
    "imagej": "a.zip",
    "yolo": "labels/train/a.txt",
}
CVAT = (
    '<annotations><image id="0" name="a.png" width="14" height="12"><polygon label="c" points="1,1;6,1;6,6;1,6"/>'
    '<mask label="c" rle="1, 3, 2" left="2" top="8" width="3" height="2"/></image></annotations>'
)
DATUMARO = {
    "categories": {"label": {"labels": [{"name": "c"}]}},
    "items": [
        {
            "id": "a",
            "image": {"path": "a.png", "size": [12, 14]},
            "annotations": [
                {"type": "polygon", "label_id": 0, "points": [1, 1, 6, 1, 6, 6]},
                {"type": "mask", "label_id": 0, "rle": {"counts": [10, 5, 153], "size": [12, 14]}},
            ],
        }
    ],
}


@pytest.fixture(scope="module")
def originals(tmp_path_factory):
    """For each format a good file: the folder or file to read, the file to damage, its bytes."""
    found = {}
    image = AnnotatedImage("a.png", 14, 12, Polygons.from_list(trace(LABELS, confidences={1: 0.5})), (0.5, 0.5))
    for name, file in FILES.items():
        folder = tmp_path_factory.mktemp(name)
        target = folder if name == "yolo" else folder / file
        format_named(name).write(Annotations((image,)), target, None)
        if name == "yolo":
            (folder / "images" / "train").mkdir(parents=True)
            Image.fromarray(LABELS.astype(np.uint8)).save(folder / "images" / "train" / "a.png")
        found[name] = target, folder / file, (folder / file).read_bytes()
    for name, file, text in (("cvat", "a.xml", CVAT), ("datumaro", "d.json", json.dumps(DATUMARO))):
        path = tmp_path_factory.mktemp(name) / file
        path.write_text(text, encoding="utf-8")
        found[name] = path, path, text.encode()
    return found


def read_quietly(name, target):
    try:
        annotations, _ = format_named(name).read(target, None)
    except SpheroSegError:
        return
    for image in annotations.images:
        assert image.labels().shape == image.shape


@pytest.mark.parametrize("name", [*FILES, "cvat", "datumaro"])
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_changed_cut_and_random_bytes(name, originals, data):
    target, file, good = originals[name]
    how = data.draw(st.sampled_from(["change", "cut", "insert", "random"]))
    place = data.draw(st.integers(0, len(good)))
    some = data.draw(st.binary(min_size=1, max_size=12))
    damaged = {
        "change": good[:place] + some + good[place + len(some) :],
        "cut": good[:place],
        "insert": good[:place] + some + good[place:],
        "random": some,
    }[how]
    file.write_bytes(damaged)
    read_quietly(name, target)


NUMBERS = st.one_of(st.integers(-5, 20), st.floats(allow_nan=True), st.just(10**400), st.text(max_size=2), st.none())
JUNK = st.recursive(
    NUMBERS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
)


@pytest.mark.parametrize("name", ["coco", "geojson", "datumaro"])
@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_json_with_one_value_replaced_by_anything(name, originals, data):
    target, file, good = originals[name]
    tree = json.loads(good)
    node, steps = tree, data.draw(st.integers(1, 7))
    for step in range(steps):
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            break
        key = data.draw(st.sampled_from(keys))
        if step == steps - 1 or not isinstance(node[key], (dict, list)):
            node[key] = data.draw(JUNK)
            break
        node = node[key]
    file.write_text(json.dumps(tree), encoding="utf-8")
    read_quietly(name, target)
