"""Times, heights and places as instruments state them, each on a file that the test writes after the format's layout."""

from __future__ import annotations

import io
import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pytest
import tifffile
from tests.fixtures.leica_lif import write_lif
from tests.fixtures.ndtiff import write_ndtiff
from tests.fixtures.nikon_nd2 import write_nd2
from tests.fixtures.zeiss_czi import Block, write_czi

from spheroseg.imaging import images_below, read_image


def plane(value: int, height: int = 24, width: int = 32) -> Any:
    return np.full((height, width), value, np.uint16)


# CZI: an interval, a list of offsets, or the attachment TimeStamps


def czi_times(path: Path, positions: str, stamps_s: tuple[float, ...] = (), n: int = 3) -> Any:
    xml = (
        "<ImageDocument><Metadata><Information><Image><Dimensions><T><Positions>"
        f"{positions}</Positions></T></Dimensions></Image></Information></Metadata></ImageDocument>"
    )
    write_czi(path, [Block(plane(t), {"T": t}) for t in range(n)], xml=xml, time_stamps_s=stamps_s)
    return read_image(path)


def test_czi_offsets_are_the_times_of_frames(tmp_path: Path) -> None:
    image = czi_times(tmp_path / "a.czi", "<List><Offsets>5 605 1265</Offsets></List>")
    assert image.frame_times_s == (0.0, 600.0, 1260.0)
    assert image.time_step_s == 630.0
    assert image.time_of_frame_s(2) == 1260.0


def test_czi_time_stamps_are_read_where_no_offsets_stand(tmp_path: Path) -> None:
    image = czi_times(tmp_path / "a.czi", "", (100.0, 400.5, 701.0))
    assert image.frame_times_s == (0.0, 300.5, 601.0)
    assert image.time_step_s == pytest.approx(300.5)
    assert czi_times(tmp_path / "b.czi", "", (100.0, 400.5)).time_step_s is None, "a stamp is missing"


def test_czi_interval_alone_is_the_step(tmp_path: Path) -> None:
    image = czi_times(tmp_path / "a.czi", "<Interval><Increment>900</Increment></Interval>")
    assert (image.time_step_s, image.time_of_frame_s(2)) == (900.0, 1800.0)


# ND2: the measured period wins over the planned one


def test_nd2_measured_period_wins(tmp_path: Path) -> None:
    data = np.zeros((1, 3, 1, 1, 24, 32), np.uint16)
    write_nd2(tmp_path / "planned.nd2", data, period_ms=60_000)
    write_nd2(tmp_path / "measured.nd2", data, period_ms=60_000, measured_ms=61_250)
    write_nd2(tmp_path / "fast.nd2", data, period_ms=0, measured_ms=250)
    steps = [read_image(tmp_path / f"{name}.nd2").time_step_s for name in ("planned", "measured", "fast")]
    assert steps == [60.0, 61.25, 0.25]


# LIF: a tile scan is a series a tile, with its place


def test_lif_tiles_are_series_with_places(tmp_path: Path) -> None:
    data = np.arange(3, dtype=np.uint16)[:, None, None, None, None] * np.ones((3, 1, 1, 24, 32), np.uint16)
    tiles = [(0, 0, 0.01, 0.02), (1, 0, 0.0105, 0.02), (0, 1, 0.01, 0.0205)]
    write_lif(tmp_path / "a.lif", {"B03 scan": data}, tiles=tiles)
    images = [read_image(tmp_path / "a.lif", series=number) for number in range(3)]
    assert [image.data.shape for image in images] == [(1, 1, 1, 24, 32)] * 3
    assert [int(image.data.max()) for image in images] == [0, 1, 2]
    assert [image.field for image in images] == [1, 2, 3]
    assert [image.well for image in images] == ["B03"] * 3
    assert len({image.name for image in images}) == 3
    assert (images[1].metadata["stage_x_um"], images[1].metadata["stage_y_um"]) == (10_500.0, 20_000.0)


