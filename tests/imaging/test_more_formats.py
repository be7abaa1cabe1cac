"""Files of Olympus, Leica, DeltaVision, cellSens and telephones: pixels and values as they were written."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pillow_heif
import pytest
from numpy.typing import NDArray
from tests.fixtures.cellsens_vsi import write_vsi
from tests.fixtures.deltavision_dv import write_dv
from tests.fixtures.fluoview_oir import write_oir
from tests.fixtures.leica_lif import write_lof, write_xlef
from tests.fixtures.olympus_oif import write_oib, write_oif

from spheroseg.errors import ImageReadError
from spheroseg.imaging import images_below, read_image


def values(*shape: int) -> NDArray[Any]:
    return np.random.default_rng(7).integers(0, 4095, shape, dtype=np.uint16)


@pytest.mark.parametrize(("name", "write"), [("scan.oif", write_oif), ("scan.oib", write_oib)])
def test_olympus_scans(tmp_path: Path, name: str, write: Any) -> None:
    data = values(2, 2, 3, 20, 30)
    write(tmp_path / name, data, pixel_size_um=0.25, z_step_nm=1500, time_step_ms=30_000)
    image = read_image(tmp_path / name)
    np.testing.assert_array_equal(image.data, data)
    assert image.pixel_size_um == (0.25, 0.25)
    assert image.pixel_size_source == "oif"
    assert (image.z_step_um, image.time_step_s) == (1.5, 30.0)
    assert image.channel_names == ("Dye 1", "Dye 2")
    assert image.significant_bits == 12


def test_a_scan_without_its_folder_or_a_plane_says_so(tmp_path: Path) -> None:
    write_oif(tmp_path / "scan.oif", values(1, 2, 3, 8, 8))
    planes = tmp_path / "scan.oif.files"
    (planes / "s_C002Z002.tif").unlink()
    assert list(read_image(tmp_path / "scan.oif").unreadable) == [(0, 1, 1)]
    planes.rename(tmp_path / "elsewhere")
    with pytest.raises(ImageReadError, match=r"folder scan\.oif\.files beside it, which is not there"):
        read_image(tmp_path / "scan.oif")


def test_planes_of_a_scan_are_no_images_of_their_own(tmp_path: Path) -> None:
    write_oif(tmp_path / "B02.oif", values(1, 2, 3, 8, 8))
    write_vsi(tmp_path / "B03.vsi", values(1, 1, 1, 20, 20))
    write_xlef(tmp_path / "leica", {"B04": values(1, 16, 16), "B05": values(1, 16, 16)})
    listing = images_below(tmp_path)
    assert [(source.relative, source.n_files) for source in listing.sources] == [
        ("B02.oif", 7),
        ("B03.vsi", 2),
        ("leica/project.xlef", 5),
    ]
    assert listing.left_out == []


def test_leica_object_files_and_projects(tmp_path: Path) -> None:
    data = values(2, 24, 32)
    write_lof(tmp_path / "C05.lof", data, pixel_size_um=0.5)
    image = read_image(tmp_path / "C05.lof")
    np.testing.assert_array_equal(image.data[0, :, 0], data)
    assert image.pixel_size_um == pytest.approx((0.5, 0.5))
    project = write_xlef(tmp_path / "project", {"D06": data, "D07": data[:, ::-1]}, pixel_size_um=0.7)
    images = [read_image(project, series=series) for series in (0, 1)]
    assert [image.n_series for image in images] == [2, 2]
    assert [image.well for image in images] == ["D06", "D07"]
    np.testing.assert_array_equal(images[1].data[0, :, 0], data[:, ::-1])
    assert images[1].pixel_size_um == pytest.approx((0.7, 0.7))
    alone = read_image(tmp_path / "project" / "Metadata" / "D06.xlif")
    np.testing.assert_array_equal(alone.data[0, :, 0], data)


@pytest.mark.parametrize("as_tiff", [False, True])
def test_a_leica_project_with_times_and_z_planes(tmp_path: Path, as_tiff: bool) -> None:
    data = values(3, 2, 4, 24, 32)
    project = write_xlef(tmp_path, {"D06": data, "D07": data[:, :, :1]}, as_tiff=as_tiff)
    image, flat = read_image(project), read_image(project, series=1)
    np.testing.assert_array_equal(image.data, data)
    assert (image.z_step_um, image.time_step_s, image.frames_are) == (3.0, 60.0, "time")
    np.testing.assert_array_equal(flat.data, data[:, :, :1])
    assert (flat.z_step_um, flat.time_step_s, flat.well) == (None, 60.0, "D07")
    if not as_tiff:
        return
    (tmp_path / "D06_05.tif").unlink()  # planes as t, z, c: the second channel of the third z plane
    (tmp_path / "D06_06.tif").write_bytes(b"II*\0")
    image = read_image(project)
    assert set(image.unreadable) == {(0, 1, 2), (0, 0, 3)}
    assert "D06_05.tif, to which it refers, is not there" in image.unreadable[0, 1, 2]
    np.testing.assert_array_equal(image.plane(2, 1, 3), data[2, 1, 3])


def test_a_project_refers_to_its_own_folder_only(tmp_path: Path) -> None:
    write_lof(tmp_path / "secret.lof", values(1, 16, 16))
    project = write_xlef(tmp_path / "project", {"D06": values(1, 16, 16)})
    description = tmp_path / "project" / "Metadata" / "D06.xlif"
    description.write_text(description.read_text().replace("..\\D06.lof", "..\\..\\secret.lof"))
    with pytest.raises(ImageReadError, match="lies outside its folder"):
        read_image(project)
    description.write_text(description.read_text().replace("..\\..\\secret.lof", "..\\gone.lof"))
    with pytest.raises(ImageReadError, match=r"gone\.lof, to which it refers, is not there"):
        read_image(project)


def test_a_cut_object_file_is_an_error(tmp_path: Path) -> None:
    write_lof(tmp_path / "a.lof", values(1, 24, 32))
    content = (tmp_path / "a.lof").read_bytes()
    (tmp_path / "a.lof").write_bytes(content[: len(content) // 2])
    with pytest.raises(ImageReadError, match=r"damaged|truncated"):
        read_image(tmp_path / "a.lof")


@pytest.mark.parametrize("order", ["<", ">"])
def test_deltavision(tmp_path: Path, order: str) -> None:
    data = values(2, 2, 3, 20, 30)
    write_dv(
        tmp_path / "a_R3D.dv",
        data,
        pixel_size_um=0.1,
        z_step_um=0.2,
        times_s=(3.0, 10.5),
        waves_nm=(525, 605),
        order=order,
    )
    image = read_image(tmp_path / "a_R3D.dv")
    np.testing.assert_array_equal(image.data, data)
    assert image.pixel_size_um == (0.1, 0.1)
    assert image.z_step_um == 0.2
    assert image.channel_names == ("525 nm", "605 nm")
    assert image.frame_times_s == ((0.0, 7.5) if order == "<" else ())


def test_a_deltavision_file_that_is_cut_or_another_mrc_is_an_error(tmp_path: Path) -> None:
    write_dv(tmp_path / "a.dv", values(1, 1, 1, 20, 30))
    content = (tmp_path / "a.dv").read_bytes()
    (tmp_path / "cut.dv").write_bytes(content[:-10])
    with pytest.raises(ImageReadError, match="truncated"):
        read_image(tmp_path / "cut.dv")
    (tmp_path / "other.dv").write_bytes(content[:96] + b"MAP " + content[100:])
    with pytest.raises(ImageReadError, match="none of the kinds"):
        read_image(tmp_path / "other.dv")


@pytest.mark.parametrize("shape", [(1, 1, 1, 20, 40), (1, 2, 1, 20, 40), (3, 2, 3, 20, 40)])
def test_cellsens_pixels_come_from_the_folder_beside_it(tmp_path: Path, shape: tuple[int, ...]) -> None:
    data = values(*shape)
    write_vsi(tmp_path / "a.vsi", data, names=("BF", "GFP") if shape[1] == 2 else (), image_name="B03 20x")
    image = read_image(tmp_path / "a.vsi")
    np.testing.assert_array_equal(image.data, data)
    assert image.pixel_size_um == (0.345, 0.345)
    assert (image.name, image.well) == ("B03 20x", "B03")
    assert image.channel_names == (("BF", "GFP") if shape[1] == 2 else ("grey",))
    assert (image.z_step_um, image.time_step_s) == ((2.0, 5.0) if shape[0] > 1 else (None, None))


def test_a_cellsens_file_without_its_folder_is_refused(tmp_path: Path) -> None:
    write_vsi(tmp_path / "a.vsi", values(1, 1, 1, 20, 40))
    (tmp_path / "_a_").rename(tmp_path / "elsewhere")
    with pytest.raises(
        ImageReadError, match=r"pixels lie in the \.ets files of the folder _a_ beside it, which is not there"
    ):
        read_image(tmp_path / "a.vsi")
    (tmp_path / "elsewhere").rename(tmp_path / "_a_")
    pixels = tmp_path / "_a_" / "stack10001" / "frame_t.ets"
    pixels.write_bytes(pixels.read_bytes()[:-40])
    with pytest.raises(ImageReadError, match=r"a VSI file that is not read .*export it as OME-TIFF"):
        read_image(tmp_path / "a.vsi")
    with pytest.raises(ImageReadError, match=r"holds the pixels of the \.vsi file"):
        read_image(pixels)


def test_photos_of_telephones(tmp_path: Path) -> None:
    photo = np.zeros((40, 60, 3), np.uint8)
    photo[:20, :, 0] = 200
    photo[20:, :, 2] = 100
    made = pillow_heif.from_bytes("RGB", (60, 40), photo.tobytes())
    made.save(tmp_path / "a.heic", quality=-1)
    image = read_image(tmp_path / "a.heic")
    assert image.is_rgb
    assert image.data.shape == (1, 3, 1, 40, 60)
    assert np.abs(image.data[0, :, 0].astype(int) - photo.transpose(2, 0, 1)).max() <= 3
    deep = np.arange(48 * 64, dtype=np.uint16).reshape(48, 64) * 20
    pillow_heif.from_bytes("I;16", (64, 48), deep.tobytes()).save(tmp_path / "b.heic", quality=-1)
    image = read_image(tmp_path / "b.heic")
    assert image.significant_bits in {10, 12}
    assert np.abs(image.plane().astype(int) - (deep >> (16 - image.significant_bits))).max() <= 1
    content = (tmp_path / "a.heic").read_bytes()
    (tmp_path / "cut.heic").write_bytes(content[: len(content) - 200])
    with pytest.raises(ImageReadError):
        read_image(tmp_path / "cut.heic")


def test_oir_scans(tmp_path: Path) -> None:
    data = values(2, 2, 3, 20, 30)
    write_oir(tmp_path / "a.oir", data)
    if sys.version_info < (3, 12):
        with pytest.raises(ImageReadError, match=r"needs Python 3\.12 or newer; use that, or export it as OME-TIFF"):
            read_image(tmp_path / "a.oir")
        return
    image = read_image(tmp_path / "a.oir")
    np.testing.assert_array_equal(image.data, data)
    assert image.pixel_size_um == (0.62, 0.62)
    assert (image.z_step_um, image.time_step_s) == (2.5, 20.0)
    assert image.channel_names == ("CH1", "CH2")
    write_oir(tmp_path / "a.oir", data, leave_out=1)
    image = read_image(tmp_path / "a.oir")
    assert list(image.unreadable) == [(1, 1, 2)]
    np.testing.assert_array_equal(image.plane(1, 0, 2), data[1, 0, 2])


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("a.c01", "export the plate as TIFF from the instrument's program"),
        ("a.ims", "export it as OME-TIFF from Imaris"),
        ("a.ics", "export it as OME-TIFF from the program that wrote it"),
        ("a.mrc", "convert it to TIFF"),
        ("a.poir", "unpack it"),
    ],
)
def test_other_kinds_say_what_to_export(tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / name).write_bytes(bytes(4096))
    with pytest.raises(ImageReadError, match=sentence):
        read_image(tmp_path / name)
