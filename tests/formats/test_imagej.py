import zipfile

import numpy as np
import pytest
import roifile
import shapely
from roifile import ROI_TYPE, ImagejRoi

from spheroseg.errors import FormatError
from spheroseg.formats import AnnotatedImage, Annotations, imagej
from spheroseg.geometry import Polygon, Polygons, trace


def imagej_mask(roi, shape):
    """ImageJ's mask of an area selection: pixels whose centre lies inside, composite paths by the even-odd rule."""
    rows, columns = np.mgrid[: shape[0], : shape[1]] + 0.5
    mask = np.zeros(shape, dtype=bool)
    for path in roi.coordinates(multi=True):
        mask ^= shapely.contains_xy(shapely.make_valid(shapely.Polygon(path)), columns, rows)
    return mask


def write_rois(path, *rois):
    with zipfile.ZipFile(path, "w") as archive:
        for i, roi in enumerate(rois):
            archive.writestr(f"{i:04d}.roi", roi if isinstance(roi, bytes) else roi.tobytes())
    return path


def roi_of(kind, left=1, top=2, right=7, bottom=8):
    roi = ImagejRoi()
    roi.roitype, roi.left, roi.top, roi.right, roi.bottom = kind, left, top, right, bottom
    return roi


def test_roifile_reads_them_and_imagejs_masks_are_ours(labels, annotate, tmp_path):
    imagej.write(annotate(labels), tmp_path / "a.zip")
    numbers = np.unique(labels[labels > 0])
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        rois = [ImagejRoi.frombytes(archive.read(name)) for name in archive.namelist()]
    assert len(rois) == len(numbers)
    for roi, number in zip(rois, numbers, strict=True):
        assert (imagej_mask(roi, labels.shape) == (labels == number)).all()
        assert roi.properties["label"] == number
        assert roi.name == f"spheroid {number}"
        rows, columns = np.nonzero(labels == number)
        bounds = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert (roi.left, roi.top, roi.right, roi.bottom) == bounds


def test_roifile_lists_the_set(annotate, tmp_path):
    imagej.write(annotate(np.array([[1, 0, 2]], np.uint16)), tmp_path / "a.zip")
    assert [roi.roitype for roi in roifile.roiread(tmp_path / "a.zip")] == [ROI_TYPE.TRACED] * 2


def test_an_object_with_a_hole_or_parts_is_composite_and_whole_edges_are_traced(annotate, tmp_path):
    labels = np.array([[1, 1, 1, 0, 2], [1, 0, 1, 0, 0], [1, 1, 1, 0, 2], [3, 3, 3, 3, 3]], np.uint16)
    imagej.write(annotate(labels), tmp_path / "a.zip")
    rois = roifile.roiread(tmp_path / "a.zip")
    assert [roi.composite for roi in rois] == [True, True, False]
    assert rois[2].integer_coordinates is not None
    assert rois[2].subpixel_coordinates is None


def test_sub_pixel_outlines_keep_their_coordinates(tmp_path):
    corners = np.array([[1.25, 1.5], [5.125, 1.5], [5.125, 4.75]])
    image = AnnotatedImage("a.tif", 9, 9, Polygons.from_list([Polygon(corners, confidence=0.5)]))
    imagej.write(Annotations((image,)), tmp_path / "a.zip")
    (again,) = imagej.read(tmp_path / "a.zip")[0].images
    assert again.polygons[0].exterior.tolist() == corners.tolist()
    assert again.polygons[0].confidence == 0.5


def test_the_same_objects_give_the_same_file(annotate, tmp_path):
    for name in ("a.zip", "b.zip"):
        imagej.write(annotate(np.array([[1, 0, 2]], np.uint16)), tmp_path / name)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


