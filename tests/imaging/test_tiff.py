"""TIFF in its dialects, written by tifffile, read back bit for bit."""

import struct
import subprocess
import sys

import numpy as np
import pytest
import tifffile

from spheroseg.errors import ImageReadError
from spheroseg.imaging import read_image
from spheroseg.imaging.readers import tiff as tiff_reader

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 4096, (37, 53)).astype(np.uint16)
COLOUR = RNG.integers(0, 256, (37, 53, 3)).astype(np.uint8)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "uint32", "float32", "float64"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
def test_grey_values_and_dtype_are_kept(tmp_path, dtype, byteorder):
    values = (GREY % 120).astype(dtype)
    tifffile.imwrite(tmp_path / "a.tif", values, byteorder=byteorder)
    image = read_image(tmp_path / "a.tif")
    assert image.data.dtype == np.dtype(dtype)
    assert image.data.dtype.isnative
    assert np.array_equal(image.plane(), values)
    assert image.shape == (37, 53)
    assert image.channel_names == ("grey",)
    assert not image.is_rgb


def test_half_floats_become_single(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GREY.astype(np.float16))
    image = read_image(tmp_path / "a.tif")
    assert image.data.dtype == np.float32
    assert np.array_equal(image.plane(), GREY.astype(np.float16).astype(np.float32))


def test_twelve_bits_packed(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GREY, bitspersample=12)
    image = read_image(tmp_path / "a.tif")
    assert image.significant_bits == 12
    assert np.array_equal(image.plane(), GREY)


@pytest.mark.parametrize("compression", ["lzw", "deflate", "zstd", "packbits", "lzma"])
@pytest.mark.parametrize("tile", [None, (16, 16)])
def test_compressions(tmp_path, compression, tile):
    tifffile.imwrite(tmp_path / "a.tif", GREY, compression=compression, tile=tile, bigtiff=tile is not None)
    assert np.array_equal(read_image(tmp_path / "a.tif").plane(), GREY)


@pytest.mark.parametrize("planar", ["contig", "separate"])
def test_colours_chunky_and_planar(tmp_path, planar):
    stored = COLOUR if planar == "contig" else COLOUR.transpose(2, 0, 1)
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb", planarconfig=planar, compression="lzw")
    image = read_image(tmp_path / "a.tif")
    assert image.is_rgb
    assert image.channel_names == ("red", "green", "blue")
    assert np.array_equal(image.data[0, :, 0], COLOUR.transpose(2, 0, 1))


def test_jpeg_in_tiff_is_close(tmp_path):
    smooth = np.broadcast_to(np.linspace(20, 220, 64).astype(np.uint8)[None, :, None], (48, 64, 3))
    tifffile.imwrite(tmp_path / "a.tif", smooth, photometric="rgb", compression="jpeg", compressionargs={"level": 95})
    image = read_image(tmp_path / "a.tif")
    assert image.is_rgb
    assert np.abs(image.data[0, :, 0].astype(int) - smooth.transpose(2, 0, 1)).max() <= 6


def test_alpha_is_dropped_and_said(tmp_path):
    stored = np.dstack([COLOUR, np.full(COLOUR.shape[:2], 255, np.uint8)])
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb", extrasamples=["unassalpha"])
    image = read_image(tmp_path / "a.tif")
    assert image.n_channels == 3
    assert np.array_equal(image.data[0, :, 0], COLOUR.transpose(2, 0, 1))
    assert image.notes == ("alpha channel dropped",)


