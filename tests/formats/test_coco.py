import contextlib
import io
import json

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from spheroseg.errors import FormatError
from spheroseg.formats import ImageFolder, coco
from spheroseg.geometry import rasterise

# pycocotools' own arrays do not know NumPy 2's copy keyword
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")

SQUARE = [1, 1, 5, 1, 5, 4, 1, 4]


def load(path):
    with contextlib.redirect_stdout(io.StringIO()):
        return COCO(str(path))


def minimal(annotations, **image):
    image = {"id": 7, "file_name": "a.png", "width": 10, "height": 8} | image
    return {"images": [image], "annotations": annotations, "categories": [{"id": 3, "name": "cell"}]}


def read_json(tmp_path, data):
    path = tmp_path / "in.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), encoding="utf-8")
    return coco.read(path)


class TestPycocotools:
    def test_every_object_decodes_to_our_pixels(self, labels, annotate, tmp_path):
        coco.write(annotate(labels), tmp_path / "a.json")
        dataset = load(tmp_path / "a.json")
        annotations = dataset.loadAnns(dataset.getAnnIds())
        assert len(annotations) == len(np.unique(labels[labels > 0]))
        for annotation in annotations:
            mask = dataset.annToMask(annotation).astype(bool)
            assert (mask == (labels == annotation["label"])).all()
            assert annotation["area"] == coco_mask.area(annotation["segmentation"]) == mask.sum()
            assert annotation["bbox"] == coco_mask.toBbox(annotation["segmentation"]).tolist()
            assert annotation["iscrowd"] == 0

    def test_ids_and_categories_are_whole(self, annotate, tmp_path):
        plane = np.array([[1, 1, 2]], dtype=np.uint16)
        coco.write(annotate(plane, plane, cores=plane), tmp_path / "a.json")
        dataset = load(tmp_path / "a.json")
        assert [c["name"] for c in dataset.loadCats(dataset.getCatIds())] == ["spheroid", "core"]
        assert sorted(dataset.getAnnIds()) == list(range(1, 9))
        assert len(dataset.getAnnIds(imgIds=[1])) == 4
        assert len(dataset.getAnnIds(catIds=[2])) == 4

    def test_the_evaluation_of_an_image_against_itself_is_1(self, annotate, tmp_path):
        labels = np.zeros((40, 40), np.uint16)
        labels[2:20, 2:20], labels[8:12, 8:12], labels[25:38, 20:38] = 1, 0, 2
        coco.write(annotate(labels, confidences={1: 0.9, 2: 0.8}), tmp_path / "a.json")
        dataset = load(tmp_path / "a.json")
        with contextlib.redirect_stdout(io.StringIO()):
            results = dataset.loadRes(dataset.loadAnns(dataset.getAnnIds()))
            evaluation = COCOeval(dataset, results, "segm")
            evaluation.evaluate()
            evaluation.accumulate()
            evaluation.summarize()
        assert evaluation.stats[0] == pytest.approx(1)

    def test_an_empty_data_set_loads(self, annotate, tmp_path):
        coco.write(annotate(np.zeros((2, 3), np.uint16)), tmp_path / "a.json")
        dataset = load(tmp_path / "a.json")
        assert (len(dataset.getImgIds()), len(dataset.getAnnIds()), len(dataset.getCatIds())) == (1, 0, 1)

    def test_uncompressed_and_their_own_masks_are_read(self, tmp_path):
        mask = np.zeros((8, 10), np.uint8)
        mask[2:6, 3:9] = 1
        compressed = coco_mask.encode(np.asfortranarray(mask))
        compressed["counts"] = compressed["counts"].decode()
        counts = [26, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 10]
        data = minimal(
            [
                {"id": 1, "image_id": 7, "category_id": 3, "segmentation": compressed},
                {"id": 2, "image_id": 7, "category_id": 3, "segmentation": {"size": [8, 10], "counts": counts}},
            ]
        )
        annotations, report = read_json(tmp_path, data)
        assert report.notes == []
        (image,) = annotations.images
        for _, parts in image.objects():
            (part,) = parts
            assert (rasterise([part], (8, 10)) > 0).tolist() == mask.astype(bool).tolist()
            assert part.class_name == "cell"


