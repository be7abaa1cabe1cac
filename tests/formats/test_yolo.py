import cv2
import numpy as np
import pytest
import yaml
from PIL import Image

from spheroseg.errors import FormatError
from spheroseg.formats import AnnotatedImage, Annotations, ImageFolder, yolo
from spheroseg.geometry import Polygons, trace


def trainer_rules(folder):
    """What the trainers check when they load a data set; returns (class, points) of each label file's lines."""
    settings = yaml.safe_load((folder / "data.yaml").read_text(encoding="utf-8"))
    assert {"train", "val", "names"} <= settings.keys()
    names = settings["names"]
    assert sorted(names) == list(range(len(names)))
    found = {}
    for image in sorted((folder / settings["train"]).rglob("*.*")):
        label_file = folder / "labels" / "train" / image.relative_to(folder / "images" / "train").with_suffix(".txt")
        lines = [line.split() for line in label_file.read_text(encoding="utf-8").strip().splitlines() if line]
        assert all(len(line) > 6 and len(line) % 2 for line in lines), "a segment is a class and at least three points"
        values = np.array([float(value) for line in lines for value in line[1:]])
        assert values.size == 0 or (values.min() >= 0 and values.max() <= 1)
        assert all(0 <= int(line[0]) < len(names) for line in lines)
        assert len({" ".join(line) for line in lines}) == len(lines), "duplicate lines are dropped by the trainers"
        found[image.name] = [(int(line[0]), np.array(line[1:], dtype=float).reshape(-1, 2)) for line in lines]
    return found


@pytest.fixture
def data_set(tmp_path):
    """A folder of one 10 × 8 image and its labels; returns a function that writes the label file and reads all."""

    def make(text, names="names: [spheroid, cell]\n"):
        for name in ("images/train", "labels/train"):
            (tmp_path / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.zeros((8, 10), np.uint8)).save(tmp_path / "images/train/a.png")
        (tmp_path / "labels/train/a.txt").write_text(text, encoding="utf-8")
        if names is not None:
            (tmp_path / "data.yaml").write_text(names, encoding="utf-8")
        return yolo.read(tmp_path)

    return make


class TestWriting:
    def test_the_trainers_rules_hold(self, labels, annotate, tmp_path):
        (tmp_path / "in").mkdir()
        Image.fromarray(labels).save(tmp_path / "in" / "A01.png")
        images = ImageFolder(tmp_path / "in")
        yolo.write(annotate(labels, name="A01.tif"), tmp_path / "out", images=images)
        found = trainer_rules(tmp_path / "out")
        assert len(found["A01.png"]) == len(np.unique(labels[labels > 0]))

    def test_drawn_as_the_trainers_draw_it_the_outline_is_off_by_a_pixel_at_most(self, tmp_path):
        rows, columns = np.mgrid[:120, :160]
        labels = ((columns - 80) ** 2 / 50**2 + (rows - 60) ** 2 / 40**2 < 1).astype(np.uint16)
        image = AnnotatedImage("a.png", 160, 120, trace(labels))
        (tmp_path / "in").mkdir()
        Image.fromarray(labels).save(tmp_path / "in" / "a.png")
        yolo.write(Annotations((image,)), tmp_path / "out", images=ImageFolder(tmp_path / "in"))
        ((_, points),) = trainer_rules(tmp_path / "out")["a.png"]
        drawn = cv2.fillPoly(np.zeros(labels.shape, np.uint8), [np.int32(points * (160, 120))], 1)
        assert not (drawn < labels).any()
        assert (drawn - labels).sum() <= 2 * (160 + 120)

    def test_filled_holes_and_joined_parts_are_named(self, annotate, tmp_path, reasons):
        labels = np.zeros((7, 12), np.uint16)
        labels[1:6, 1:6], labels[3, 3], labels[1, 8], labels[5, 8] = 1, 0, 2, 2
        report = yolo.write(annotate(labels), tmp_path)
        assert "plate 1/A01.tif spheroid 1: its holes were filled" in reasons(report, "lost")
        assert "plate 1/A01.tif spheroid 2: its separate parts were joined" in reasons(report, "info")

    def test_data_yaml_says_that_val_is_train(self, annotate, tmp_path):
        yolo.write(annotate(np.ones((3, 3), np.uint16)), tmp_path)
        text = (tmp_path / "data.yaml").read_text(encoding="utf-8")
        assert text.startswith("# val is the training set")
        assert yaml.safe_load(text)["names"] == {0: "spheroid"}

    def test_names_that_collide_get_files_of_their_own(self, tmp_path, reasons):
        images = [AnnotatedImage(name, 2, 2, Polygons.from_list([])) for name in ("a.png", "a.tif", "../../a.png")]
        report = yolo.write(Annotations(images), tmp_path / "out")
        assert sorted(path.name for path in tmp_path.rglob("*.txt")) == ["a.txt", "a_png.txt", "a_tif.txt"]
        assert "written as a_tif.txt" in reasons(report, "info")

    def test_a_file_is_refused_as_a_target(self, annotate, tmp_path):
        with pytest.raises(FormatError, match="give a folder"):
            yolo.write(annotate(np.ones((3, 3), np.uint16)), tmp_path / "a.txt")


