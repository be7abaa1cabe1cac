"""OME-Zarr images and plates, after the specification's versions 0.4 (Zarr 2) and 0.5 (Zarr 3)."""

import numpy as np
import pytest
import zarr
from tests.fixtures.ome_zarr import write_image, write_plate

import spheroseg as sg
from spheroseg.errors import ImageReadError
from spheroseg.imaging import images_below, read_image

VERSIONS = pytest.mark.parametrize("version", ["0.4", "0.5"])


@VERSIONS
def test_an_image(tmp_path, version):
    data = write_image(tmp_path / "a.zarr", version)
    image = read_image(tmp_path / "a.zarr")
    assert np.array_equal(image.data, data)
    assert image.pixel_size_um == pytest.approx((0.65, 0.7))
    assert (image.z_step_um, image.time_step_s, image.pixel_size_source) == (2.0, 600.0, "omezarr")
    assert (image.channel_names, image.name) == (("BF", "GFP"), "spheroids")
    assert [source.relative for source in images_below(tmp_path).sources] == ["a.zarr"]


@VERSIONS
def test_a_plate_gives_a_series_a_field(tmp_path, version):
    path = tmp_path / "plate.zarr"
    stored = write_plate(path, version)
    images = [read_image(path, series=series) for series in range(4)]
    assert [(image.plate, image.well, image.field) for image in images] == [
        ("drug", "A01", 1), ("drug", "A01", 2), ("drug", "B02", 1), ("drug", "B02", 2),
    ]  # fmt: skip
    assert np.array_equal(images[3].data, stored["B/2", "1"])
    plate = sg.read_plate(path)
    assert (plate.name, plate.wells) == ("drug", ("A01", "B02"))
    assert np.array_equal(plate["A01_f2"].read().data, stored["A/1", "1"])


def test_stores_that_are_no_images(tmp_path):
    zarr.open_group(tmp_path / "empty.zarr", mode="w")
    with pytest.raises(ImageReadError, match="no OME-Zarr image"):
        read_image(tmp_path / "empty.zarr")
    (tmp_path / "broken.zarr").mkdir()
    (tmp_path / "broken.zarr" / "zarr.json").write_text("{")
    with pytest.raises(ImageReadError, match="no Zarr store"):
        read_image(tmp_path / "broken.zarr")
