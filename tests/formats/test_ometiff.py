import numpy as np
import ome_types
import pytest
import tifffile

from spheroseg.formats import AnnotatedImage, Annotations, ometiff
from spheroseg.formats.ometiff_image import write_image
from spheroseg.geometry import Polygons, trace
from spheroseg.imaging import Image, read_image

SPHEROID, CORE = np.zeros((600, 700), np.uint16), np.zeros((600, 700), np.uint16)
SPHEROID[50:500, 60:600], CORE[200:300, 200:300] = 3, 3


@pytest.fixture
def written(tmp_path):
    polygons = Polygons.from_list([*trace(SPHEROID), *trace(CORE, class_name='core & "rim"')])
    image = AnnotatedImage("A01.tif", 700, 600, polygons, (0.5, 0.65))
    report = ometiff.write(Annotations((image,)), tmp_path)
    assert report.notes == []
    return tmp_path / "A01.ome.tif"


def test_ome_types_finds_size_channels_and_pixel_size(written):
    ome = ome_types.from_tiff(written)
    pixels = ome.images[0].pixels
    assert (pixels.size_x, pixels.size_y, pixels.size_c, pixels.type.value) == (700, 600, 2, "uint16")
    assert (pixels.physical_size_x, pixels.physical_size_x_unit.value) == (0.65, "µm")
    assert (pixels.physical_size_y, pixels.physical_size_y_unit.value) == (0.5, "µm")
    assert [channel.name for channel in pixels.channels] == ["spheroid", 'core & "rim"']


def test_tifffile_and_our_own_reader_find_the_same_planes(written):
    with tifffile.TiffFile(written) as file:
        assert file.is_ome
        assert file.series[0].axes == "CYX"
        assert (file.asarray() == np.stack([SPHEROID, CORE])).all()
        assert file.pages[0].is_tiled
    image = read_image(written)
    assert image.pixel_size_um == (0.5, 0.65)
    assert image.channel_names == ("spheroid", 'core & "rim"')


def test_the_same_labels_give_the_same_file(written, tmp_path):
    before = written.read_bytes()
    annotations, _ = ometiff.read(written)
    ometiff.write(annotations, tmp_path / "again.ome.tif")
    assert (tmp_path / "again.ome.tif").read_bytes() == before


def test_labels_beyond_16_bits_are_uint32(tmp_path):
    image = AnnotatedImage("a.tif", 2, 1, trace(np.array([[0, 70_000]])))
    ometiff.write(Annotations((image,)), tmp_path / "a.ome.tif")
    assert ome_types.from_tiff(tmp_path / "a.ome.tif").images[0].pixels.type.value == "uint32"
    assert ometiff.read(tmp_path / "a.ome.tif")[0].images[0].polygons.labels.tolist() == [70_000]


def test_stacks_and_damaged_files_are_refused_and_the_rest_is_read(written, tmp_path, reasons):
    stack = np.zeros((3, 8, 8), np.uint8)
    tifffile.imwrite(tmp_path / "stack.ome.tif", stack, photometric="minisblack", metadata={"axes": "ZYX"})
    (tmp_path / "damaged.ome.tif").write_bytes(written.read_bytes()[:500])
    annotations, report = ometiff.read(tmp_path)
    assert [image.name for image in annotations.images] == ["A01.tif"]
    assert "stack.ome.tif: a stack of 3 planes" in reasons(report, "refused")
    assert "damaged.ome.tif" in reasons(report, "refused")


@pytest.mark.parametrize("is_rgb", [False, True])
def test_an_image_of_which_planes_are_missing_keeps_the_others_in_their_places(tmp_path, is_rgb):
    values = np.random.default_rng(0).integers(1, 255, (3, 3, 2, 20, 30)).astype(np.uint8)
    lost = [(1, c, 0) for c in range(3)] if is_rgb else [(1, 2, 0)]
    image = Image(
        values, is_rgb=is_rgb, channel_names=("r", "g", "b"), unreadable=dict.fromkeys(lost, "z < 3 & damaged")
    )
    write_image(image, tmp_path / "a.ome.tif")
    read = read_image(tmp_path / "a.ome.tif")
    assert sorted(read.unreadable) == lost
    assert all(why.endswith("counted from 0): z < 3 & damaged") for why in read.unreadable.values())
    write_image(read, tmp_path / "b.ome.tif")
    assert read_image(tmp_path / "b.ome.tif").unreadable == read.unreadable
    for place in np.ndindex(3, 3, 2):
        if place not in lost:
            np.testing.assert_array_equal(read.plane(*place), values[place])