def test_white_is_zero_is_inverted(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", 65535 - GREY, photometric="miniswhite")
    image = read_image(tmp_path / "a.tif")
    assert np.array_equal(image.plane(), GREY)
    assert image.notes == ("stored with white as 0; inverted",)


def test_bilevel_is_black_and_white(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GREY > 2000, photometric="minisblack")
    image = read_image(tmp_path / "a.tif")
    assert np.array_equal(image.plane(), np.where(GREY > 2000, 255, 0))
    assert image.significant_bits == 1


def test_palette_of_colours_and_tint_of_intensities(tmp_path):
    indices = (GREY % 256).astype(np.uint8)
    colours = RNG.integers(0, 256, (3, 256)).astype(np.uint16) * 257
    tifffile.imwrite(tmp_path / "colours.tif", indices, photometric="palette", colormap=colours)
    image = read_image(tmp_path / "colours.tif")
    assert image.is_rgb
    assert np.array_equal(image.data[0, :, 0], (colours >> 8)[:, indices])
    green = np.zeros((3, 256), np.uint16)
    green[1] = np.arange(256) * 257
    tifffile.imwrite(tmp_path / "green.tif", indices, photometric="palette", colormap=green)
    image = read_image(tmp_path / "green.tif")
    assert np.array_equal(image.plane(), indices)
    assert "intensities" in image.notes[0]


def test_plain_pages_are_no_times_and_the_note_says_so(tmp_path):
    pages = RNG.integers(0, 256, (4, 20, 30)).astype(np.uint8)
    tifffile.imwrite(tmp_path / "a.tif", pages, photometric="minisblack", metadata=None)
    image = read_image(tmp_path / "a.tif")
    assert image.data.shape == (4, 1, 1, 20, 30)
    assert np.array_equal(image.data[:, 0, 0], pages)
    assert (image.frames_are, image.time_of_frame_s(1)) == ("page", None)
    assert "4 pages of unknown meaning" in image.notes[0]
    assert read_image(tmp_path / "a.tif", axes="channels").data.shape == (1, 4, 1, 20, 30)
    assert read_image(tmp_path / "a.tif", axes="z").data.shape == (1, 1, 4, 20, 30)
    as_pairs = read_image(tmp_path / "a.tif", axes="t2c2", interval_s=60)
    assert np.array_equal(as_pairs.data[:, :, 0].reshape(4, 20, 30), pages)
    assert (as_pairs.frames_are, as_pairs.time_of_frame_s(1)) == ("time", 60)


def test_pages_of_two_sizes_are_two_series(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(GREY, metadata=None)
        writer.write(GREY[:11, :13], metadata=None)
    first, second = read_image(tmp_path / "a.tif"), read_image(tmp_path / "a.tif", series=1)
    assert (first.n_series, first.shape, second.shape, second.series) == (2, (37, 53), (11, 13), 1)
    with pytest.raises(ImageReadError, match="no series 2"):
        read_image(tmp_path / "a.tif", series=2)


@pytest.mark.parametrize("axes", ["TCZYX", "ZCTYX", "CTZYX", "TZCYX"])
def test_ome_axes_in_any_order(tmp_path, axes):
    sizes = {"T": 2, "C": 3, "Z": 4, "Y": 20, "X": 30}
    stored = RNG.integers(0, 60_000, [sizes[axis] for axis in axes]).astype(np.uint16)
    metadata = {
        "axes": axes, "PhysicalSizeX": 650.0, "PhysicalSizeXUnit": "nm", "PhysicalSizeY": 0.7, "PhysicalSizeYUnit": "µm",
        "PhysicalSizeZ": 0.002, "PhysicalSizeZUnit": "mm", "TimeIncrement": 5.0, "TimeIncrementUnit": "min",
        "Channel": {"Name": ["DAPI", "GFP", "RFP"]}, "SignificantBits": 12,
    }  # fmt: skip
    tifffile.imwrite(tmp_path / "a.ome.tif", stored, ome=True, metadata=metadata)
    image = read_image(tmp_path / "a.ome.tif")
    assert np.array_equal(image.data, stored.transpose([axes.index(axis) for axis in "TCZYX"]))
    assert image.pixel_size_um == (0.7, 0.65)
    assert (image.z_step_um, image.time_step_s, image.pixel_size_source) == (2.0, 300.0, "ome")
    assert image.channel_names == ("DAPI", "GFP", "RFP")
    assert image.significant_bits == 12


def test_ome_images_are_series_and_pyramids_give_the_full_size(tmp_path):
    with tifffile.TiffWriter(tmp_path / "a.ome.tif", ome=True) as writer:
        writer.write(GREY, subifds=1, metadata={"PhysicalSizeX": 1.0, "PhysicalSizeY": 1.0})
        writer.write(GREY[::2, ::2], subfiletype=1)
        writer.write(GREY[:9], metadata={"PhysicalSizeX": 3.0, "PhysicalSizeY": 2.0})
    first, second = read_image(tmp_path / "a.ome.tif"), read_image(tmp_path / "a.ome.tif", series=1)
    assert np.array_equal(first.plane(), GREY)
    assert (first.n_series, first.pixel_size_um) == (2, (1.0, 1.0))
    assert np.array_equal(second.plane(), GREY[:9])
    assert second.pixel_size_um == (2.0, 3.0)


def test_a_file_of_an_ome_set_gives_the_set(tmp_path):
    def tiff_data(c: int, name: str) -> str:
        return f'<TiffData FirstC="{c}" IFD="0" PlaneCount="1"><UUID FileName="{name}">urn:uuid:{c}</UUID></TiffData>'

    for c in range(2):
        xml = (
            f'<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:{c}">'
            '<Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="53" SizeY="37" '
            'SizeC="2" SizeZ="1" SizeT="1" PhysicalSizeX="0.5" PhysicalSizeY="0.5">'
            f"{tiff_data(0, 'c0.ome.tif')}{tiff_data(1, 'c1.ome.tif')}</Pixels></Image></OME>"
        )
        tifffile.imwrite(tmp_path / f"c{c}.ome.tif", GREY + c, description=xml, metadata=None)
    for c in range(2):
        image = read_image(tmp_path / f"c{c}.ome.tif")
        assert image.data.shape == (1, 2, 1, 37, 53)
        assert np.array_equal(image.plane(c=0), GREY)
        assert np.array_equal(image.plane(c=1), GREY + 1)
        assert image.pixel_size_um == (0.5, 0.5)
    (tmp_path / "c1.ome.tif").unlink()
    alone = read_image(tmp_path / "c0.ome.tif")
    assert alone.data.shape == (1, 1, 1, 37, 53)
    assert "only 1 of 2 planes" in " ".join(alone.notes)


def test_ome_text_that_asks_for_absurd_sizes_is_refused(tmp_path):
    xml = (
        '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">'
        '<Pixels ID="Pixels:0" DimensionOrder="XYCZT" Type="uint16" SizeX="53" SizeY="37" SizeC="1" SizeZ="1" '
        'SizeT="1"><TiffData IFD="0" PlaneCount="3000000000"/></Pixels></Image></OME>'
    )
    tifffile.imwrite(tmp_path / "a.ome.tif", GREY, description=xml, metadata=None)
    with pytest.raises(ImageReadError, match="OME metadata are damaged"):
        read_image(tmp_path / "a.ome.tif")


def test_ome_text_with_entities_is_refused(tmp_path):
    xml = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><OME xmlns="http://www.openmicroscopy.org/x">&a;</OME>'
    tifffile.imwrite(tmp_path / "a.ome.tif", GREY, description=xml, metadata=None)
    with pytest.raises(ImageReadError, match="OME metadata are damaged"):
        read_image(tmp_path / "a.ome.tif")


def test_imagej_hyperstack(tmp_path):
    stored = RNG.integers(0, 60_000, (2, 3, 4, 20, 30)).astype(np.uint16)
    tifffile.imwrite(
        tmp_path / "a.tif", stored, imagej=True, resolution=(1 / 0.65, 1 / 0.7),
        metadata={"axes": "TZCYX", "unit": "micron", "spacing": 2.5, "finterval": 90.0},
    )  # fmt: skip
    image = read_image(tmp_path / "a.tif")
    assert np.array_equal(image.data, stored.transpose(0, 2, 1, 3, 4))
    assert image.data.dtype.isnative  # ImageJ writes big-endian
    assert image.pixel_size_um == pytest.approx((0.7, 0.65), rel=1e-6)
    assert (image.z_step_um, image.time_step_s, image.pixel_size_source) == (2.5, 90.0, "imagej")


@pytest.mark.parametrize(("unit", "um"), [("\\u00B5m", 0.5), ("nm", 0.5), ("mm", 0.5)])
def test_imagej_units(tmp_path, unit, um):
    per_unit = {"nm": 0.002, "mm": 2_000.0}.get(unit, 2.0)
    tifffile.imwrite(tmp_path / "a.tif", GREY, imagej=True, resolution=(per_unit, per_unit), metadata={"unit": unit})
    assert read_image(tmp_path / "a.tif").pixel_size_um == pytest.approx((um, um))


def test_imagej_pixels_are_no_length(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GREY, imagej=True, resolution=(2.0, 2.0), metadata={"unit": "pixel"})
    image = read_image(tmp_path / "a.tif")
    assert (image.pixel_size_um, image.pixel_size_source) == (None, "")


@pytest.mark.parametrize("um", [0.1, 0.65, 1.3, 4.32, 12.9])
@pytest.mark.parametrize(("unit", "um_per_unit"), [("CENTIMETER", 10_000), ("INCH", 25_400)])
def test_resolution_tags_of_microscopes_count(tmp_path, um, unit, um_per_unit):
    resolution = (um_per_unit / um, um_per_unit / um)
    tifffile.imwrite(tmp_path / "a.tif", GREY, resolution=resolution, resolutionunit=unit, metadata=None)
    image = read_image(tmp_path / "a.tif")
    assert image.pixel_size_um == pytest.approx((um, um), rel=1e-6)
    assert image.pixel_size_source == "tiff-resolution"


@pytest.mark.parametrize("dpi", [72, 96, 150, 300, 600, 1200, 2400])
def test_print_resolutions_are_no_pixel_size(tmp_path, dpi):
    tifffile.imwrite(tmp_path / "a.tif", GREY, resolution=(dpi, dpi), resolutionunit="INCH", metadata=None)
    image = read_image(tmp_path / "a.tif")
    assert image.pixel_size_um is None
    assert "print setting" in image.notes[0]


def test_metaseries_calibration(tmp_path):
    xml = (
        '<MetaData><PlaneInfo><prop id="spatial-calibration-state" type="bool" value="on"/>'
        '<prop id="spatial-calibration-x" type="float" value="1.29"/><prop id="spatial-calibration-y" type="float" '
        'value="1.3"/><prop id="spatial-calibration-units" type="string" value="um"/></PlaneInfo></MetaData>'
    )
    tifffile.imwrite(tmp_path / "a.tif", GREY, description=xml, software="MetaSeries", metadata=None)
    image = read_image(tmp_path / "a.tif")
    assert (image.pixel_size_um, image.pixel_size_source) == ((1.3, 1.29), "metamorph")


def test_large_uncompressed_files_stay_in_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr(tiff_reader, "MEMORY_MAP_FROM_BYTES", 1_000)
    tifffile.imwrite(tmp_path / "a.tif", GREY)
    image = read_image(tmp_path / "a.tif")
    assert isinstance(image.data, np.memmap)
    assert not image.data.flags.writeable
    assert np.array_equal(image.plane(), GREY)


@pytest.mark.parametrize("compression", [None, "lzw", "deflate"])
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.999])
def test_a_truncated_file_is_an_error(tmp_path, compression, share):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, GREY, photometric="minisblack", compression=compression, metadata=None)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ImageReadError) as caught:
        read_image(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_pages_in_a_circle_are_an_error(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, GREY, metadata=None)
    content = bytearray(path.read_bytes())
    n_tags = int.from_bytes(content[8:10], "little")
    content[10 + 12 * n_tags : 14 + 12 * n_tags] = (8).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(ImageReadError, match="circle"):
        read_image(path)


def test_a_header_of_a_million_squared_is_refused(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, GREY, metadata=None)
    content = bytearray(path.read_bytes())
    for entry in range(10, 10 + 12 * int.from_bytes(content[8:10], "little"), 12):
        if int.from_bytes(content[entry : entry + 2], "little") in {256, 257, 278}:
            content[entry + 2 : entry + 12] = b"\x04\0\1\0\0\0" + (1_000_000).to_bytes(4, "little")
    path.write_bytes(content)
    with pytest.raises(ImageReadError, match="asks for 1,000,000 × 1,000,000 pixels"):
        read_image(path)


def test_a_bomb_is_refused(tmp_path):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, np.zeros((20_000, 20_000), np.uint8), compression="zstd", rowsperstrip=20_000)
    assert path.stat().st_size < 100_000
    with pytest.raises(ImageReadError, match="decompression bomb"):
        read_image(path)


