import numpy as np
import pytest
import tifffile
from PIL import Image

from spheroseg.errors import FormatError, ParameterError
from spheroseg.formats import AnnotatedImage, Annotations, ImageFolder, Report, labelmask
from spheroseg.geometry import Polygons, trace

BLOCKS = np.zeros((6, 8), np.uint8)
BLOCKS[1:3, 1:3], BLOCKS[3, 3], BLOCKS[4:6, 5:8] = 1, 1, 1  # two parts: one with a diagonal neighbour, one apart


class TestWriting:
    def test_tiff_is_deflated_uint16_with_the_pixel_size_where_imagej_looks(self, tmp_path):
        labels = np.zeros((200, 300), np.int64)
        labels[50:100, 50:100] = 65_535
        labelmask.write_labels(labels, tmp_path / "a.tif", pixel_size_um=(0.5, 0.65))
        with tifffile.TiffFile(tmp_path / "a.tif") as file:
            page = file.pages[0]
            assert (page.dtype, page.compression.name) == (np.uint16, "ADOBE_DEFLATE")
            assert file.imagej_metadata["unit"] == "um"
            x, y = (page.tags[name].value for name in ("XResolution", "YResolution"))
            assert (x[1] / x[0], y[1] / y[0]) == (0.65, 0.5)
            assert (file.asarray() == labels).all()
        assert (tmp_path / "a.tif").stat().st_size < 2_000

    def test_labels_beyond_16_bits_are_uint32(self, tmp_path):
        labels = np.array([[0, 70_000, 2**32 - 1]])
        labelmask.write_labels(labels, tmp_path / "a.tif", pixel_size_um=(0.5, 0.65))
        back, pixel_size_um = labelmask.read_calibrated_labels(tmp_path / "a.tif")
        assert back.dtype == np.uint32
        assert (back == labels).all()
        assert pixel_size_um == (0.5, 0.65)

    def test_png_is_16_bit(self, tmp_path):
        labelmask.write_labels(np.array([[0, 40_000]]), tmp_path / "a.png")
        with Image.open(tmp_path / "a.png") as picture:
            assert picture.mode == "I;16"
            assert np.asarray(picture).tolist() == [[0, 40_000]]

    def test_what_a_file_cannot_hold_is_refused_and_nothing_is_left(self, tmp_path):
        with pytest.raises(FormatError, match=r"beyond the 65,535 of a 16-bit PNG; write TIFF"):
            labelmask.write_labels(np.array([[70_000]]), tmp_path / "a.png")
        with pytest.raises(FormatError, match="beyond 32 bits"):
            labelmask.write_labels(np.array([[2**40]]), tmp_path / "a.tif")
        with pytest.raises(FormatError, match=r"written as \.tif"):
            labelmask.write_labels(np.array([[1]]), tmp_path / "a.jpg")
        for bad in (np.zeros((2, 2)), np.zeros((2, 2, 2), int), np.array([[-1]])):
            with pytest.raises(ParameterError):
                labelmask.write_labels(bad, tmp_path / "a.tif")
        assert list(tmp_path.iterdir()) == []

    def test_an_image_of_a_set_that_png_cannot_hold_is_refused_and_the_rest_is_written(self, tmp_path, reasons):
        planes = {"a.tif": np.array([[70_000]]), "b.tif": np.array([[7]])}
        images = [AnnotatedImage(name, 1, 1, trace(plane)) for name, plane in planes.items()]
        report = labelmask.write(Annotations(images), tmp_path, suffix=".png")
        assert "a.tif: label 70000" in reasons(report, "refused")
        assert [path.name for path in tmp_path.iterdir()] == ["b.png"]

    def test_one_file_holds_one_image(self, annotate, tmp_path):
        plane = np.ones((2, 2), np.uint16)
        with pytest.raises(FormatError, match="give a folder"):
            labelmask.write(annotate(plane, plane), tmp_path / "a.tif")