# STK: planes follow one another behind one directory; UIC2 has the distance and the moment of each


def write_stk(
    path: Path,
    data: Any,
    *,
    z_distance: float,
    ms_between: int = 0,
    um_per_px: float = 0.65,
    is_directory_first: bool = False,
) -> None:
    n, height, width = data.shape
    pixels = data.astype("<u2").tobytes()
    texts = b"um\0\0"
    pixels_at = 8 + (2 + 12 * 12 + 4 if is_directory_first else 0)
    at = pixels_at + len(pixels)
    places: dict[str, int] = {}
    extra = bytearray()

    def put(name: str, content: bytes) -> None:
        places[name] = at + len(extra)
        extra.extend(content)

    put("calibration", struct.pack("<II", round(um_per_px * 1000), 1000))
    put("units", struct.pack("<I", 3) + texts)
    put(
        "uic1",
        struct.pack("<IIIIIIII", 3, 1, 4, places["calibration"], 5, places["calibration"], 6, places["units"]),
    )
    uic2 = b""
    for number in range(n):
        uic2 += struct.pack("<6I", round(z_distance * 1000), 1000, 2_460_000, number * ms_between, 2_460_000, 0)
    put("uic2", uic2)
    put("uic3", struct.pack("<II", 525, 1) * n)
    directory_at = 8 if is_directory_first else at + len(extra)
    entries = [
        (256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 16), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, pixels_at),
        (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, height * width * 2),
        (33628, 4, 4, places["uic1"]), (33629, 5, n, places["uic2"]), (33630, 5, n, places["uic3"]),
    ]  # fmt: skip
    directory = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in entries) + bytes(4)
    head = struct.pack("<2sHI", b"II", 42, directory_at)
    parts = [directory, pixels, bytes(extra)] if is_directory_first else [pixels, bytes(extra), directory]
    path.write_bytes(head + b"".join(parts))


def test_stk_distance_of_z_planes(tmp_path: Path) -> None:
    data = np.stack([plane(value) for value in range(4)])
    write_stk(tmp_path / "z.stk", data, z_distance=2.5)
    image = read_image(tmp_path / "z.stk")
    np.testing.assert_array_equal(image.data[0, 0], data)
    assert (image.z_step_um, image.pixel_size_um) == (2.5, (0.65, 0.65))
    assert image.time_step_s is None


def test_stk_that_is_cut_off_before_its_tables_is_not_one_plane_without_a_word(tmp_path: Path) -> None:
    data = np.stack([plane(value) for value in range(4)])
    write_stk(tmp_path / "z.stk", data, z_distance=2.5, is_directory_first=True)
    whole = read_image(tmp_path / "z.stk")
    assert (whole.n_slices, whole.cut_off) == (4, "")
    content = (tmp_path / "z.stk").read_bytes()
    for share in (0.9, 0.6):
        (tmp_path / "half.stk").write_bytes(content[: int(share * len(content))])
        half = read_image(tmp_path / "half.stk")
        assert (
            half.cut_off
            == "the file is cut off before the table of its 4 planes: only the first is read, without scale"
        )
        np.testing.assert_array_equal(half.plane(), data[0])


def test_stk_moments_of_frames(tmp_path: Path) -> None:
    data = np.stack([plane(value) for value in range(3)])
    write_stk(tmp_path / "t.stk", data, z_distance=0, ms_between=30_000)
    image = read_image(tmp_path / "t.stk")
    np.testing.assert_array_equal(image.data[:, 0, 0], data)
    assert image.frame_times_s == (0.0, 30.0, 60.0)
    assert image.z_step_um is None


# NDTiff: pages behind an index of axes; reduced copies in folders of their own