class TestOtherPrograms:
    def test_freehand_as_roifile_and_cellpose_write_it(self, tmp_path):
        path = write_rois(tmp_path / "a.zip", ImagejRoi.frompoints(np.array([[2, 2], [8, 2], [8, 6], [2, 6]])))
        annotations, report = imagej.read(path)
        assert annotations.images[0].labels().sum() == 24
        assert (report.n_objects, report.has_errors) == (1, False)

    def test_rectangles_and_ellipses(self, tmp_path, reasons):
        path = write_rois(tmp_path / "a.zip", roi_of(ROI_TYPE.RECT), roi_of(ROI_TYPE.OVAL, 10, 10, 110, 60))
        annotations, report = imagej.read(path)
        areas = [shapely.Polygon(polygon.exterior).area for polygon in annotations.images[0].polygons]
        assert areas == pytest.approx([36, np.pi * 50 * 25])
        assert "an ellipse" in reasons(report, "info")

    @pytest.mark.parametrize("kind", [ROI_TYPE.LINE, ROI_TYPE.POINT, ROI_TYPE.ANGLE, ROI_TYPE.POLYLINE])
    def test_what_bounds_no_area_is_refused_by_name(self, tmp_path, reasons, kind):
        bad = ImagejRoi.frompoints(np.array([[2, 2], [8, 2], [8, 6]]))
        bad.roitype = kind
        path = write_rois(tmp_path / "a.zip", roi_of(ROI_TYPE.RECT), bad)
        annotations, report = imagej.read(path)
        assert len(annotations.images[0].polygons) == 1
        assert f"a.zip 0001.roi: a {kind.name.lower()} selection" in reasons(report, "refused")

    def test_a_single_roi_file(self, tmp_path):
        (tmp_path / "cell.roi").write_bytes(roi_of(ROI_TYPE.RECT).tobytes())
        (image,) = imagej.read(tmp_path / "cell.roi")[0].images
        assert (image.name, len(image.polygons)) == ("cell", 1)

    def test_names_with_numbers_keep_them(self, tmp_path):
        rois = [roi_of(ROI_TYPE.RECT) for _ in range(3)]
        for roi, name in zip(rois, ("0012", "cell 5", "0034-0567"), strict=True):
            roi.name = name
        (image,) = imagej.read(write_rois(tmp_path / "a.zip", *rois))[0].images
        assert image.polygons.labels.tolist() == [12, 5, 1]

    @pytest.mark.parametrize("damage", [b"", b"nonsense", b"Iout" + bytes(80)])
    def test_a_damaged_roi_is_refused_and_the_rest_is_read(self, tmp_path, reasons, damage):
        annotations, report = imagej.read(write_rois(tmp_path / "a.zip", roi_of(ROI_TYPE.RECT), damage))
        assert len(annotations.images[0].polygons) == 1
        assert "a.zip 0001.roi" in reasons(report, "refused")

    def test_a_zip_of_something_else_is_refused(self, tmp_path, reasons):
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr("readme.txt", "hello")
        (tmp_path / "b.zip").write_bytes(b"PK\x03\x04 cut off")
        annotations, report = imagej.read(tmp_path)
        assert annotations.images == ()
        assert "a.zip: holds no .roi files" in reasons(report, "refused")
        assert "b.zip: is no ROI set" in reasons(report, "refused")

    def test_a_missing_file(self, tmp_path):
        with pytest.raises(FormatError, match="no such file"):
            imagej.read(tmp_path / "none.zip")


def test_an_outline_of_more_corners_than_a_roi_holds(tmp_path):
    # a comb of 17,500 teeth: 70,000 corners, beyond the 65,535 of a traced ROI
    labels = np.ones((2, 35_001), np.uint8)
    labels[0, 1::2] = 0
    image = AnnotatedImage("a.tif", labels.shape[1], 2, trace(labels))
    imagej.write(Annotations((image,)), tmp_path / "a.zip")
    (again,) = imagej.read(tmp_path / "a.zip")[0].images
    assert (again.labels() == labels).all()


def test_the_slice_of_a_roi_and_a_number_that_is_taken_are_said_to_be_lost(tmp_path, reasons):
    rois = []
    for position in (0, 3):
        roi = ImagejRoi.frompoints(np.array([[2, 2], [9, 2], [9, 9], [2, 9]]) + position * 10)
        roi.roitype = ROI_TYPE.POLYGON
        roi.name, roi.position, roi.t_position = "spheroid 4", 0, position
        rois.append(roi)
    write_rois(tmp_path / "a.zip", *rois)
    annotations, report = imagej.read(tmp_path / "a.zip")
    assert sorted(annotations.images[0].polygons.labels) == [1, 4]
    assert "lies on frame 3 of its stack; taken as the only plane" in reasons(report, "lost")
    assert "its number 4 became 1: another object has it" in reasons(report, "repaired")
