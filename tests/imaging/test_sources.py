"""What a folder holds: images, sets of files, and what is not an image."""

import os

import numpy as np
import pytest
import tifffile

from spheroseg.errors import ImageReadError
from spheroseg.imaging import images_below, read_image

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 4096, (40, 64)).astype(np.uint16)


def mask():
    labels = np.zeros((40, 64), np.uint16)
    labels[5:20, 5:25], labels[22:38, 30:60] = 1, 2
    return labels


def names(listing):
    return [source.relative for source in listing.sources]


def test_masks_beside_images_are_left_out_and_counted(tmp_path):
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
    for number in range(4):
        tifffile.imwrite(tmp_path / "images" / f"a{number}.tif", GREY)
        tifffile.imwrite(tmp_path / "masks" / f"a{number}.tif", mask())
    tifffile.imwrite(tmp_path / "b.tif", GREY)
    tifffile.imwrite(tmp_path / "b_cp_masks.tif", mask())
    tifffile.imwrite(tmp_path / "through_the_mask.tif", GREY)  # a name like a mask's, and a picture
    listing = images_below(tmp_path)
    assert names(listing) == ["b.tif", *(f"images/a{n}.tif" for n in range(4)), "through_the_mask.tif"]
    assert "5 files left out: label masks beside their images" in listing.sentences()
    assert len(images_below(tmp_path, keep_masks=True).sources) == 11
    assert len(images_below(tmp_path / "masks").sources) == 4


@pytest.mark.parametrize(
    "name",
    [
        *(
            f"{folder}/A01.tif"
            for folder in ("labels", "01_GT/SEG", "SegmentationClass", "labelsTr", "targets", "manual")
        ),
        *(f"A01{end}.tif" for end in ("_lbl", " Masks", "_mask_1", "_cp_outlines", "_Object Identities", "_stardist")),
        "mask_A01.tif",
    ],
)
def test_masks_are_told_by_what_is_in_them_wherever_they_lie(tmp_path, name):
    for path, values in (("images/A01.tif", GREY), ("A01.tif", GREY), (name, mask())):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        tifffile.imwrite(tmp_path / path, values)
    assert [entry.relative for entry in images_below(tmp_path).left_out] == [name]


@pytest.mark.parametrize(
    "values",
    [
        mask().astype(np.float32),
        mask().astype(np.uint8) + 1,
        mask() > 0,
        255 - (mask() > 0).astype(np.uint8) * 255,
        np.full((40, 64), 255, np.uint8),
        np.dstack([(mask() == label).astype(np.uint8) * 255 for label in (1, 2, 3)]),
    ],
    ids=["float", "background 1", "bool", "inverted", "all of it", "colours"],
)
def test_masks_of_any_kind_of_value(tmp_path, values):
    for folder, what in (("images", GREY), ("masks", values)):
        (tmp_path / folder).mkdir()
        tifffile.imwrite(tmp_path / folder / "a.tif", what, photometric="rgb" if what.ndim == 3 else None)
    assert names(images_below(tmp_path)) == ["images/a.tif"]


def test_dark_fluorescence_beside_brightfield_is_no_mask(tmp_path):
    yy, xx = np.mgrid[:80, :128]
    dark = np.clip(250 - ((yy - 40) ** 2 + (xx - 64) ** 2) / 2, 0, 250).astype(np.uint8)
    for folder, what in (("brightfield", RNG.integers(0, 255, (80, 128)).astype(np.uint8)), ("labelled", dark)):
        (tmp_path / folder).mkdir()
        tifffile.imwrite(tmp_path / folder / "a.tif", what)
    assert len(images_below(tmp_path).sources) == 2


def test_links_and_pipes_are_told_and_never_waited_for(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GREY)
    (tmp_path / "away.tif").symlink_to("nowhere.tif")
    os.mkfifo(tmp_path / "pipe.tif")
    listing = images_below(tmp_path)
    assert names(listing) == ["a.tif"]
    assert set(listing.notes) == {
        "away.tif: not taken (a link that leads nowhere)",
        "pipe.tif: not taken (a pipe or a device)",
    }
    with pytest.raises(ImageReadError, match="a pipe or a device"):
        read_image(tmp_path / "pipe.tif")


def test_kinds_that_are_not_read_are_named(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GREY)
    for name in ("b.gif", "c.dng", "d.ims", "e.ims", "notes.txt"):
        (tmp_path / name).write_bytes(b"\0" * 64)
    listing = images_below(tmp_path)
    assert names(listing) == ["a.tif"]
    assert listing.sentences() == ["4 files of kinds that are not read: .dng, .gif, .ims (2)"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.vsi", b"II*\0", "pixels lie in the .ets files"),
        ("a.nef", b"MM\0*", "preview"),
        ("a.ims", b"\x89HDF\r\n\x1a\n", "export it as OME-TIFF"),
        ("a.ics", b"ics_version\t2.0", "export it as OME-TIFF"),
        ("a.mrc", b"\0" * 64, "convert it to TIFF"),
        ("a.c01", b"\0" * 64, "export the plate as TIFF"),
        ("a.jp2", b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        ("renamed.tif", b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
    ],
)
def test_one_sentence_a_kind(tmp_path, name, content, sentence):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImageReadError, match=sentence) as caught:
        read_image(tmp_path / name)
    assert "damaged" not in str(caught.value)


