import numpy as np
import pytest
import tifffile
import zarr
from ome_zarr.io import parse_url
from ome_zarr.reader import Reader

from spheroseg.errors import FormatError
from spheroseg.formats import AnnotatedImage, Annotations, ImageFolder, omezarr
from spheroseg.geometry import Polygons, trace

LABELS = np.zeros((600, 700), np.uint16)
LABELS[10:50, 20:60], LABELS[20:30, 30:40], LABELS[100:400, 100:400] = 3, 0, 900


def annotated(pixel_size_um=(0.5, 0.65)):
    polygons = trace(LABELS, confidences={3: 0.25})
    return Annotations((AnnotatedImage("A01.tif", 700, 600, polygons, pixel_size_um),))


def write_image(data, group, axes):
    """An OME-Zarr 0.4 image of one scale, as other programs write it."""
    group.create_array("0", data=data, chunks=data.shape)
    datasets = [{"path": "0", "coordinateTransformations": [{"type": "scale", "scale": [1.0] * data.ndim}]}]
    kinds = {"c": "channel", "z": "space", "y": "space", "x": "space"}
    axes = [{"name": axis, "type": kinds[axis]} for axis in axes]
    group.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": datasets}]


def nodes(path):
    return list(Reader(parse_url(path))())


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_ome_zarr_reads_scales_pixel_size_and_properties(tmp_path, version):
    report = omezarr.write(annotated(), tmp_path, version=version)
    assert report.notes == []
    store = tmp_path / "A01.ome.zarr"
    node = nodes(store / "labels" / "spheroid")[-1]
    assert [level.shape for level in node.data] == [(600, 700), (300, 350), (150, 175)]
    assert (np.asarray(node.data[0]) == LABELS).all()
    assert (np.asarray(node.data[1]) == LABELS[::2, ::2]).all()
    scales = [level[0]["scale"] for level in node.metadata["coordinateTransformations"]]
    assert scales == [[0.5, 0.65], [1.0, 1.3], [2.0, 2.6]]
    assert [axis["unit"] for axis in node.metadata["axes"]] == ["micrometer", "micrometer"]
    group = zarr.open_group(store, mode="r")
    assert group.metadata.zarr_format == (2 if version == "0.4" else 3)
    attributes = group["labels/spheroid"].attrs
    about = attributes if version == "0.4" else attributes["ome"]
    assert about["image-label"]["properties"] == [{"label-value": 3, "confidence": 0.25}, {"label-value": 900}]


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_with_the_image_viewers_show_the_labels_on_it(tmp_path, version):
    pixels = np.arange(600 * 700, dtype=np.uint16).reshape(600, 700)
    (tmp_path / "images").mkdir()
    tifffile.imwrite(tmp_path / "images" / "A01.tif", pixels)
    omezarr.write(annotated(), tmp_path / "a.ome.zarr", images=ImageFolder(tmp_path / "images"), version=version)
    image, *rest = nodes(tmp_path / "a.ome.zarr")
    assert (np.asarray(image.data[0])[0, 0, 0] == pixels).all()
    blocks = pixels.reshape(300, 2, 350, 2).mean(axis=(1, 3))
    assert np.abs(np.asarray(image.data[1])[0, 0, 0] - blocks).max() <= 0.5
    labels = rest[-1]
    assert (np.asarray(labels.data[0])[0, 0, 0] == LABELS).all()
    assert labels.metadata["coordinateTransformations"][0][0]["scale"][-2:] == [0.5, 0.65]
    assert (omezarr.read(tmp_path / "a.ome.zarr")[0].images[0].labels() == LABELS).all()


def test_labels_go_into_an_image_that_is_there_and_never_replace_others(tmp_path, reasons):
    store = tmp_path / "A01.ome.zarr"
    group = zarr.open_group(store, mode="w", zarr_format=2)
    write_image(np.zeros((1, 600, 700), np.uint8), group, axes="cyx")
    assert not omezarr.write(annotated(), tmp_path).has_errors
    assert np.asarray(zarr.open_group(store, mode="r")["labels/spheroid/0"]).shape == (1, 600, 700)
    again = omezarr.write(annotated(), tmp_path)
    assert "has labels “spheroid” already" in reasons(again, "refused")
    cores = AnnotatedImage("A01.tif", 700, 600, trace(LABELS, class_name="core"))
    assert not omezarr.write(Annotations((cores,)), tmp_path).has_errors
    classes = dict.fromkeys(omezarr.read(store)[0].images[0].polygons.class_names)
    assert list(classes) == ["spheroid", "core"]


def test_an_image_of_another_size_is_refused(tmp_path, reasons):
    group = zarr.open_group(tmp_path / "A01.ome.zarr", mode="w", zarr_format=2)
    write_image(np.zeros((60, 70), np.uint8), group, axes="yx")
    assert "another size than 700 × 600 px" in reasons(omezarr.write(annotated(), tmp_path), "refused")


def test_without_a_pixel_size_there_is_none_afterwards(tmp_path):
    omezarr.write(annotated(None), tmp_path)
    assert omezarr.read(tmp_path)[0].images[0].pixel_size_um is None


def test_what_is_no_zarr_is_not_replaced(tmp_path, reasons):
    (tmp_path / "A01.ome.zarr").mkdir()
    (tmp_path / "A01.ome.zarr" / "precious.txt").write_text("keep")
    assert "it is not replaced" in reasons(omezarr.write(annotated(), tmp_path), "refused")
    assert (tmp_path / "A01.ome.zarr" / "precious.txt").read_text() == "keep"


class TestBadInput:
    def test_damage_in_one_store_is_refused_and_the_rest_is_read(self, tmp_path, reasons):
        omezarr.write(annotated(), tmp_path)
        for name in ("broken", "empty", "nolabels"):
            (tmp_path / f"{name}.zarr").mkdir()
            (tmp_path / f"{name}.zarr" / ".zgroup").write_text("{" if name == "broken" else '{"zarr_format": 2}')
        damaged = Annotations((AnnotatedImage("b.tif", 700, 600, Polygons.from_list(trace(LABELS))),))
        omezarr.write(damaged, tmp_path)
        (tmp_path / "b.ome.zarr" / "labels" / "spheroid" / ".zattrs").write_text('{"multiscales": []}')
        annotations, report = omezarr.read(tmp_path)
        assert [image.name for image in annotations.images] == ["A01.tif"]
        refused = reasons(report, "refused")
        assert "broken.zarr: is no readable Zarr" in refused
        assert "empty.zarr: holds no labels" in refused
        assert "b.ome.zarr labels spheroid: is damaged" in refused

    def test_a_stack_of_labels_is_refused(self, tmp_path, reasons):
        group = zarr.open_group(tmp_path / "a.zarr", mode="w", zarr_format=2)
        labels = group.create_group("labels")
        labels.attrs["labels"] = ["cells"]
        write_image(np.zeros((3, 8, 8), np.uint16), labels.create_group("cells"), axes="zyx")
        _, report = omezarr.read(tmp_path / "a.zarr")
        assert "have the shape (3, 8, 8); one plane is read" in reasons(report, "refused")

    def test_a_missing_folder(self, tmp_path):
        with pytest.raises(FormatError, match="no such folder"):
            omezarr.read(tmp_path / "none.zarr")