class TestReading:
    def read(self, tmp_path, array, name="a.tif"):
        if name.endswith(".tif"):
            tifffile.imwrite(tmp_path / name, array, photometric="minisblack")
        else:
            Image.fromarray(array).save(tmp_path / name)
        report = Report()
        return labelmask.read_labels(tmp_path / name, report=report), "\n".join(note.reason for note in report.notes)

    @pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.int32, np.float32, np.float64])
    def test_whole_numbers_of_any_type(self, tmp_path, dtype):
        values = np.array([[0, 3, 7]], dtype=dtype)
        labels, notes = self.read(tmp_path, values)
        assert labels.tolist() == [[0, 3, 7]]
        assert labels.dtype == np.uint16
        assert ("floating point" in notes) == (values.dtype.kind == "f")

    @pytest.mark.parametrize(
        ("array", "reason"),
        [
            (np.array([[0.5, 1.0]], np.float32), "fractions"),
            (np.array([[np.nan, 1.0]], np.float32), "not finite"),
            (np.array([[-1, 1]], np.int32), "negative value -1"),
            (np.array([[2.0**40]], np.float64), "beyond 32 bits"),
            (np.zeros((3, 5, 6), np.uint16), "a stack of 3 planes|channels"),
        ],
    )
    def test_what_is_no_label_mask_is_refused_with_the_reason(self, tmp_path, array, reason):
        with pytest.raises(FormatError, match=reason):
            self.read(tmp_path, array)

    @pytest.mark.parametrize("high", [255, 65_535])
    def test_a_foreground_mask_is_cut_into_its_8_connected_parts(self, tmp_path, high):
        labels, notes = self.read(tmp_path, BLOCKS.astype(np.uint16) * high)
        assert sorted(np.unique(labels)) == [0, 1, 2]
        assert labels[1, 1] == labels[3, 3] != labels[5, 6]
        assert f"0 and {high} alone" in notes
        assert "separate parts (2)" in notes

    def test_a_one_bit_png_is_a_foreground_mask(self, tmp_path):
        labels, _ = self.read(tmp_path, BLOCKS.astype(bool), "a.png")
        assert labels.max() == 2

    def test_a_mask_of_label_1_alone_stays_one_object(self, tmp_path):
        labels, notes = self.read(tmp_path, BLOCKS)
        assert (labels == BLOCKS).all()
        assert notes == "label 1 lies in 2 separate pieces; it stays one object"

    def test_each_colour_is_an_object_and_black_is_background(self, tmp_path):
        colours = np.zeros((4, 6, 3), np.uint8)
        colours[0, :2], colours[2, 3:], colours[3, 0] = (255, 0, 0), (0, 0, 9), (255, 0, 0)
        labels, notes = self.read(tmp_path, colours, "a.png")
        assert labels[0, 0] == labels[3, 0] == 2
        assert labels[2, 4] == 1
        assert labels[1, 1] == 0
        assert "each of 2 other colours" in notes

    def test_grey_stored_as_colours(self, tmp_path):
        labels, notes = self.read(tmp_path, np.repeat(BLOCKS[..., None] * 5, 3, axis=2), "a.png")
        assert sorted(np.unique(labels)) == [0, 5]
        assert "grey values" in notes

    def test_colours_without_black_are_refused(self, tmp_path):
        with pytest.raises(FormatError, match="without black"):
            self.read(tmp_path, np.stack([BLOCKS + 1, BLOCKS + 2, BLOCKS], axis=2), "a.png")

    def test_a_palette_of_colours(self, tmp_path):
        picture = Image.fromarray(BLOCKS)
        picture.putpalette([0, 0, 0, 200, 0, 0])
        picture.save(tmp_path / "p.png")
        assert (labelmask.read_labels(tmp_path / "p.png") == BLOCKS).all()

    def test_photographs_are_refused(self, tmp_path):
        generator = np.random.default_rng(0)
        with pytest.raises(FormatError, match="this is a picture, not a label mask"):
            self.read(tmp_path, generator.integers(1, 200, (80, 80)).astype(np.uint8), "grey.png")
        with pytest.raises(FormatError, match="colours; this is a picture"):
            self.read(tmp_path, generator.integers(0, 255, (80, 80, 3)).astype(np.uint8), "colour.png")
        Image.fromarray(BLOCKS).save(tmp_path / "a.jpg")
        with pytest.raises(FormatError, match="JPEG"):
            labelmask.read_labels(tmp_path / "a.jpg")

    def test_a_damaged_file_and_a_missing_one(self, tmp_path):
        (tmp_path / "a.tif").write_bytes(b"II*\0 nothing")
        for name in ("a.tif", "none.tif"):
            with pytest.raises(FormatError):
                labelmask.read_labels(tmp_path / name)


class TestFolders:
    def test_the_images_give_names_and_a_mask_of_another_size_is_refused(self, tmp_path, reasons):
        for folder in ("images/p", "masks/p"):
            (tmp_path / folder).mkdir(parents=True)
        for name, shape in (("A01.png", (4, 5)), ("A02.png", (9, 9))):
            Image.fromarray(np.zeros(shape, np.uint8)).save(tmp_path / "images/p" / name)
        for name in ("A01.tif", "A02.tif", "A03.tif"):
            labelmask.write_labels(np.ones((4, 5), np.uint8), tmp_path / "masks/p" / name)
        annotations, report = labelmask.read(tmp_path / "masks", images=ImageFolder(tmp_path / "images"))
        assert [image.name for image in annotations.images] == ["p/A01.png", "p/A03.tif"]
        assert "p/A02.tif: is 5 × 4 px, but its image p/A02.png 9 × 9 px" in reasons(report, "refused")

    def test_a_core_of_another_size_is_refused_and_its_spheroids_stay(self, tmp_path, reasons):
        labelmask.write_labels(np.ones((4, 5), np.uint8), tmp_path / "a.tif")
        labelmask.write_labels(np.ones((4, 4), np.uint8), tmp_path / "a_core.tif")
        annotations, report = labelmask.read(tmp_path)
        assert [image.polygons.class_names for image in annotations.images] == [("spheroid",)]
        assert "a_core.tif: is 4 × 4 px" in reasons(report, "refused")

    def test_a_core_file_alone_is_an_image_of_its_own(self, tmp_path):
        labelmask.write_labels(np.ones((4, 5), np.uint8), tmp_path / "a_core.tif")
        (image,) = labelmask.read(tmp_path)[0].images
        assert (image.name, image.polygons.class_names) == ("a_core.tif", ("spheroid",))

    def test_hidden_files_are_left_out(self, tmp_path):
        (tmp_path / ".cache").mkdir()
        for name in (".a.tif", ".cache/b.tif", "c.tif"):
            labelmask.write_labels(np.ones((2, 2), np.uint8), tmp_path / name)
        assert [image.name for image in labelmask.read(tmp_path)[0].images] == ["c.tif"]

    def test_an_image_without_objects_stays(self, tmp_path):
        image = AnnotatedImage("a.tif", 3, 2, Polygons.from_list([]))
        labelmask.write(Annotations((image,)), tmp_path)
        annotations, report = labelmask.read(tmp_path)
        assert annotations.images[0].shape == (2, 3)
        assert (report.n_images, report.n_objects) == (1, 0)
