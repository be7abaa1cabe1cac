"""OME-Zarr images and plates, after the specification's versions 0.4 (Zarr 2) and 0.5 (Zarr 3)."""

import numpy as np
import pytest
import zarr

import spheroseg as sg
from spheroseg.errors import ImageReadError
from spheroseg.imaging import images_below, read_image

RNG = np.random.default_rng(0)
AXES = [
    {"name": "t", "type": "time", "unit": "minute"}, {"name": "c", "type": "channel"},
    {"name": "z", "type": "space", "unit": "micrometer"}, {"name": "y", "type": "space", "unit": "micrometer"},
    {"name": "x", "type": "space", "unit": "nanometer"},
]  # fmt: skip
VERSIONS = pytest.mark.parametrize("version", ["0.4", "0.5"])


def stack():
    return RNG.integers(0, 4096, (2, 2, 3, 40, 64)).astype(np.uint16)


def new_group(path, version):
    return zarr.open_group(path, mode="w", zarr_format=2 if version == "0.4" else 3)


def say(group, version, **said):
    if version == "0.4":
        group.attrs.update(
            {key: {**value, "version": version} if isinstance(value, dict) else value for key, value in said.items()}
        )
    else:
        group.attrs["ome"] = {"version": version, **said}


def write_image(group, data, version):
    for level in range(2):
        group.create_array(str(level), data=data[..., :: 2**level, :: 2**level], chunks=(1, 1, 1, 16, 16))
    datasets = [
        {
            "path": str(level),
            "coordinateTransformations": [
                {"type": "scale", "scale": [1.0, 1.0, 2.0, 0.65 * 2**level, 700.0 * 2**level]}
            ],
        }
        for level in range(2)
    ]
    whole = [{"type": "scale", "scale": [10.0, 1.0, 1.0, 1.0, 1.0]}]
    say(
        group, version,
        multiscales=[{"name": "spheroids", "version": version, "axes": AXES, "datasets": datasets, "coordinateTransformations": whole}],
        omero={"channels": [{"label": name, "color": "FFFFFF", "window": {}} for name in ("BF", "GFP")]},
    )  # fmt: skip


@VERSIONS
def test_an_image(tmp_path, version):
    data = stack()
    write_image(new_group(tmp_path / "a.zarr", version), data, version)
    image = read_image(tmp_path / "a.zarr")
    assert np.array_equal(image.data, data)
    assert image.pixel_size_um == pytest.approx((0.65, 0.7))
    assert (image.z_step_um, image.time_step_s, image.pixel_size_source) == (2.0, 600.0, "omezarr")
    assert (image.channel_names, image.name) == (("BF", "GFP"), "spheroids")
    assert [source.relative for source in images_below(tmp_path).sources] == ["a.zarr"]


@VERSIONS
def test_a_plate_gives_a_series_a_field(tmp_path, version):
    path = tmp_path / "plate.zarr"
    group = new_group(path, version)
    places = ("A/1", "B/2")
    wells = [{"path": place, "rowIndex": n, "columnIndex": n} for n, place in enumerate(places)]
    say(
        group, version,
        plate={"name": "drug", "rows": [{"name": "A"}, {"name": "B"}], "columns": [{"name": "1"}, {"name": "2"}], "wells": wells},
    )  # fmt: skip
    stored = {}
    for place in places:
        well = group.require_group(place)
        say(well, version, well={"images": [{"path": "0"}, {"path": "1"}]})
        for field in ("0", "1"):
            stored[place, field] = stack()
            write_image(well.require_group(field), stored[place, field], version)
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