def without_strips(path, width, height, more=b""):
    """An uncompressed 16-bit TIFF whose header says where no pixel lies."""
    tags = [(256, 4, width), (257, 4, height), (258, 3, 16), (259, 3, 1), (262, 3, 1), (277, 3, 1)]
    entries = b"".join(struct.pack("<HHII", code, kind, 1, value) for code, kind, value in tags)
    path.write_bytes(struct.pack("<2sHIH", b"II", 42, 8, len(tags)) + entries + bytes(4) + more)


def test_pixels_that_are_nowhere_in_an_uncompressed_file_are_a_bomb_too(tmp_path):
    path = tmp_path / "a.tif"
    without_strips(path, 30_000, 30_000)
    with pytest.raises(ImageReadError, match="decompression bomb"):
        read_image(path)


def test_where_nothing_was_written_no_memory_is_taken(tmp_path):
    path = tmp_path / "a.tif"
    without_strips(path, 8_000, 8_000, bytes(40_000))  # 128 MB, of a file that is large enough to be no bomb
    read_image_of = (
        "import sys; from spheroseg.imaging import read_image; from spheroseg.errors import ImageReadError\n"
    )
    program = (
        f"import resource, tifffile; {read_image_of}"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: read_image(sys.argv[1])\n"
        "except ImageReadError as error: print(error.reason)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    answer = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=True)
    reason, grown_kb = answer.stdout.strip().splitlines()
    assert reason == "parts of the picture were never written"
    assert int(grown_kb) < 60_000


def test_not_finite_values_are_kept_and_said(tmp_path):
    values = GREY.astype(np.float32)
    values[0, :2] = np.nan, np.inf
    tifffile.imwrite(tmp_path / "a.tif", values)
    image = read_image(tmp_path / "a.tif")
    assert np.array_equal(image.plane(), values, equal_nan=True)
    assert image.notes == ("2 values are NaN or infinite; contrast ignores them",)


def test_complex_values_are_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GREY.astype(np.complex64))
    with pytest.raises(ImageReadError, match="not supported"):
        read_image(tmp_path / "a.tif")