class TestDialects:
    def read_one(self, tmp_path, **annotation):
        return read_json(tmp_path, minimal([{"id": 1, "image_id": 7, "category_id": 3} | annotation]))

    def test_polygons_with_several_parts(self, tmp_path):
        annotations, report = self.read_one(tmp_path, segmentation=[SQUARE, [6, 1, 9, 1, 9, 4]])
        ((key, parts),) = annotations.images[0].objects()
        assert (key.label, len(parts)) == (1, 2)
        assert report.notes == []

    def test_a_polygon_that_is_not_in_a_list(self, tmp_path, reasons):
        annotations, report = self.read_one(tmp_path, segmentation=SQUARE)
        assert len(annotations.images[0].polygons) == 1
        assert "not in a list" in reasons(report, "repaired")

    def test_a_crowd_is_one_object(self, tmp_path, reasons):
        annotations, report = self.read_one(tmp_path, segmentation=[SQUARE], iscrowd=1)
        assert len(annotations.images[0].polygons) == 1
        assert "iscrowd" in reasons(report, "repaired")

    def test_coordinates_as_text(self, tmp_path):
        annotations, _ = self.read_one(tmp_path, segmentation=[[str(value) for value in SQUARE]])
        assert len(annotations.images[0].polygons) == 1

    def test_a_list_of_detections(self, tmp_path):
        rle = coco_mask.encode(np.asfortranarray(np.ones((4, 5), np.uint8)))
        rle["counts"] = rle["counts"].decode()
        detections = [{"image_id": 42, "category_id": 1, "segmentation": rle, "score": 0.5}]
        annotations, _ = read_json(tmp_path, detections)
        (image,) = annotations.images
        assert (image.name, image.shape, image.polygons.confidences.tolist()) == ("42", (4, 5), [0.5])

    def test_an_outline_beyond_the_image_is_cut_off(self, tmp_path, reasons):
        annotations, report = self.read_one(tmp_path, segmentation=[[-3, 1, 5, 1, 5, 4, -3, 4]])
        assert annotations.images[0].labels().sum() == 5 * 3
        assert "cut off" in reasons(report, "repaired")

    def test_sizes_come_from_the_image_where_the_file_has_none(self, tmp_path):
        (tmp_path / "images").mkdir()
        Image.fromarray(np.zeros((8, 10), np.uint8)).save(tmp_path / "images" / "a.png")
        data = minimal([{"id": 1, "image_id": 7, "category_id": 3, "segmentation": [SQUARE]}], width=None, height=None)
        path = tmp_path / "in.json"
        path.write_text(json.dumps(data), encoding="utf-8")
        assert coco.read(path)[1].has_errors
        annotations, report = coco.read(path, images=ImageFolder(tmp_path / "images"))
        assert annotations.images[0].shape == (8, 10)
        assert not report.has_errors


@pytest.mark.parametrize(
    ("annotation", "severity", "reason"),
    [
        ({"bbox": [1, 1, 2, 2]}, "refused", "annotation 2 (a.png): a box without an outline"),
        ({"segmentation": []}, "refused", "has no outline"),
        ({"segmentation": [[1, 1, 2, 2]]}, "refused", "fewer than three different points"),
        ({"segmentation": [[1, 1, 2, 2, 3]]}, "refused", "odd number"),
        ({"segmentation": [[1, 1, 2, 2, 3, "x"]]}, "refused", "not numbers"),
        ({"segmentation": [[1, 1, 2, 2, 3, float("nan")]]}, "refused", "not a finite number"),
        ({"segmentation": [[20, 20, 30, 20, 30, 30]]}, "refused", "outside of the image"),
        ({"segmentation": {"size": [9, 9], "counts": [81]}}, "refused", "its mask is 9 × 9 px, the image 10 × 8"),
        ({"segmentation": {"size": [8, 10], "counts": [5]}}, "refused", "sum to 5"),
        ({"segmentation": {"size": [8, 10], "counts": [80]}}, "refused", "empty"),
        ({"segmentation": {"size": [8, 10]}}, "refused", "neither whole numbers"),
        ({"segmentation": [[1, 1, 5, 4, 5, 1, 1, 4]]}, "repaired", "annotation 2"),
        ({"segmentation": [[1, 1, 5, 1, 5, 4]], "category_id": 99}, "info", "category 99"),
        ({"segmentation": [[1, 1, 5, 1, 5, 4]], "id": 1}, "repaired", "id of another annotation"),
        ({"segmentation": [[1, 1, 5, 1, 5, 4]], "image_id": 8}, "refused", "image 8, which the file does not list"),
        ({"segmentation": [[1, 1, 5, 1, 5, 4]], "image_id": None}, "refused", "names no image"),
    ],
)
def test_one_bad_annotation_is_noted_and_the_rest_is_read(tmp_path, reasons, annotation, severity, reason):
    good = {"id": 1, "image_id": 7, "category_id": 3, "segmentation": [[1, 1, 4, 1, 4, 4, 1, 4]]}
    bad = {"id": 2, "image_id": 7, "category_id": 3} | annotation
    annotations, report = read_json(tmp_path, minimal([good, bad, {**good, "id": 3}]))
    assert reason in reasons(report, severity)
    assert len(annotations.images[0].polygons) >= 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"images": [],\n "annotations": [}', "line 2, column 18"),
        ("[1, 2", "line 1"),
        ('{"images": []}', "no list “annotations”"),
        ("\xff", "no COCO|no JSON"),
        ("[" * 100_000, "nested too deeply|no JSON"),
    ],
)
def test_what_is_no_coco_is_refused_with_the_line(tmp_path, text, reason):
    with pytest.raises(FormatError, match=reason):
        read_json(tmp_path, text)


def test_an_image_that_claims_to_be_huge_is_refused(tmp_path, reasons):
    rle = {"size": [10**9, 10**9], "counts": [0, 10**18]}
    data = minimal([{"id": 1, "image_id": 7, "category_id": 3, "segmentation": rle}], width=10**9, height=10**9)
    annotations, report = read_json(tmp_path, data)
    assert annotations.images == ()
    assert "no usable size" in reasons(report, "refused")