def test_results_of_ours_and_thumbnails_are_no_images(tmp_path):
    results = tmp_path / "results" / "masks"
    results.mkdir(parents=True)
    tifffile.imwrite(results / "a.tif", mask())
    (tmp_path / "results" / "run.json").write_text("{}")
    (tmp_path / "results" / "objects.csv").write_text("")
    tifffile.imwrite(tmp_path / "a.tif", GREY)
    tifffile.imwrite(tmp_path / "a_thumb.tif", GREY[::4, ::4])
    tifffile.imwrite(tmp_path / "a_thumbelina.tif", GREY)
    (tmp_path / "Full resolution").mkdir()
    (tmp_path / "Downsampled_x2").mkdir()
    tifffile.imwrite(tmp_path / "Full resolution" / "NDTiffStack.tif", GREY)
    tifffile.imwrite(tmp_path / "Downsampled_x2" / "NDTiffStack.tif", GREY[::2, ::2])
    assert names(images_below(tmp_path)) == ["Full resolution/NDTiffStack.tif", "a.tif", "a_thumbelina.tif"]


def ome_xml(images, *, uuid="", binary_only=""):
    head = f'<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"{uuid and f" UUID={uuid!r}"}>'
    if binary_only:
        return f'{head}<BinaryOnly MetadataFile="{binary_only}" UUID="urn:uuid:0"/></OME>'
    return head + "".join(images) + "</OME>"


def ome_image(number, name, sizes, planes):
    t, c, z = sizes
    data = "".join(
        f'<TiffData FirstT="{pt}" FirstC="{pc}" FirstZ="{pz}" IFD="{page}" PlaneCount="1">'
        f'<UUID FileName="{file}">urn:uuid:{file}</UUID></TiffData>'
        for pt, pc, pz, page, file in planes
    )
    return (
        f'<Image ID="Image:{number}" Name="{name}"><Pixels ID="Pixels:{number}" DimensionOrder="XYCZT" Type="uint16" '
        f'SizeX="64" SizeY="40" SizeC="{c}" SizeZ="{z}" SizeT="{t}" PhysicalSizeX="0.65" PhysicalSizeY="0.65">{data}</Pixels></Image>'
    )


def test_one_file_a_position_as_micromanager_writes_it(tmp_path):
    files = [f"run_MMStack_Pos{number}.ome.tif" for number in range(3)]
    images = [
        ome_image(number, f"Pos{number}", (2, 1, 1), [(t, 0, 0, t, file) for t in range(2)])
        for number, file in enumerate(files)
    ]
    for number, file in enumerate(files):
        stack = np.stack([GREY + 10 * number, GREY + 10 * number + 1])
        tifffile.imwrite(tmp_path / file, stack, description=ome_xml(images), metadata=None, photometric="minisblack")
    listing = images_below(tmp_path)
    assert names(listing) == [files[0]]
    for number in range(3):
        image = listing.sources[0].read(series=number)
        assert (image.n_series, image.name, image.n_frames) == (3, f"Pos{number}", 2)
        assert np.array_equal(image.plane(t=1), GREY + 10 * number + 1)
        assert image.pixel_size_um == (0.65, 0.65)


def test_companion_file_has_the_metadata(tmp_path):
    files = [f"z{z}.ome.tiff" for z in range(3)]
    planes = [(0, 0, z, 0, file) for z, file in enumerate(files)]
    (tmp_path / "set.companion.ome").write_text(ome_xml([ome_image(0, "stack", (1, 1, 3), planes)]))
    for z, file in enumerate(files):
        tifffile.imwrite(
            tmp_path / file, GREY + z, description=ome_xml([], binary_only="set.companion.ome"), metadata=None,
            resolution=(10_000, 10_000), resolutionunit="CENTIMETER",
        )  # fmt: skip
    listing = images_below(tmp_path)
    assert names(listing) == ["z0.ome.tiff"]
    image = listing.sources[0].read()
    assert (image.n_slices, image.n_frames, image.name, image.pixel_size_um) == (3, 1, "stack", (0.65, 0.65))
    assert np.array_equal(image.plane(z=2), GREY + 2)
    (tmp_path / "set.companion.ome").unlink()
    with pytest.raises(ImageReadError, match=r"set\.companion\.ome, which is not beside it"):
        read_image(tmp_path / "z0.ome.tiff")