def test_ndtiff_is_one_image_with_its_axes(tmp_path: Path) -> None:
    data = np.stack([np.stack([plane(10 * t + c) for c in range(2)]) for t in range(3)])
    write_ndtiff(tmp_path / "scan", data)
    write_ndtiff(tmp_path / "scan" / "Downsampled_x2", data[..., ::2, ::2])
    listing = images_below(tmp_path)
    assert [source.relative for source in listing.sources] == ["scan/a_NDTiffStack.tif"]
    assert [entry.why for entry in listing.left_out] == ["reduced copies of NDTiff"]
    image = listing.sources[0].read()
    assert image.data.shape == (3, 2, 1, 24, 32)
    np.testing.assert_array_equal(image.data[:, :, 0], data)
    assert image.pixel_size_um == (0.325, 0.325)


# what stands beside the picture in its own file


def test_thumbnails_of_cameras_are_no_images(tmp_path: Path) -> None:
    picture = np.zeros((48, 64, 3), np.uint8)
    picture[:, :32] = 200
    small = io.BytesIO()
    PIL.Image.fromarray(picture[::4, ::4]).save(small, "JPEG")
    exif = PIL.Image.Exif()
    exif[271] = "Camera"
    exif._ifds[1] = {513: 0, 514: len(small.getvalue())}
    PIL.Image.fromarray(picture).save(tmp_path / "a.jpg", exif=exif)
    image = read_image(tmp_path / "a.jpg")
    assert (image.n_series, image.shape) == (1, (48, 64))
    with tifffile.TiffWriter(tmp_path / "b.tif") as tif:
        tif.write(picture, photometric="rgb", metadata=None)
        tif.write(picture[::4, ::4], photometric="rgb", metadata=None, subfiletype=1)
    image = read_image(tmp_path / "b.tif")
    assert (image.n_series, image.shape, image.n_frames) == (1, (48, 64), 1)


def test_transparency_masks_are_no_images(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 255, (48, 64, 3), dtype=np.uint8)
    with tifffile.TiffWriter(tmp_path / "a.tif") as tif:
        tif.write(picture, photometric="rgb", metadata=None)
        tif.write(np.ones((48, 64), bool), photometric="mask", metadata=None, subfiletype=4)
    image = read_image(tmp_path / "a.tif")
    assert (image.n_series, image.n_frames, image.is_rgb) == (1, 1, True)
    np.testing.assert_array_equal(image.data[0, :, 0], picture.transpose(2, 0, 1))


# LSM: a page a plane, each followed by its thumbnail, and one structure of what the scan was


def write_lsm(path: Path, data: Any, times_s: tuple[float, ...]) -> None:
    n_times, n_channels, n_slices, height, width = data.shape
    head = struct.pack("<II", 50_350_412, 152)
    head += struct.pack("<8i", width, height, n_slices, n_channels, n_times, 2, 8, 8)
    head += struct.pack("<6d", 0.4e-6, 0.5e-6, 1.5e-6, 0, 0, 0)
    head += struct.pack("<HHI", 6, 0, 0) + struct.pack("<4I", 0, 0, 0, 0) + struct.pack("<d", 0.0)
    place_of_stamps = len(head) + 12
    head += struct.pack("<8I", *[0] * 8)
    with tifffile.TiffWriter(path) as tif:
        for number, (t, z) in enumerate(np.ndindex(n_times, n_slices)):
            tags = [(34412, 1, len(head), head, True)] if number == 0 else []
            tif.write(data[t, :, z], planarconfig="separate", photometric="minisblack", metadata=None, extratags=tags)
            tif.write(np.zeros((8, 8, 3), np.uint8), photometric="rgb", metadata=None, subfiletype=1)
    content = bytearray(path.read_bytes())
    at = content.index(head) + place_of_stamps
    content[at : at + 4] = struct.pack("<I", len(content))
    content += struct.pack("<ii", 8 + 8 * len(times_s), len(times_s)) + struct.pack(f"<{len(times_s)}d", *times_s)
    first = int.from_bytes(content[4:8], "little")
    for entry in range(first + 2, first + 2 + 12 * int.from_bytes(content[first : first + 2], "little"), 12):
        if (
            content[entry : entry + 2] == b"\x02\x01"
        ):  # the bits of two channels lie elsewhere, though they had room here
            content[entry + 8 : entry + 12] = struct.pack("<I", len(content))
    path.write_bytes(bytes(content) + struct.pack("<HH", 16, 16))


