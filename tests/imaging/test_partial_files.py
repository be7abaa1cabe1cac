"""Files that are cut off (half copied), damaged in one place, or of which planes are missing: the other planes are read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from tests.fixtures.deltavision_dv import write_dv
from tests.fixtures.leica_lif import write_lif, write_xlef
from tests.fixtures.nikon_nd2 import write_nd2
from tests.fixtures.olympus_oif import write_oif
from tests.fixtures.zeiss_czi import Block, write_czi

from spheroseg.errors import ImageReadError
from spheroseg.imaging import read_image
from spheroseg.imaging.focus import flatten_z

VALUES = np.random.default_rng(3).integers(0, 4096, (3, 2, 2, 40, 64)).astype(np.uint16)  # t, c, z, y, x


def czi(path: Path, values: NDArray[Any], compression: int = 0) -> None:
    blocks = [
        Block(values[place], dict(zip("TCZ", place, strict=True)), compression)
        for place in np.ndindex(values.shape[:3])
    ]
    write_czi(path, blocks, xml="<ImageDocument/>")


def pages(path: Path, values: NDArray[Any]) -> None:
    with tifffile.TiffWriter(path) as file:
        for place in np.ndindex(values.shape[:3]):
            file.write(values[place], metadata=None, contiguous=False, photometric="minisblack")


WRITERS: dict[str, Callable[[Path, NDArray[Any]], None]] = {
    "raw.czi": czi,
    "zstd.czi": lambda path, values: czi(path, values, 5),
    "raw.nd2": lambda path, values: write_nd2(path, values.transpose(0, 2, 1, 3, 4)[None]),
    "zip.nd2": lambda path, values: write_nd2(path, values.transpose(0, 2, 1, 3, 4)[None], is_compressed=True),
    "a.lif": lambda path, values: write_lif(path, {"one": values}),
    "a.dv": write_dv,
    "imagej.tif": lambda path, values: tifffile.imwrite(
        path, values.transpose(0, 2, 1, 3, 4), imagej=True, metadata={"axes": "TZCYX"}
    ),
    "ome.ome.tif": lambda path, values: tifffile.imwrite(path, values, metadata={"axes": "TCZYX"}),
    "pages.tif": pages,
}


@pytest.mark.parametrize("share", [0.02, 0.2, 0.5, 0.75, 0.9, 0.99])
@pytest.mark.parametrize("name", WRITERS)
def test_what_is_there_of_a_file_that_is_cut_off_is_read(tmp_path: Path, name: str, share: float) -> None:
    path = tmp_path / name
    WRITERS[name](path, VALUES)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    try:
        image = read_image(path)
    except ImageReadError as error:
        assert share <= 0.2, "of this much something can be read"
        assert str(path) in str(error)  # noqa: PT017
        return
    assert image.unreadable or image.cut_off or np.array_equal(image.data, VALUES), "never whole without a word"
    assert (
        not (image.unreadable or image.cut_off)
        or "cut off" in " ".join(image.notes) + str(image.unreadable)
        or ("cannot be read" in " ".join(image.notes))
    )
    stored = VALUES.reshape(-1, 1, 1, 40, 64) if image.frames_are == "page" else VALUES
    for place in np.ndindex(image.data.shape[:3]):
        if place in image.unreadable:
            assert not image.data[place].any()
            with pytest.raises(ImageReadError, match=r"file's end|truncated|missing|damaged"):
                image.plane(*place)
        else:
            np.testing.assert_array_equal(image.plane(*place), stored[place])


@pytest.mark.parametrize("name", ["zstd.czi", "zip.nd2"])
def test_a_damaged_plane_fails_alone(tmp_path: Path, name: str) -> None:
    WRITERS[name](tmp_path / name, VALUES)
    content = bytearray((tmp_path / name).read_bytes())
    # the fifth piece of compressed pixels
    start = (
        [at for at in range(len(content)) if content[at : at + 4] == b"\x28\xb5\x2f\xfd"][4:]
        if "czi" in name
        else [content.index(b"ImageDataSeq|2!") + 4096 - 16 + 8]
    )
    content[start[0] : start[0] + 64] = bytes(64)
    (tmp_path / name).write_bytes(content)
    image = read_image(tmp_path / name)
    lost = {(1, 0, 0)} if "czi" in name else {(1, 0, 0), (1, 1, 0)}
    assert set(image.unreadable) == lost
    assert "planes that cannot be read (counted from 0): frame 1, channel 0, z 0" in " ".join(image.notes)
    for place in np.ndindex(VALUES.shape[:3]):
        if place not in lost:
            np.testing.assert_array_equal(image.plane(*place), VALUES[place])


def test_planes_that_were_never_taken_fail_alone(tmp_path: Path) -> None:
    write_czi(tmp_path / "a.czi", [Block(VALUES[t, c, 0], {"T": t, "C": c}) for t, c in ((0, 0), (0, 1), (1, 0))])
    image = read_image(tmp_path / "a.czi")
    assert list(image.unreadable) == [(1, 1, 0)]
    with pytest.raises(
        ImageReadError, match=r"frame 1, channel 1 .*missing from the file \(was the acquisition stopped"
    ):
        image.plane(1, 1)
    write_nd2(tmp_path / "a.nd2", VALUES[:, :1, :1].transpose(0, 2, 1, 3, 4)[None], skip_frame=1)
    image = read_image(tmp_path / "a.nd2")
    assert list(image.unreadable) == [(1, 0, 0)]
    assert "frames that cannot be read (the first is 0): 1 – " in " ".join(image.notes)


def test_a_czi_that_was_never_finished_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    write_czi(tmp_path / "a.czi", [Block(VALUES[t, 0, 0], {"T": t}) for t in range(3)], has_directory=False)
    image = read_image(tmp_path / "a.czi")
    np.testing.assert_array_equal(image.data[:, 0, 0], VALUES[:, 0, 0])
    assert "never finished" in image.cut_off


def test_files_of_a_scan_that_are_missing_or_damaged(tmp_path: Path) -> None:
    write_oif(tmp_path / "a.oif", VALUES)
    folder = tmp_path / "a.oif.files"
    (folder / "s_C001Z002T003.tif").unlink()
    (folder / "s_C002Z001T001.tif").write_bytes(b"II*\0")
    image = read_image(tmp_path / "a.oif")
    assert set(image.unreadable) == {(2, 0, 1), (0, 1, 0)}
    np.testing.assert_array_equal(image.plane(2, 1, 1), VALUES[2, 1, 1])


def test_a_project_whose_pixels_are_missing_has_its_other_images(tmp_path: Path) -> None:
    project = write_xlef(tmp_path, {"B04": VALUES[0, :, 0], "B05": VALUES[1, :, 0]})
    (tmp_path / "B04.lof").unlink()
    with pytest.raises(ImageReadError, match=r"B04\.lof, to which it refers, is not there"):
        read_image(project)
    np.testing.assert_array_equal(read_image(project, series=1).data[0, :, 0], VALUES[1, :, 0])


def test_images_of_a_leica_project_that_is_cut_off(tmp_path: Path) -> None:
    write_lif(tmp_path / "a.lif", {"A1": VALUES, "A2": VALUES, "A3": VALUES})
    content = (tmp_path / "a.lif").read_bytes()
    (tmp_path / "a.lif").write_bytes(content[: len(content) // 2])
    whole, half = read_image(tmp_path / "a.lif"), read_image(tmp_path / "a.lif", series=1)
    assert (whole.n_series, whole.unreadable) == (3, {})
    assert 0 < len(half.unreadable) < 12
    with pytest.raises(ImageReadError, match="beyond the file's end"):
        read_image(tmp_path / "a.lif", series=2)


def test_tiles_of_a_project_that_is_cut_off(tmp_path: Path) -> None:
    write_lif(tmp_path / "a.lif", {"A1": VALUES}, tiles=[(0, 0, 0.0, 0.0), (1, 0, 0.1, 0.0), (2, 0, 0.2, 0.0)])
    content = (tmp_path / "a.lif").read_bytes()
    (tmp_path / "a.lif").write_bytes(content[: -3 * VALUES[0, 0, 0].nbytes])
    assert read_image(tmp_path / "a.lif", series=1).unreadable == {}
    last = read_image(tmp_path / "a.lif", series=2)
    assert len(last.unreadable) == 3
    np.testing.assert_array_equal(last.plane(0, 0, 0), VALUES[2, 0, 0])


def test_the_sharpest_plane_is_one_that_can_be_read(tmp_path: Path) -> None:
    blurred = np.tile(np.arange(64, dtype=np.uint16) * 50, (40, 1))
    stack = np.stack([blurred, VALUES[0, 0, 0], blurred // 2])
    blocks = [Block(plane, {"Z": z}, 5) for z, plane in enumerate(stack)]
    write_czi(tmp_path / "a.czi", blocks)
    assert flatten_z(read_image(tmp_path / "a.czi"), 0, "sharpest")[1] == 1
    content = bytearray((tmp_path / "a.czi").read_bytes())
    second = content.index(b"\x28\xb5\x2f\xfd", content.index(b"\x28\xb5\x2f\xfd") + 1)
    content[second : second + 8] = bytes(8)
    (tmp_path / "a.czi").write_bytes(content)
    image = read_image(tmp_path / "a.czi")
    frame, z = flatten_z(image, 0, "sharpest")
    assert z in {0, 2}
    np.testing.assert_array_equal(frame.plane(), stack[z])
    with pytest.raises(ImageReadError, match="z 1"):
        flatten_z(image, 0, "max")[0].plane()
    with pytest.raises(ImageReadError, match="z 1"):
        flatten_z(image, 0, 1)[0].plane()