def test_wells_of_an_ome_plate_and_uneven_times(tmp_path):
    planes = [(t, 0, 0, t, "p.ome.tif") for t in range(3)]
    image = ome_image(0, "one", (3, 1, 1), planes)
    times = "".join(
        f'<Plane TheT="{t}" TheC="0" TheZ="0" DeltaT="{at}" DeltaTUnit="min"/>' for t, at in enumerate((0, 10, 30))
    )
    image = image.replace("</Pixels>", f"{times}</Pixels>")
    plate = (
        '<Plate ID="Plate:0" Name="drug"><Well ID="Well:0" Row="2" Column="6"><WellSample ID="WellSample:0" Index="0">'
        '<ImageRef ID="Image:0"/></WellSample></Well></Plate>'
    )
    stack = np.stack([GREY] * 3)
    tifffile.imwrite(
        tmp_path / "p.ome.tif", stack, description=ome_xml([plate, image]), metadata=None, photometric="minisblack"
    )
    found = read_image(tmp_path / "p.ome.tif")
    assert (found.plate, found.well, found.field) == ("drug", "C07", 1)
    assert found.frame_times_s == (0, 600, 1800)


@pytest.mark.parametrize(
    ("names", "wells"),
    [(["B02", "A1-Site_3"], ["B02", "A01"]), (["exp_D06.czi #1", "exp_D06.czi #2"], ["", ""])],
)
def test_ome_images_that_are_called_like_places(tmp_path, names, wells):
    with tifffile.TiffWriter(tmp_path / "a.ome.tif", ome=True) as writer:
        for name in names:
            writer.write(GREY, metadata={"Name": name})
    assert [read_image(tmp_path / "a.ome.tif", series=series).well for series in range(2)] == wells


@pytest.mark.parametrize("letter", ["R", "M"])
def test_tiles_are_series_with_a_place(tmp_path, letter):
    stored = RNG.integers(0, 4096, (3, 40, 64)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="minisblack", metadata={"axes": f"{letter}YX"})
    images = [read_image(tmp_path / "a.tif", series=series) for series in range(3)]
    assert [(image.name, image.field, image.n_frames) for image in images] == [(f"tile {n}", n, 1) for n in (1, 2, 3)]
    assert np.array_equal(images[2].plane(), stored[2])


def test_channels_last_are_channels(tmp_path):
    stored = RNG.integers(0, 4096, (96, 128, 2)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="minisblack")
    image = read_image(tmp_path / "a.tif")
    assert image.data.shape == (1, 2, 1, 96, 128)
    assert np.array_equal(image.data[0, :, 0].transpose(1, 2, 0), stored)


@pytest.mark.parametrize("tags", [{}, {"imagej": True}, {"metadata": None}])
@pytest.mark.parametrize("n", [2, 5])
def test_channels_last_whoever_wrote_them(tmp_path, tags, n):
    values = RNG.integers(0, 4096, (96, 128, n)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="minisblack", **tags)
    image = read_image(tmp_path / "a.tif")
    assert image.data.shape == (1, n, 1, 96, 128)
    assert (image.data[0, 1, 0] == values[:, :, 1]).all()


def test_wavelengths_of_a_channel_become_channels(tmp_path):
    values = RNG.integers(0, 4096, (2, 4, 40, 64)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", values, photometric="minisblack", metadata={"axes": "CEYX"})
    image = read_image(tmp_path / "a.tif")
    assert image.data.shape == (1, 8, 1, 40, 64)
    assert (image.data[0, 5, 0] == values[1, 1]).all()


def test_two_unknown_axes_are_asked_for(tmp_path):
    stored = RNG.integers(0, 4096, (2, 3, 40, 64)).astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="minisblack")
    with pytest.raises(ImageReadError, match="--axes"):
        read_image(tmp_path / "a.tif")
    image = read_image(tmp_path / "a.tif", axes="tz")
    assert np.array_equal(image.data[:, 0], stored)
    assert np.array_equal(read_image(tmp_path / "a.tif", axes="czyx").data[0], stored)


@pytest.mark.parametrize(
    ("tag", "value", "sentence"),
    [(262, 32845, "LogLuv"), (259, 34677, "LogLuv"), (259, 6, "old-style JPEG"), (259, 50_999, "compression")],
)
def test_encodings_that_are_no_damage(tmp_path, tag, value, sentence):
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, (GREY >> 4).astype(np.uint8), metadata=None)
    content = bytearray(path.read_bytes())
    for entry in range(10, 10 + 12 * int.from_bytes(content[8:10], "little"), 12):
        if int.from_bytes(content[entry : entry + 2], "little") == tag:
            content[entry + 8 : entry + 10] = value.to_bytes(2, "little")
    path.write_bytes(content)
    with pytest.raises(ImageReadError, match=sentence) as caught:
        read_image(path)
    assert "damaged" not in str(caught.value)