def test_lsm_sizes_times_and_thumbnails(tmp_path: Path) -> None:
    data = np.random.default_rng(0).integers(0, 4096, (3, 2, 2, 24, 32)).astype(np.uint16)
    write_lsm(tmp_path / "a.lsm", data, (100.0, 160.0, 235.0))
    image = read_image(tmp_path / "a.lsm")
    np.testing.assert_array_equal(image.data, data)
    assert image.n_series == 1, "thumbnails are no series"
    assert image.pixel_size_um == pytest.approx((0.5, 0.4))
    assert (image.pixel_size_source, image.z_step_um) == ("lsm", 1.5)
    assert image.frame_times_s == (0.0, 60.0, 135.0)


# Micro-Manager's stacks: a summary and a map of the planes in front, a tag of its own with each page


def write_mm_stack(path: Path, data: Any, summary: dict[str, Any]) -> None:
    n_times, n_channels, height, width = data.shape
    encoded = json.dumps(summary).encode()
    own = b'{"Frame": 0}\0'
    planes = data.reshape(-1, height, width).astype("<u2")
    page_at = 40 + len(encoded) + len(own)
    page_bytes = 2 + 12 * 13 + 4 + planes[0].nbytes
    index_at = page_at + page_bytes * len(planes)
    head = struct.pack(
        "<2sHI8I", b"II", 42, page_at, 54_773_648, index_at, 483_765_892, 0, 99_384_722, 0, 2_355_492, len(encoded)
    )
    pages, index = b"", b""
    # the pixels lie 162 bytes behind their page's place, which readers rely on
    for number, (t, c) in enumerate(np.ndindex(n_times, n_channels)):
        at = page_at + number * page_bytes
        pixels_at = at + 2 + 12 * 13 + 4
        entries = [
            (254, 4, 1, 0), (256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 16), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, pixels_at),
            (277, 3, 1, 1), (278, 4, 1, height), (279, 4, 1, planes[0].nbytes), (284, 3, 1, 1), (339, 3, 1, 1), (51_123, 2, len(own), 40 + len(encoded)),
        ]  # fmt: skip
        following = at + page_bytes if number + 1 < len(planes) else 0
        pages += struct.pack("<H", 13) + b"".join(struct.pack("<HHII", *entry) for entry in entries)
        pages += struct.pack("<I", following) + planes[number].tobytes()
        index += struct.pack("<5I", c, 0, t, 0, at)
    path.write_bytes(head + encoded + own + pages + struct.pack("<II", 3_453_623, len(planes)) + index)


def test_micromanager_stacks(tmp_path: Path) -> None:
    data = np.random.default_rng(0).integers(0, 4096, (3, 2, 24, 32)).astype(np.uint16)
    summary = {
        "MicroManagerVersion": "2.0", "PixelSize_um": 0.65, "Interval_ms": 60_000.0, "z-step_um": 2.0, "ChNames": ["BF", "GFP"], "Channels": 2, "Frames": 3,
        "Slices": 1, "Positions": 1, "Width": 32, "Height": 24, "StagePositions": [{"Label": "B03-Site_1"}],
    }  # fmt: skip
    write_mm_stack(tmp_path / "a_MMStack_Pos0.tif", data, summary)
    image = read_image(tmp_path / "a_MMStack_Pos0.tif")
    np.testing.assert_array_equal(image.data[:, :, 0], data)
    assert (image.pixel_size_um, image.pixel_size_source) == ((0.65, 0.65), "micromanager")
    assert (image.channel_names, image.time_step_s, image.name) == (("BF", "GFP"), 60.0, "B03-Site_1")
    assert image.well == "B03"
