import zipfile

import numpy as np
import pytest

from spheroseg.errors import FormatError
from spheroseg.formats import cvat
from spheroseg.geometry import rasterise

IMAGE = """<?xml version="1.0" encoding="utf-8"?>
<annotations><version>1.1</version><meta><task><labels><label><name>cell</name></label></labels></task></meta>
<image id="0" name="plate/a.png" width="12" height="8">
{shapes}
</image>
<image id="1" name="b.png" width="5" height="5"></image>
</annotations>
"""
POLYGON = '<polygon label="cell" occluded="0" points="1.0,1.0;5.0,1.0;5.0,4.0;1.0,4.0" z_order="0"></polygon>'


def read_xml(tmp_path, text):
    path = tmp_path / "annotations.xml"
    path.write_text(text, encoding="utf-8")
    return cvat.read(path)


def row_runs(mask):
    """CVAT's run lengths, counted pixel by pixel: row by row, beginning with zeros."""
    runs, value, n = [], 0, 0
    for pixel in mask.ravel().tolist():
        if pixel != value:
            runs.append(n)
            value, n = pixel, 0
        n += 1
    return ", ".join(map(str, [*runs, n]))


def test_polygons_and_images_without_objects(tmp_path):
    annotations, report = read_xml(tmp_path, IMAGE.format(shapes=POLYGON * 2))
    first, second = annotations.images
    assert (first.name, first.shape, second.shape) == ("plate/a.png", (8, 12), (5, 5))
    assert first.polygons.labels.tolist() == [1, 2]
    assert first.polygons.class_names == ("cell", "cell")
    assert rasterise(first.polygons, first.shape).astype(bool).sum() == 12
    assert (report.n_images, report.n_objects, report.notes) == (2, 2, [])


def test_masks_run_row_by_row_in_their_box(tmp_path):
    mask = np.array([[0, 1, 1], [1, 0, 1], [1, 1, 1], [0, 0, 1]])
    shape = f'<mask label="cell" rle="{row_runs(mask)}" left="5" top="2" width="3" height="4"/>'
    annotations, report = read_xml(tmp_path, IMAGE.format(shapes=shape))
    expected = np.zeros((8, 12), int)
    expected[2:6, 5:8] = mask
    assert (annotations.images[0].labels() == expected).all()
    assert report.notes == []


def test_a_mask_that_begins_with_ones(tmp_path):
    shape = '<mask label="cell" rle="0, 6" left="1" top="1" width="3" height="2"/>'
    annotations, _ = read_xml(tmp_path, IMAGE.format(shapes=shape))
    assert annotations.images[0].labels().sum() == 6


def test_ellipses_become_polygons_with_their_turn(tmp_path, reasons):
    shape = '<ellipse label="cell" cx="6" cy="4" rx="4" ry="1" rotation="90"/>'
    annotations, report = read_xml(tmp_path, IMAGE.format(shapes=shape))
    extent = np.ptp(annotations.images[0].polygons.vertices, axis=0)
    assert extent == pytest.approx([2, 8], abs=1e-3)
    assert "an ellipse" in reasons(report, "info")


def test_tracks_of_a_video_task(tmp_path):
    text = """<annotations><version>1.1</version><meta><task>
    <original_size><width>12</width><height>8</height></original_size></task></meta>
    <track id="4" label="cell">
      <polygon frame="0" keyframe="1" outside="0" points="1,1;5,1;5,4"></polygon>
      <polygon frame="3" keyframe="1" outside="0" points="2,1;6,1;6,4"></polygon>
      <polygon frame="4" keyframe="1" outside="1" points="2,1;6,1;6,4"></polygon>
    </track></annotations>"""
    annotations, _ = read_xml(tmp_path, text)
    assert [image.name for image in annotations.images] == ["frame_000000.png", "frame_000003.png"]
    assert [image.polygons.labels.tolist() for image in annotations.images] == [[5], [5]]


def test_the_zip_that_cvat_exports(tmp_path):
    with zipfile.ZipFile(tmp_path / "job.zip", "w") as archive:
        archive.writestr("annotations.xml", IMAGE.format(shapes=POLYGON))
    assert cvat.read(tmp_path / "job.zip")[1].n_objects == 1


@pytest.mark.parametrize(
    ("shape", "severity", "reason"),
    [
        (
            '<box label="cell" xtl="1" ytl="1" xbr="3" ybr="3"/>',
            "refused",
            "plate/a.png shape 2: a box bounds no outline",
        ),
        ('<points label="cell" points="1,1"/>', "refused", "a points bounds no outline"),
        ('<polygon label="cell"/>', "refused", "has no 'points'"),
        ('<polygon label="cell" points="1,1;x,2;3,3"/>', "refused", "no number"),
        ('<polygon label="cell" points="1,1;2,2"/>', "refused", "fewer than three"),
        ('<polygon label="cell" points="1,1,1;2,2,2;3,1,1"/>', "info", ""),
        ('<polygon label="cell" points="8,2;14,2;14,5;8,5"/>', "repaired", "cut off"),
        ('<polygon label="cell" points="20,2;24,2;24,5"/>', "refused", "outside of the image"),
        ('<mask label="cell" rle="0, 5" left="1" top="1" width="3" height="2"/>', "refused", "sum to 5"),
        ('<mask label="cell" rle="0, 6" left="10" top="1" width="3" height="2"/>', "refused", "leaves the image"),
        ('<mask label="cell" rle="-1, 7" left="1" top="1" width="3" height="2"/>', "refused", "run lengths"),
        ('<mask label="cell" rle="a" left="1" top="1" width="3" height="2"/>', "refused", "no number"),
        ('<mask label="cell" rle="0, 6" left="1" top="1" width="3"/>', "refused", "has no 'height'"),
        ('<mask label="cell" rle="0" left="1" top="1" width="0" height="2"/>', "refused", "box of 0 × 2"),
    ],
)
def test_one_bad_shape_is_noted_and_the_rest_is_read(tmp_path, reasons, shape, severity, reason):
    annotations, report = read_xml(tmp_path, IMAGE.format(shapes=POLYGON + shape + POLYGON))
    assert reason in reasons(report, severity)
    assert report.n_objects >= 2
    assert len(annotations.images) == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("<annotations>\n<image", r"line 2"),
        ("<html></html>", "instead of CVAT's <annotations>"),
        ("<annotations></annotations>", "holds no image"),
        ('<annotations><image name="a"/></annotations>', "width and height are not stated"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><annotations>&b;</annotations>', "entities of its own"),
        ("", "no XML"),
    ],
)
def test_what_is_no_cvat_file_is_refused_with_the_reason(tmp_path, text, reason):
    with pytest.raises(FormatError, match=reason):
        read_xml(tmp_path, text)


def test_a_zip_without_annotations(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("other.xml", "<a/>")
    with pytest.raises(FormatError, match=r"holds no annotations\.xml"):
        cvat.read(tmp_path / "a.zip")
