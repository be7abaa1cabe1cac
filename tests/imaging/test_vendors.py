"""ND2, CZI and LIF. The CZI files under fixtures/czi were written by Zeiss's own library; the others by our writers."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from tests.fixtures.leica_lif import write_lif
from tests.fixtures.nikon_nd2 import write_nd2
from tests.fixtures.zeiss_czi import Block, write_czi

from spheroseg.errors import ImageReadError
from spheroseg.imaging import read_image
from spheroseg.imaging.identity import identity_of

CZI = Path(__file__).parents[1] / "fixtures" / "czi"
RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 4096, (30, 40)).astype(np.uint16)


def zeiss_plane(height: int, width: int, k: int) -> NDArray[np.uint16]:
    y, x = np.mgrid[:height, :width]
    plane: NDArray[np.uint16] = ((x * 37 + y * 11 + k * 1000) % 4096).astype(np.uint16)
    return plane


def test_czi_stack_of_zeiss():
    image = read_image(CZI / "stack_zstd1.czi")
    assert image.data.shape == (2, 2, 3, 48, 64)
    for t, c, z in np.ndindex(2, 2, 3):
        assert np.array_equal(image.plane(t, c, z), zeiss_plane(48, 64, t * 100 + c * 10 + z))
    assert (image.pixel_size_um, image.z_step_um, image.pixel_size_source) == ((0.65, 0.65), 2.0, "czi")
    assert image.channel_names == ("DAPI", "GFP")


@pytest.mark.parametrize("name", ["rgb_raw.czi", "rgb_zstd1.czi"])
def test_czi_colours_of_zeiss(name):
    image = read_image(CZI / name)
    expected = [(zeiss_plane(40, 50, k) >> 4).astype(np.uint8) for k in (3, 2, 1)]
    assert image.is_rgb
    assert np.array_equal(image.data[0, :, 0], expected)
    assert image.pixel_size_um == (2.0, 1.0)


@pytest.mark.parametrize("scene", [0, 1])
def test_czi_mosaic_of_zeiss(scene):
    image = read_image(CZI / "mosaic.czi", series=scene)
    expected = np.zeros((54, 110), np.uint16)
    for tile in range(3):
        expected[7 * tile : 7 * tile + 40, 35 * tile : 35 * tile + 40] = zeiss_plane(40, 40, tile + 10 * scene)
    assert (image.n_series, image.series) == (2, scene)
    assert np.array_equal(image.plane(), expected)
    assert "mosaic" in image.notes[0]


@pytest.mark.parametrize("compression", [0, 2, 4, 5])
def test_czi_compressions_without_loss(tmp_path, compression):
    write_czi(tmp_path / "a.czi", [Block(GREY, {"C": 0}, compression)])
    assert np.array_equal(read_image(tmp_path / "a.czi").plane(), GREY)


def test_czi_jpeg_keeps_the_colours_apart(tmp_path):
    colours = np.zeros((32, 48, 3), np.uint8)
    colours[..., 0] = 220
    write_czi(tmp_path / "a.czi", [Block(colours, {"C": 0}, 1)])
    red, green, blue = read_image(tmp_path / "a.czi").data[0, :, 0]
    assert red.min() > 210
    assert max(green.max(), blue.max()) < 10


def test_czi_pyramids_and_other_axes(tmp_path):
    blocks = [
        Block(GREY, {"C": 0, "H": 0}),
        Block(GREY + 1, {"C": 0, "H": 1}),
        Block(GREY[::2, ::2], {"C": 0, "H": 0}, covers=(30, 40)),
    ]
    write_czi(tmp_path / "a.czi", blocks)
    image = read_image(tmp_path / "a.czi")
    assert np.array_equal(image.plane(), GREY)
    assert np.array_equal(image.plane(t=1), GREY + 1)
    assert (image.frames_are, image.time_of_frame_s(1)) == ("phase", None)
    assert image.notes == ("2 planes of the axis 'phase' read one by one; they are no times",)


def test_czi_what_is_not_supported_is_said(tmp_path):
    path = tmp_path / "a.czi"
    for arguments, reason in (
        ({"blocks": []}, "holds no image"),
        ({"blocks": [Block(GREY, {"C": 0})], "file_part": 1}, "several files"),
        ({"blocks": [Block(GREY, {"C": 0}, file_part=2)]}, "several files"),
        ({"blocks": [], "has_directory": False}, "neither a directory nor an image"),
    ):
        write_czi(path, **arguments)
        with pytest.raises(ImageReadError, match=reason):
            read_image(path)


def test_czi_damaged_metadata_leave_the_pixels(tmp_path):
    write_czi(tmp_path / "a.czi", [Block(GREY, {"C": 0})], xml="<ImageDocument><Metadata>")
    image = read_image(tmp_path / "a.czi")
    assert np.array_equal(image.plane(), GREY)
    assert image.pixel_size_um is None


@pytest.mark.parametrize("is_compressed", [False, True])
def test_nd2_positions_times_planes_channels(tmp_path, is_compressed):
    stored = RNG.integers(0, 4096, (2, 3, 4, 2, 30, 40)).astype(np.uint16)
    write_nd2(tmp_path / "a.nd2", stored, is_compressed=is_compressed)
    for position in range(2):
        image = read_image(tmp_path / "a.nd2", series=position)
        assert np.array_equal(image.data, stored[position].transpose(0, 2, 1, 3, 4))
        assert (image.n_series, image.channel_names, image.significant_bits) == (2, ("DAPI", "GFP"), 12)
        assert (image.pixel_size_um, image.z_step_um, image.time_step_s) == ((0.65, 0.65), 2.0, 60.0)
    with pytest.raises(ImageReadError, match="no series 2"):
        read_image(tmp_path / "a.nd2", series=2)


@pytest.mark.parametrize(
    ("names", "places"),
    [
        (("B02", "B02", "C05"), [("B02", 1), ("B02", 2), ("C05", 1)]),
        (("A1: Site 1", "A1: Site 2", "Well A2, field 1"), [("A01", 1), ("A01", 2), ("A02", 1)]),
        (("#1", "estradiol E2", "H9 day 3"), [("", None)] * 3),
    ],
)
def test_nd2_points_are_places_by_their_names(tmp_path, names, places):
    write_nd2(tmp_path / "D08.nd2", np.zeros((3, 1, 1, 1, 24, 32), np.uint16), position_names=names)
    images = [read_image(tmp_path / "D08.nd2", series=series) for series in range(3)]
    assert [(image.well, image.field) for image in images] == places
    assert [image.name for image in images] == list(names)
    assert all(identity_of(image).well != "D08" for image in images)


def test_czi_scenes_that_zen_names_by_position_and_well(tmp_path):
    scenes = "".join(f'<Scene Index="{s}" Name="{name}"/>' for s, name in enumerate(("P1-D6", "P2-D6", "P1-D7")))
    xml = f"<ImageDocument><Metadata><Information><Image><Dimensions><S><Scenes>{scenes}</Scenes></S></Dimensions></Image>"
    write_czi(
        tmp_path / "exp_B02.czi",
        [Block(GREY, {"S": s}) for s in range(3)],
        xml=xml + "</Information></Metadata></ImageDocument>",
    )
    images = [read_image(tmp_path / "exp_B02.czi", series=series) for series in range(3)]
    assert [(image.name, image.well, image.field) for image in images] == [
        ("P1-D6", "D06", 1),
        ("P2-D6", "D06", 2),
        ("P1-D7", "D07", 1),
    ]


def test_nd2_uncalibrated_colours(tmp_path):
    stored = RNG.integers(0, 256, (1, 1, 1, 3, 30, 40)).astype(np.uint8)
    write_nd2(tmp_path / "a.nd2", stored, is_rgb=True, pixel_size_um=None)
    image = read_image(tmp_path / "a.nd2")
    assert image.is_rgb
    assert np.array_equal(image.data[0, :, 0], stored[0, 0, 0, ::-1])
    assert (image.pixel_size_um, image.pixel_size_source) == (None, "")


def test_lif_images_are_series(tmp_path):
    images: dict[str, NDArray[Any]] = {
        "well A1": RNG.integers(0, 4096, (2, 3, 4, 30, 40)).astype(np.uint16),
        "well A2": RNG.random((1, 1, 1, 20, 25)).astype(np.float32),
    }
    write_lif(tmp_path / "a.lif", images, resolution=0)
    for index, (name, stored) in enumerate(images.items()):
        image = read_image(tmp_path / "a.lif", series=index)
        assert np.array_equal(image.data, stored)
        assert (image.n_series, image.metadata["name"]) == (2, name)
        assert image.pixel_size_um == pytest.approx((0.5, 0.5))
    first = read_image(tmp_path / "a.lif")
    assert (first.z_step_um, first.time_step_s, first.pixel_size_source) == (3.0, 60.0, "lif")


def test_lif_wells_are_those_of_the_images_paths(tmp_path):
    names = ["TileScan 1/C/4/R1", "TileScan 1/C/4/R2", "exp 3/B2_pos2", "estradiol_E2", "Series005"]
    write_lif(tmp_path / "A05.lif", dict.fromkeys(names, GREY[None, None, None]))
    places = [(image.well, image.field) for image in (read_image(tmp_path / "A05.lif", series=n) for n in range(5))]
    assert places == [("C04", 1), ("C04", 2), ("B02", 1), ("", None), ("", None)]


def test_lif_colours(tmp_path):
    stored = RNG.integers(0, 256, (1, 3, 1, 30, 40)).astype(np.uint8)
    write_lif(tmp_path / "a.lif", {"photo": stored}, is_rgb=True)
    image = read_image(tmp_path / "a.lif")
    assert image.is_rgb
    assert np.array_equal(image.data, stored)


def test_lif_header_with_entities_is_refused(tmp_path):
    write_lif(tmp_path / "a.lif", {"<!ENTITY": GREY[None, None, None]})
    with pytest.raises(ImageReadError, match="entities"):
        read_image(tmp_path / "a.lif")


@pytest.mark.parametrize("kind", ["nd2", "czi", "lif"])
@pytest.mark.parametrize("share", [0.01, 0.3, 0.6])
def test_a_file_of_one_plane_that_is_cut_off_is_an_error(tmp_path, kind, share):
    path = tmp_path / f"a.{kind}"
    plane = np.tile(GREY, (20, 1))
    if kind == "nd2":
        write_nd2(path, plane[None, None, None, None])
    elif kind == "lif":
        write_lif(path, {"one": plane[None, None, None]})
    else:
        write_czi(path, [Block(plane, {"C": 0})], xml="<ImageDocument/>")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ImageReadError) as caught:
        read_image(path)
    assert str(path) in str(caught.value)