class TestReading:
    def test_classes_by_list_or_by_number(self, data_set):
        line = "1 0.1 0.125 0.5 0.125 0.5 0.5\n"
        for names in ("names: [spheroid, cell]\n", "names:\n  0: spheroid\n  1: cell\n"):
            annotations, report = data_set(line, names)
            assert annotations.images[0].polygons.class_names == ("cell",)
            assert annotations.images[0].polygons.vertices.tolist() == [[1, 1], [5, 1], [5, 4]]
            assert report.notes == []

    def test_without_data_yaml_a_note_is_made(self, data_set, reasons):
        annotations, report = data_set("0 0.1 0.1 0.5 0.1 0.5 0.5\n", names=None)
        assert annotations.images[0].polygons.class_names == ("spheroid",)
        assert "no data.yaml" in reasons(report, "info")

    def test_predictions_with_a_confidence(self, data_set, reasons):
        annotations, report = data_set("0 0.1 0.1 0.5 0.1 0.5 0.5 0.875\n")
        assert annotations.images[0].polygons.confidences.tolist() == [0.875]
        assert "taken as the confidence" in reasons(report, "info")

    def test_an_image_without_objects_stays(self, data_set):
        annotations, report = data_set("")
        assert (report.n_images, report.n_objects) == (1, 0)
        assert annotations.images[0].name == "train/a.png"

    @pytest.mark.parametrize(
        ("line", "reason"),
        [
            ("0 0.5 0.5 0.2 0.2", "a box without an outline"),
            ("0 0.5 0.5 0.2 0.2 0.9", "a box without an outline"),
            ("0 0.1 0.1 0.5", "3 coordinates make no outline"),
            ("0 a b c d e f", "no number"),
            ("x 0.1 0.1 0.5 0.1 0.5 0.5", "no number"),
            ("-1 0.1 0.1 0.5 0.1 0.5 0.5", "number of a class"),
            ("0.5 0.1 0.1 0.5 0.1 0.5 0.5", "number of a class"),
            ("0 nan 0.1 0.5 0.1 0.5 0.5", "not finite"),
            ("0 10 10 50 10 50 50", "are they in pixels"),
            ("0 0.1 0.1 0.1 0.1 0.1 0.1", "fewer than three different points"),
        ],
    )
    def test_a_bad_line_is_refused_by_its_number_and_the_rest_is_read(self, data_set, reasons, line, reason):
        good = "0 0.1 0.1 0.5 0.1 0.5 0.5\n"
        annotations, report = data_set(f"{good}{line}\n{good}")
        assert "train/a.txt line 2: " in reasons(report, "refused")
        assert reason in reasons(report, "refused")
        assert len(annotations.images[0].polygons) == 2

    def test_a_little_beyond_the_image_is_cut_off(self, data_set, reasons):
        annotations, report = data_set("0 0.5 0 1.005 0 1.005 1 0.5 1\n")
        assert annotations.images[0].polygons.vertices.max(axis=0).tolist() == [10, 8]
        assert "cut off" in reasons(report, "repaired")

    def test_labels_without_their_image_are_refused(self, data_set, tmp_path, reasons):
        data_set("")
        (tmp_path / "labels/train/other.txt").write_text("0 0.1 0.1 0.5 0.1 0.5 0.5\n", encoding="utf-8")
        annotations, report = yolo.read(tmp_path)
        assert len(annotations.images) == 1
        assert "train/other.txt: has no image" in reasons(report, "refused")

    def test_a_damaged_data_yaml_is_named(self, data_set, reasons):
        _, report = data_set("0 0.1 0.1 0.5 0.1 0.5 0.5\n", names="names: [a\n")
        assert "data.yaml: is no YAML" in reasons(report, "refused")
        assert "class 0 has no name" in reasons(report, "info")

    def test_no_images_at_all(self, tmp_path):
        (tmp_path / "a.txt").write_text("0 0.1 0.1 0.5 0.1 0.5 0.5\n", encoding="utf-8")
        with pytest.raises(FormatError, match="give the images' folder"):
            yolo.read(tmp_path)
