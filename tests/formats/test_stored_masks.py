"""A mask is numbers, not a picture: what other programs wrote is what is read, and what was decided is said."""

import struct
import tracemalloc
import zlib
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from tests.fixtures.png import chunk

from spheroseg.errors import FormatError
from spheroseg.formats import FORMATS, Report, convert, labelmask
from spheroseg.measurement import measure

Y, X = np.mgrid[:128, :128]
DISC = (Y - 64) ** 2 + (X - 64) ** 2 < 20**2
THREE = np.where(DISC, 1, 0).astype(np.uint8)
THREE[4:14, 4:14], THREE[100:120, 10:20] = 2, 3


def read(path: Path) -> tuple[np.ndarray, str]:
    report = Report()
    return labelmask.read_labels(path, report=report), "; ".join(note.reason for note in report.notes)


def write_png(path: Path, values: np.ndarray, bits: int) -> None:
    """A grey PNG of 1, 2 or 4 bits, which Pillow does not write."""
    flags = (values[..., None] >> np.arange(bits - 1, -1, -1)) & 1
    packed = np.packbits(flags.reshape(len(values), -1).astype(np.uint8), axis=1)
    lines = b"".join(b"\0" + row.tobytes() for row in packed)

    head = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], bits, 0, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + parts)


def test_imagejs_inverting_table_is_not_applied(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", (DISC * 255).astype(np.uint8), photometric="miniswhite")
    labels, notes = read(tmp_path / "a.tif")
    assert np.count_nonzero(labels) == np.count_nonzero(DISC)
    assert "stored numbers were taken" in notes
    image = np.where(DISC, 200, 55).astype(np.uint8)
    assert measure(labels, image)["intensity_mean"].tolist() == [200]


def test_a_boolean_tiff_of_python(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", DISC, photometric="miniswhite")
    labels, notes = read(tmp_path / "a.tif")
    assert (labels == DISC).all()
    assert "one bit a pixel" in notes


@pytest.mark.parametrize("bits", [2, 4])
def test_few_bits_are_not_stretched(tmp_path, bits):
    write_png(tmp_path / "a.png", THREE, bits)
    labels, notes = read(tmp_path / "a.png")
    assert (labels == THREE).all()
    assert f"{bits} bits a pixel" in notes


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.bmp"])
def test_a_palette_s_index_is_the_label(tmp_path, name):
    picture = Image.fromarray(THREE)
    picture.putpalette([0, 0, 0, 255, 0, 0, 255, 0, 0, 0, 0, 255])  # two labels of one colour
    picture.save(tmp_path / name)
    labels, notes = read(tmp_path / name)
    assert (labels == THREE).all()
    assert "index" in notes


def test_the_void_of_pascal_voc_is_background(tmp_path):
    around = np.where(DISC & ~((Y - 64) ** 2 + (X - 64) ** 2 < 17**2), 255, np.where(DISC, 1, 0)).astype(np.uint8)
    picture = Image.fromarray(around)
    picture.putpalette([0, 0, 0, 128, 0, 0, *[0] * (253 * 3), 224, 224, 192])
    picture.save(tmp_path / "a.png")
    labels, notes = read(tmp_path / "a.png")
    assert np.unique(labels).tolist() == [0, 1]
    assert "Pascal VOC" in notes


def test_a_palette_with_white_around_the_objects(tmp_path):
    picture = Image.fromarray(THREE)
    picture.putpalette([255, 255, 255, 0, 0, 0, 9, 9, 9, 0, 0, 255])  # ImageJ's inverted tables
    picture.save(tmp_path / "a.png")
    assert (read(tmp_path / "a.png")[0] == THREE).all()


def test_a_palette_whose_background_nobody_knows_is_refused(tmp_path):
    picture = Image.fromarray((THREE == 0).astype(np.uint8))
    picture.putpalette([255, 255, 255, 0, 0, 0])
    picture.save(tmp_path / "a.png")
    with pytest.raises(FormatError, match="index 0 is #ffffff and does not surround the objects"):
        read(tmp_path / "a.png")


class TestTransparency:
    def save(self, path, colours, opaque):
        Image.fromarray(np.dstack([colours, opaque.astype(np.uint8) * 255])).save(path)
        return read(path)

    def test_opaque_or_transparent_background_is_left_aside(self, tmp_path):
        labels, notes = self.save(tmp_path / "a.png", np.dstack([THREE] * 3), np.ones_like(DISC))
        assert (labels == THREE).all()
        assert "alpha channel is the same everywhere" in notes
        labels, notes = self.save(tmp_path / "b.png", THREE[..., None], THREE > 0)
        assert (labels == THREE).all()
        assert "transparent where nothing is labelled" in notes

    def test_what_cannot_be_told_is_refused(self, tmp_path):
        with pytest.raises(FormatError, match="transparency alone"):
            self.save(tmp_path / "a.png", np.zeros((128, 128, 3), np.uint8), DISC)
        with pytest.raises(FormatError, match="labels under transparent pixels"):
            self.save(tmp_path / "b.png", THREE[..., None], DISC)


def test_a_compression_that_changes_values_is_refused(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", THREE, compression="jpeg")
    with pytest.raises(FormatError, match="JPEG compression changes pixel values"):
        read(tmp_path / "a.tif")


class TestDoubts:
    def test_a_label_in_three_pieces(self, tmp_path):
        labels = np.zeros((40, 40), np.uint8)
        labels[2:5, 2:5] = labels[5:8, 5:8] = labels[20:24, 2:5] = labels[20:24, 30:35] = 7  # two meet at a corner
        tifffile.imwrite(tmp_path / "a.tif", labels)
        assert read(tmp_path / "a.tif")[1] == "label 7 lies in 3 separate pieces; it stays one object"

    def test_smoothed_edges(self, tmp_path):
        Image.fromarray((DISC * 255).astype(np.uint8)).resize((100, 100), Image.Resampling.BILINEAR).save(
            tmp_path / "a.png"
        )
        assert "its edges look smoothed" in read(tmp_path / "a.png")[1]

    @pytest.mark.parametrize("photometric", ["minisblack", "miniswhite"])
    def test_an_inverted_foreground_mask_is_refused(self, tmp_path, photometric):
        tifffile.imwrite(tmp_path / "a.tif", (~DISC * 255).astype(np.uint8), photometric=photometric)
        with pytest.raises(FormatError, match="an inverted mask"):
            read(tmp_path / "a.tif")

    def test_a_foreground_mask_that_may_be_inverted(self, tmp_path):
        inverted = ~DISC
        inverted[0, :3] = False
        tifffile.imwrite(tmp_path / "a.tif", (inverted * 255).astype(np.uint8))
        assert "is it inverted?" in read(tmp_path / "a.tif")[1]

    @pytest.mark.parametrize(
        "values",
        [np.where(DISC, 2, 1), np.where(DISC, 0, 1), THREE + 1, np.where(DISC, 1, 255)],
        ids=["ilastik", "0 and 1", "from 1", "void"],
    )
    def test_a_label_all_around_is_the_background(self, tmp_path, values):
        tifffile.imwrite(tmp_path / "a.tif", values.astype(np.uint8))
        with pytest.raises(FormatError, match="lies all around the others: it is the background"):
            read(tmp_path / "a.tif")

    def test_a_label_that_may_be_the_background(self, tmp_path):
        values = np.where(DISC, 2, 1).astype(np.uint8)
        values[0, :3] = 3
        tifffile.imwrite(tmp_path / "a.tif", values)
        assert "label 1 takes most of the outermost pixels; is it the background?" in read(tmp_path / "a.tif")[1]

    def test_one_object_that_is_everywhere(self, tmp_path):
        tifffile.imwrite(tmp_path / "a.tif", np.full((40, 40), 255, np.uint8))
        assert read(tmp_path / "a.tif")[0].max() == 1

    def test_smoothed_edges_of_colours(self, tmp_path):
        colours = np.zeros((*DISC.shape, 3), np.uint8)
        colours[DISC] = 255, 80, 0
        size = tuple(round(1.3 * side) for side in DISC.shape[::-1])
        Image.fromarray(colours).resize(size, Image.Resampling.BILINEAR).save(tmp_path / "a.png")
        assert "its edges look smoothed" in read(tmp_path / "a.png")[1]

    def test_touching_and_tiny_objects_are_no_doubt(self, tmp_path):
        labels = np.zeros((40, 40), np.uint8)
        labels[2:10, 2:10], labels[2:10, 10:18], labels[30, 30], labels[20:22, 5] = 1, 2, 3, 4
        tifffile.imwrite(tmp_path / "a.tif", labels)
        assert read(tmp_path / "a.tif")[1] == ""


@pytest.mark.parametrize("name", [entry.name for entry in FORMATS if entry.can_write and entry.name != "overlays"])
def test_a_label_of_four_billion_costs_no_memory(tmp_path, name):
    labels = np.zeros((64, 64), np.uint32)
    labels[3:9, 3:9], labels[20:30, 20:30] = 4_000_000_000, 7
    (tmp_path / "in").mkdir()
    tifffile.imwrite(tmp_path / "in/a.tif", labels)
    tracemalloc.start()
    try:
        if name == "masks-png":
            report = convert(tmp_path / "in", tmp_path / "out", format_out=name)
            assert "label 4000000000 is beyond the 65,535 of a 16-bit PNG" in str(report.notes)
        else:
            assert convert(tmp_path / "in", tmp_path / "out", format_out=name).n_objects == 2
        assert tracemalloc.get_traced_memory()[1] < 256 * 2**20
    finally:
        tracemalloc.stop()
