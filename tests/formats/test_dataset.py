import numpy as np
import pytest

from spheroseg.errors import ParameterError
from spheroseg.formats import AnnotatedImage, Report
from spheroseg.formats.dataset import MAX_NOTES_A_REASON
from spheroseg.formats.parts.numbering import Numbering
from spheroseg.geometry import Polygons, trace


class TestReport:
    def test_a_note_reads_as_one_line(self):
        report = Report(n_images=2, n_objects=5)
        report.add("refused", "a.txt line 3", "a box without an outline")
        report.add("lost", "", "no pixel size")
        assert report.lines() == [
            "2 images, 5 objects",
            "refused: a.txt line 3: a box without an outline",
            "lost: no pixel size",
        ]

    def test_the_same_note_is_kept_once(self):
        report = Report()
        for _ in range(3):
            report.add("lost", "", "no confidences")
        assert len(report.notes) == 1

    def test_a_fault_of_a_million_objects_stays_readable_and_is_counted(self):
        report = Report()
        for i in range(MAX_NOTES_A_REASON + 500):
            report.add("lost", f"object {i}", "a hole")
        assert len(report.notes) == MAX_NOTES_A_REASON
        assert report.lines()[-1] == "lost: 500 more: a hole"

    def test_only_what_was_refused_is_an_error(self):
        report = Report()
        for severity in ("info", "repaired", "lost"):
            report.add(severity, "", "x")
        assert not report.has_errors
        other = Report()
        other.add("refused", "", "y")
        report.extend(other)
        assert report.has_errors
        assert [note.severity for note in report.of("refused")] == ["refused"]


class TestAnnotatedImage:
    def test_a_core_and_its_spheroid_of_one_label_are_two_objects(self):
        whole, core = np.ones((4, 4), np.uint8), np.zeros((4, 4), np.uint8)
        core[1:3, 1:3] = 1
        polygons = Polygons.from_list([*trace(whole), *trace(core, class_name="core")])
        image = AnnotatedImage("a.tif", 4, 4, polygons)
        assert [(key.label, key.class_name) for key, _ in image.objects()] == [(1, "spheroid"), (1, "core")]
        assert (image.labels("core") == core).all()
        assert image.labels("cell").sum() == 0

    @pytest.mark.parametrize(("name", "width", "height"), [("", 1, 1), ("a", 0, 1), ("a", 1, -1)])
    def test_images_that_cannot_be(self, name, width, height):
        with pytest.raises(ParameterError):
            AnnotatedImage(name, width, height, Polygons.from_list([]))


def test_numbers_are_kept_where_they_are_free():
    numbering = Numbering()
    stated = [(5, "cell"), (5, "cell"), (5, "core"), (None, "cell"), (0, "cell"), (2**40, "cell"), (1, "core")]
    assert [numbering.number(label, name) for label, name in stated] == [5, 1, 5, 2, 3, 4, 1]
