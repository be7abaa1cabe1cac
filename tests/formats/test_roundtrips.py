"""Label → file → label in every format: the same pixels, or a report of what is not the same."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image as Picture

from spheroseg.formats import FORMATS, AnnotatedImage, Annotations
from spheroseg.formats.registry import format_named
from spheroseg.geometry import Polygon, Polygons, trace

LOSSLESS = ("masks", "masks-png", "ome-tiff", "ome-zarr", "coco", "geojson", "imagej")
TARGETS = {"coco": "out.json"}

ANY_LABELS = arrays(
    np.uint16, st.tuples(st.integers(1, 9), st.integers(1, 9)), elements=st.sampled_from([0, 0, 1, 2, 3, 700])
)


def through(name, annotations, folder):
    """Write and read; the annotations that come back and both reports."""
    entry = format_named(name)
    target = folder / TARGETS.get(name, "out")
    written = entry.write(annotations, target, None)
    back, read = entry.read(target, None)
    return back, written, read


@pytest.mark.parametrize("name", LOSSLESS)
def test_drawn_labels_come_back_pixel_by_pixel(name, labels, annotate, tmp_path):
    annotations = annotate(labels)
    back, written, read = through(name, annotations, tmp_path)
    (image,) = back.images
    assert (image.labels("spheroid") == labels).all()
    assert image.shape == labels.shape
    n_objects = len(np.unique(labels[labels > 0]))
    assert (written.n_images, written.n_objects) == (read.n_images, read.n_objects) == (1, n_objects)
    assert not written.has_errors
    assert not read.has_errors


@pytest.mark.parametrize("name", LOSSLESS)
@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(labels=ANY_LABELS)
def test_any_labels_come_back_pixel_by_pixel(name, labels, tmp_path_factory):
    height, width = labels.shape
    annotations = Annotations((AnnotatedImage("a.png", width, height, trace(labels)),))
    back, _, read = through(name, annotations, tmp_path_factory.mktemp("any"))
    (image,) = back.images
    assert (image.labels() == labels).all()
    assert not read.has_errors


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(labels=ANY_LABELS)
def test_yolo_holds_all_but_holes_and_says_so(labels, tmp_path_factory):
    height, width = labels.shape
    folder = tmp_path_factory.mktemp("yolo")
    (folder / "images" / "train").mkdir(parents=True)
    Picture.fromarray(np.zeros(labels.shape, np.uint8)).save(folder / "images" / "train" / "a.png")
    image = AnnotatedImage("a.png", width, height, trace(labels))
    entry = format_named("yolo")
    written = entry.write(Annotations((image,)), folder, None)
    back, read = entry.read(folder, None)
    assert not read.has_errors
    drawn = {
        key.label: AnnotatedImage("a", width, height, Polygons.from_list(parts)).labels() > 0
        for key, parts in back.images[0].objects()
    }
    lost = "\n".join(str(note) for note in written.of("lost"))
    objects = [label for label in np.unique(labels) if label]
    assert len(drawn) == len(objects)
    for number, label in enumerate(objects, 1):
        missing = (labels == label) & ~drawn[number]
        assert not missing.any()
        if (drawn[number] & (labels != label)).any():
            assert f"spheroid {label}: its holes were filled" in lost


@pytest.mark.parametrize("name", LOSSLESS)
def test_several_images_keep_names_and_pixel_sizes_or_say_so(name, annotate, tmp_path, reasons):
    planes = [np.full((3, 4), i, dtype=np.uint16) for i in (1, 2)]
    back, written, _ = through(name, annotate(*planes), tmp_path)
    stems = [image.name.removesuffix(".tif").removesuffix(".png") for image in back.images]
    assert stems == ["plate 1/A01", "plate 1/A01_1"]
    sizes = {image.pixel_size_um for image in back.images}
    if sizes != {(0.5, 0.65)}:
        assert sizes == {None}
        assert "pixel size" in reasons(written, "lost")


@pytest.mark.parametrize("name", LOSSLESS)
def test_cores_on_their_spheroids_come_back_as_cores(name, annotate, tmp_path):
    whole, core = np.zeros((8, 9), np.uint16), np.zeros((8, 9), np.uint16)
    whole[1:7, 1:7], core[3:5, 3:5] = 4, 4
    back, _, _ = through(name, annotate(whole, cores=core), tmp_path)
    (image,) = back.images
    assert (image.labels("spheroid") == whole).all()
    assert (image.labels("core") == core).all()


@pytest.mark.parametrize("name", [entry.name for entry in FORMATS if entry.can_read and entry.can_write])
def test_confidences_come_back_or_are_reported(name, annotate, tmp_path, reasons):
    labels = np.array([[1, 1, 0, 2, 2]] * 3, dtype=np.uint16)
    (tmp_path / "out" / "images" / "train" / "plate 1").mkdir(parents=True)
    Picture.fromarray(np.zeros(labels.shape, np.uint8)).save(tmp_path / "out/images/train/plate 1/A01.png")
    back, written, _ = through(name, annotate(labels, confidences={1: 0.25, 2: 0.75}), tmp_path)
    confidences = back.images[0].polygons.confidences
    if np.isnan(confidences).all():
        assert "confidences" in reasons(written, "lost")
    else:
        assert confidences.tolist() == [0.25, 0.75]


@pytest.mark.parametrize("name", ["masks", "masks-png", "ome-tiff", "ome-zarr"])
def test_pixels_under_another_object_are_reported(name, tmp_path, reasons):
    lower = trace(np.array([[1, 1, 1, 0]], np.uint16))
    upper = trace(np.array([[0, 0, 2, 2]], np.uint16))
    image = AnnotatedImage("a.tif", 4, 1, Polygons.from_list([*lower, *upper]))
    back, written, _ = through(name, Annotations((image,)), tmp_path)
    assert "a.tif spheroid 1: parts under another object" in reasons(written, "lost")
    assert back.images[0].labels().tolist() == [[1, 1, 2, 2]]


@pytest.mark.parametrize("name", ["masks", "ome-tiff", "ome-zarr", "coco"])
def test_an_outline_without_a_pixel_centre_is_reported(name, tmp_path, reasons):
    sliver = Polygon(np.array([[0.6, 0.6], [0.9, 0.6], [0.9, 0.9]]))
    image = AnnotatedImage("a.tif", 4, 3, Polygons.from_list([sliver]))
    _, written, _ = through(name, Annotations((image,)), tmp_path)
    assert "no pixel centre lies inside" in reasons(written, "lost")
