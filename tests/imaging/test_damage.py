"""Whatever the bytes are: an image, or one ImageReadError of one line that names the file and a reason."""

import logging
import os
import subprocess
import sys
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
import tifffile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.fixtures.seeds import GREY, write_seeds

from spheroseg.errors import ImageReadError
from spheroseg.imaging import describe, is_image_path, read_image
from spheroseg.imaging.focus import flatten_z
from spheroseg.imaging.readers.damage import LongerFile


@pytest.fixture(scope="module")
def seeds(tmp_path_factory):
    """One small valid file of many kinds: bytes by name."""
    return write_seeds(tmp_path_factory.mktemp("seeds"))


def read_or_refuse(path: Path) -> None:
    image, refused = None, None
    try:
        image = read_image(path)
    except ImageReadError as error:
        refused = error
    if refused is not None:
        assert str(path) in str(refused)
        assert "\n" not in str(refused)
        assert len(refused.reason) > 5
    else:
        assert image is not None
        assert image.data.ndim == 5
        assert image.data.size > 0
        np.asarray(image.data).reshape(-1)[-1].item()  # the last value can be touched


edits = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.sampled_from([b"\0", b"\xff", b"\x7f", b"\xff\xff\xff\xff", b"\0\0\0\x80", b"A"])),
    max_size=4,
)  # fmt: skip


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), length=st.floats(0, 1), edits=edits)
def test_damaged_files_are_refused_or_read(tmp_path, seeds, data, length, edits):
    name = data.draw(st.sampled_from(sorted(seeds)))
    content = bytearray(seeds[name])
    for place, replacement in edits:
        # half of the edits hit the header, where the sizes are
        at = int(place * min(len(content), 600 if int(place * 1000) % 2 else len(content)))
        content[at : at + len(replacement)] = replacement
    if length < 0.5:
        content = content[: int(len(content) * 2 * length)]
    (tmp_path / name).write_bytes(content)
    read_or_refuse(tmp_path / name)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.sampled_from([b"", b"II*\0", b"MM\0*", b"II+\0\x08\0\0\0", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0", b"BM", b"ZISRAWFILE", b"\x70\0\0\0", b"\xda\xce\xbe\x0a", b"\0\0\0\x0cjP  \r\n\x87\n"]),
    rest=st.binary(max_size=300),
)  # fmt: skip
def test_any_bytes_are_refused_or_read(tmp_path, start, rest):
    (tmp_path / "a.tif").write_bytes(start + rest)
    read_or_refuse(tmp_path / "a.tif")


def test_what_is_no_image_is_named(tmp_path):
    (tmp_path / "text.tif").write_text("this is a protocol, not an image\n")
    (tmp_path / "empty.png").touch()
    (tmp_path / "folder.tif").mkdir()
    for name, reason in (
        ("text.tif", "none of the kinds"),
        ("empty.png", "empty"),
        ("folder.tif", "a folder"),
        ("missing.png", "no such file"),
    ):
        with pytest.raises(ImageReadError, match=reason) as caught:
            read_image(tmp_path / name)
        assert caught.value.path == tmp_path / name


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_file_that_may_not_be_read(tmp_path):
    (tmp_path / "a.png").touch(mode=0)
    with pytest.raises(ImageReadError, match="permission denied"):
        read_image(tmp_path / "a.png")


def test_content_decides_not_the_name(tmp_path, seeds):
    (tmp_path / "a.jpg").write_bytes(seeds["plain.tif"])
    (tmp_path / "noending").write_bytes(seeds["g.png"])
    assert np.array_equal(read_image(tmp_path / "a.jpg").plane(), GREY)
    assert np.array_equal(read_image(tmp_path / "noending").plane(), GREY)


def test_image_paths_by_ending():
    assert all(is_image_path(name) for name in ("a.TIF", "b.ome.tiff", "c.JPG", "x/y.nd2", "d.czi", "e.lif", "f.bmp"))
    assert not any(is_image_path(name) for name in ("a.csv", "tif", "b.tif.txt", ".png", "c"))


def test_describe_has_plain_values(tmp_path, seeds):
    (tmp_path / "a.ome.tif").write_bytes(seeds["ome.ome.tif"])
    fields = describe(tmp_path / "a.ome.tif")
    assert (fields["format"], fields["width"], fields["height"], fields["dtype"]) == ("TIFF", 17, 12, "uint16")
    assert fields["pixel_size_um"] == [0.5, 0.5]
    assert fields["file_bytes"] == len(seeds["ome.ome.tif"])


def test_reading_says_nothing_aside(tmp_path, seeds):
    # a page whose tag leads nowhere: tifffile logs that, a person should see one line at most
    content = bytearray(seeds["plain.tif"])
    content[10:12] = b"\xff\xff"
    (tmp_path / "a.tif").write_bytes(content)
    (tmp_path / "b.jpg").write_bytes(seeds["c.jpg"][:-40] + b"\xff\xd9")
    code = (
        "import sys, spheroseg.imaging as imaging\n"
        "for path in sys.argv[1:]:\n"
        "    try: imaging.read_image(path)\n"
        "    except imaging.read.ImageReadError: pass\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", code, tmp_path / "a.tif", tmp_path / "b.jpg"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("", "")


def test_quiet_while_threads_read(tmp_path, seeds):
    (tmp_path / "a.tif").write_bytes(seeds["plain.tif"])
    filters = list(warnings.filters)
    threads = [threading.Thread(target=read_or_refuse, args=(tmp_path / "a.tif",)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == filters


def test_the_libraries_logs_are_heard_outside_of_a_read(tmp_path, seeds, caplog):
    (tmp_path / "a.tif").write_bytes(seeds["plain.tif"])
    read_image(tmp_path / "a.tif")
    with caplog.at_level(logging.WARNING, logger="tifffile"):
        logging.getLogger("tifffile").warning("said by somebody else")
    assert "said by somebody else" in caplog.text


def _damaged(path, page):
    with tifffile.TiffFile(path) as tif:
        at, n_bytes = tif.pages[page].dataoffsets[0], tif.pages[page].databytecounts[0]
    content = bytearray(path.read_bytes())
    content[at : at + n_bytes] = b"\xff" * n_bytes
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("tags", "page", "lost"),
    [
        ({"ome": True, "metadata": {"axes": "TCYX"}}, 5, (2, 1, 0)),
        ({"ome": True, "metadata": {"axes": "TCYX"}}, 0, (0, 0, 0)),
        ({"imagej": True, "metadata": {"axes": "TCYX"}}, 7, (3, 1, 0)),
    ],
)
def test_a_damaged_page_fails_its_plane_alone(tmp_path, tags, page, lost):
    values = np.random.default_rng(0).integers(0, 4096, (4, 2, 40, 64)).astype(np.uint16)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, values, compression="zlib", photometric="minisblack", **tags)
    _damaged(path, page)
    image = read_image(path)
    assert list(image.unreadable) == [lost]
    assert f"planes that cannot be read (counted from 0): frame {lost[0]}, channel {lost[1]} – " in " ".join(
        image.notes
    )
    for t, c in np.ndindex(4, 2):
        if (t, c, 0) == lost:
            with pytest.raises(ImageReadError, match="its pixels are damaged"):
                image.plane(t, c)
            with pytest.raises(ImageReadError, match="its pixels are damaged"):
                flatten_z(image, t, "max")[0].plane(c=c)
        else:
            np.testing.assert_array_equal(image.plane(t, c), values[t, c])
    assert image.preview_place == (int(lost[0] == 0), 0)


@pytest.mark.parametrize(("axes", "lost"), [("ZYX", (0, 0, 1)), ("CYX", (0, 1, 0))])
def test_a_damaged_plane_of_a_single_frame_leaves_the_others(tmp_path, axes, lost):
    values = np.random.default_rng(0).integers(0, 4096, (3, 40, 64)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.ome.tif", values, compression="zlib", metadata={"axes": axes})
    _damaged(tmp_path / "a.ome.tif", 1)
    image = read_image(tmp_path / "a.ome.tif")
    assert list(image.unreadable) == [lost]
    np.testing.assert_array_equal(image.plane(0, 2 if axes == "CYX" else 0, 2 if axes == "ZYX" else 0), values[2])


def test_what_is_beyond_a_files_end_takes_no_memory(tmp_path):
    # a damaged header may ask for any length, and a file that looks large enough must not give it
    (tmp_path / "a.tif").write_bytes(b"0123456789")
    with LongerFile(tmp_path / "a.tif", size=1 << 40) as longer:
        assert longer.seek(0, os.SEEK_END) == 1 << 40
        longer.seek(4)
        assert longer.read(1 << 39) == b"456789"
        array = np.full(8, 255, np.uint8)
        longer.seek(7)
        assert longer.readinto(array) == 8
        assert bytes(array) == b"789" + bytes(5)
    with LongerFile(tmp_path / "a.tif", size=1 << 40, has_zeros=False) as longer:
        longer.seek(7)
        array = np.full(8, 255, np.uint8)
        assert longer.readinto(array) == 3
        assert bytes(array) == b"789" + b"\xff" * 5


def test_a_long_tag_of_a_cut_file_takes_no_memory(tmp_path):
    # three pages, of which the last one's directory lies beyond the end, and a name of two thousand million letters in the first
    path = tmp_path / "a.tif"
    with tifffile.TiffWriter(path) as tif:
        for _ in range(3):
            tif.write(np.ones((40, 40), np.uint8), software="a microscope", contiguous=False, metadata=None)
    with tifffile.TiffFile(path) as tif:
        name, last = tif.pages[0].tags["Software"].offset, tif.pages[2].offset
    content = bytearray(path.read_bytes())
    content[name + 4 : name + 8] = (2_000_000_000).to_bytes(4, "little")
    path.write_bytes(content[:last])
    code = (
        "import re, sys\n"
        "from spheroseg.imaging import read_image\n"
        "read_image(sys.argv[1])\n"
        "print(int(re.search(r'VmHWM:\\s+(\\d+)', open('/proc/self/status').read())[1]) // 1024)\n"  # of this process alone
    )
    done = subprocess.run([sys.executable, "-c", code, path], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 1000  # MiB
