import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from spheroseg.errors import FormatError, ImageReadError
from spheroseg.formats import ImageFolder, Report
from spheroseg.formats.parts.files import OneFileAnImage, files_below, relative_name, replacing


class TestReplacing:
    def test_the_new_file_takes_the_place_of_the_old_one_at_the_end(self, tmp_path):
        path = tmp_path / "deep" / "a.txt"
        with replacing(path) as temporary:
            temporary.write_text("one")
            assert not path.exists()
        with replacing(path) as temporary:
            temporary.write_text("two")
            assert path.read_text() == "one"
        assert path.read_text() == "two"
        assert [file.name for file in path.parent.iterdir()] == ["a.txt"]

    def test_an_error_leaves_the_old_file_and_no_rest(self, tmp_path):
        path = tmp_path / "a.txt"
        path.write_text("old")

        def stop_halfway():
            with replacing(path) as temporary:
                temporary.write_text("half")
                raise ValueError("stop")

        with pytest.raises(ValueError, match="stop"):
            stop_halfway()
        assert path.read_text() == "old"
        assert [file.name for file in tmp_path.iterdir()] == ["a.txt"]


class TestNames:
    @pytest.mark.parametrize(
        ("name", "expected"),
        [
            ("a.tif", "a.tif"),
            ("plate 1/a.tif", "plate 1/a.tif"),
            ("../../etc/passwd", "etc/passwd"),
            ("/abs/a.tif", "abs/a.tif"),
            ("C:\\plates\\..\\a.tif", "plates/a.tif"),
            ("a:b?.tif", "a_b_.tif"),
            ("..", "image"),
            ("", "image"),
        ],
    )
    def test_a_name_cannot_leave_the_folder(self, name, expected):
        assert str(relative_name(name)) == expected

    @given(st.text(max_size=30))
    def test_whatever_it_is(self, name):
        path = relative_name(name)
        assert not path.is_absolute()
        assert ".." not in path.parts
        assert path.parts

    def test_a_single_file_is_for_a_single_image(self, tmp_path):
        files = OneFileAnImage(tmp_path / "a.zip", ".zip", Report())
        assert files.path_for("x.tif") == tmp_path / "a.zip"
        with pytest.raises(FormatError, match="give a folder"):
            files.path_for("y.tif")

    def test_no_two_images_share_a_file(self, tmp_path):
        report = Report()
        files = OneFileAnImage(tmp_path, ".zip", report)
        names = ["a.tif", "A.tif", "a.png", "p/a.tif", "a.tif"]
        paths = [files.path_for(name) for name in names]
        assert len({str(path).casefold() for path in paths}) == len(names)
        assert [note.where for note in report.notes] == ["A.tif", "a.png", "a.tif"]


def test_files_are_found_at_any_depth_in_order(tmp_path):
    for name in ("b.tif", "p/a.TIF", ".hidden.tif", "__MACOSX/c.tif", "note.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [name for _, name in files_below(tmp_path, (".tif",))] == ["b.tif", "p/a.TIF"]
    assert files_below(tmp_path / "b.tif", (".png",)) == [(tmp_path / "b.tif", "b.tif")]
    with pytest.raises(FormatError, match="no such file"):
        files_below(tmp_path / "none", (".tif",))


class TestImageFolder:
    @pytest.fixture
    def folder(self, tmp_path):
        for name in ("p1/A01.png", "p2/A01.png", "p1/B02.png"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            Image.fromarray(np.zeros((3, 4), np.uint8)).save(tmp_path / name)
        (tmp_path / "p1" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
        return ImageFolder(tmp_path)

    @pytest.mark.parametrize(
        ("asked", "found"),
        [
            ("p1/A01.png", "p1/A01.png"),
            ("p2/A01.tif", "p2/A01.png"),
            ("B02.tif", "p1/B02.png"),
            ("elsewhere/p1/B02", "p1/B02.png"),
            ("elsewhere/B02", None),
            ("C03.png", None),
        ],
    )
    def test_by_path_by_stem_and_by_the_end_of_a_path_where_only_one_fits(self, folder, asked, found):
        info = folder.find(asked)
        assert (info and info.name) == found
        if info:
            assert (info.width, info.height) == (4, 3)

    def test_where_two_fit_both_are_named(self, folder):
        with pytest.raises(FormatError, match=r"A01\.tif: its image could be p1/A01\.png or p2/A01\.png"):
            folder.find("A01.tif")

    def test_a_broken_image_is_an_error_of_its_own(self, folder):
        with pytest.raises(ImageReadError):
            folder.find("p1/broken.png")

    def test_a_missing_folder(self, tmp_path):
        with pytest.raises(FormatError, match="no such folder of images"):
            ImageFolder(tmp_path / "none")
