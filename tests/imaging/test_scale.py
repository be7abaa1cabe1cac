"""What counts as a pixel size, whoever states it."""

import struct

import numpy as np
import pytest
import tifffile

from spheroseg.errors import ParameterError
from spheroseg.imaging import parse_pixel_size, read_image
from spheroseg.imaging.scale import Claim, judge

GREY = np.random.default_rng(0).integers(0, 4096, (40, 64)).astype(np.uint16)


def size_and_notes(path):
    image = read_image(path)
    return image.pixel_size_um, image.pixel_size_source, " ".join(image.notes)


@pytest.mark.parametrize("dpi", [26, 72, 96, 150, 300])
def test_imagej_inches_are_print_settings(tmp_path, dpi):
    tifffile.imwrite(tmp_path / "a.tif", GREY, imagej=True, resolution=(dpi, dpi), metadata={"unit": "inch"})
    size, source, notes = size_and_notes(tmp_path / "a.tif")
    assert (size, source) == (None, "")
    assert f"{dpi}" in notes


def test_ten_thousand_pixels_a_centimetre_is_a_default(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", GREY, resolution=(10_000, 10_000), resolutionunit="CENTIMETER", metadata=None)
    size, _, notes = size_and_notes(tmp_path / "a.tif")
    assert size is None
    assert "default" in notes


@pytest.mark.parametrize("dpi", [300, 600, 1200, 2400])
def test_dots_an_inch_in_whole_pixels_a_centimetre_are_print_settings(tmp_path, dpi):
    per_cm = (round(dpi / 2.54),) * 2
    tifffile.imwrite(tmp_path / "tags.tif", GREY, resolution=per_cm, resolutionunit="CENTIMETER", metadata=None)
    tifffile.imwrite(tmp_path / "imagej.tif", GREY, imagej=True, resolution=per_cm, metadata={"unit": "cm"})
    for name in ("tags.tif", "imagej.tif"):
        size, _, notes = size_and_notes(tmp_path / name)
        assert size is None
        assert "print setting" in notes


@pytest.mark.parametrize("um", [3.45, 4.65, 5.86, 6.45, 6.5, 3.76, 7.3, 9.08])
def test_the_pitch_of_a_camera_is_no_pixel_size(tmp_path, um):
    tifffile.imwrite(
        tmp_path / "a.tif", GREY, resolution=(10_000 / um,) * 2, resolutionunit="CENTIMETER", metadata=None
    )
    size, _, notes = size_and_notes(tmp_path / "a.tif")
    assert size is None
    assert "sensor" in notes


@pytest.mark.parametrize("dpi", [1000, 2000, 4800, 9600, 10_000])
def test_dots_an_inch_of_scanners_and_programs(tmp_path, dpi):
    tifffile.imwrite(tmp_path / "a.tif", GREY, resolution=(dpi, dpi), resolutionunit="INCH", metadata=None)
    size, _, notes = size_and_notes(tmp_path / "a.tif")
    assert size is None
    assert f"{dpi:,} dots per inch" in notes


def test_exactly_one_um_is_taken_and_doubted(tmp_path):
    tifffile.imwrite(tmp_path / "a.ome.tif", GREY, metadata={"PhysicalSizeX": 1.0, "PhysicalSizeY": 1.0})
    size, _, notes = size_and_notes(tmp_path / "a.ome.tif")
    assert size == (1.0, 1.0)
    assert "may be a program's default" in notes


@pytest.mark.parametrize("um", [1.3e-12, 0.019, 51.0, 976.9])
def test_ome_sizes_that_cannot_be_meant_are_refused(tmp_path, um):
    tifffile.imwrite(tmp_path / "a.ome.tif", GREY, metadata={"PhysicalSizeX": um, "PhysicalSizeY": um})
    size, _, notes = size_and_notes(tmp_path / "a.ome.tif")
    assert size is None
    assert "cannot be meant" in notes


INDEX = """<?xml version="1.0" encoding="utf-8"?>
<EvaluationInputData Version="1" xmlns="http://www.perkinelmer.com/PEHH/HarmonyV5">
  <Plates><Plate><PlateID>P-7</PlateID><Name>spheroids 7</Name><PlateRows>8</PlateRows><PlateColumns>12</PlateColumns>
  <Well id="0203" /></Plate></Plates>
  <Maps><Map><Entry ChannelID="1"><ChannelName>Brightfield</ChannelName>
  <ImageResolutionX Unit="m">1.196E-06</ImageResolutionX><ImageResolutionY Unit="m">1.196E-06</ImageResolutionY>
  </Entry></Map></Maps>
  <Images><Image Version="1"><id>0203K1F4P1R1</id><State>Ok</State><URL>r02c03f04p01-ch1sk1fk1fl1.tiff</URL><Row>2</Row>
  <Col>3</Col><FieldID>4</FieldID><PlaneID>1</PlaneID><TimepointID>0</TimepointID><ChannelID>1</ChannelID>
  <PositionZ Unit="m">-5E-06</PositionZ><MeasurementTimeOffset Unit="s">12.5</MeasurementTimeOffset></Image></Images>
</EvaluationInputData>"""


def test_the_index_of_harmony_wins_over_the_pitch_of_the_camera(tmp_path):
    path = tmp_path / "r02c03f04p01-ch1sk1fk1fl1.tiff"
    tifffile.imwrite(path, GREY, resolution=(10_000 / 6.45, 10_000 / 6.45), resolutionunit="CENTIMETER", metadata=None)
    size, _, notes = size_and_notes(path)
    assert size is None
    assert "camera" in notes
    (tmp_path / "Index.idx.xml").write_text(INDEX)
    image = read_image(path)
    assert (image.pixel_size_um, image.pixel_size_source) == ((1.196, 1.196), "operetta")
    assert (image.plate, image.well, image.field, image.channel_names) == ("spheroids 7", "B03", 4, ("Brightfield",))


def test_keyence_calibration_behind_the_picture_and_its_preview(tmp_path):
    path = tmp_path / "Image_W001_CH1.tif"
    with tifffile.TiffWriter(path) as writer:
        writer.write(GREY, resolution=(72, 72), resolutionunit="INCH", metadata=None)
        writer.write(GREY[::3, ::3], metadata=None)
    bits = struct.unpack("<q", struct.pack("<d", 1887.29))[0]
    xml = (
        '<?xml version="1.0" encoding="utf-8"?>\n<Data><SingleFileProperty><Image><OriginalImageSize><Width Type='
        f'"System.Int32">64</Width></OriginalImageSize><Calibration Type="System.Double">{bits}</Calibration></Image>'
        "</SingleFileProperty></Data>"
    )
    with path.open("ab") as stream:
        stream.write(xml.encode())
    image = read_image(path)
    assert image.pixel_size_um == pytest.approx((1.88729, 1.88729))
    assert (image.pixel_size_source, image.n_series) == ("keyence", 1)


@pytest.mark.parametrize("description", ["MPP = 0.4990", "MPP = 0,4990"])
def test_aperio_slides(tmp_path, description):
    path = tmp_path / "a.svs"
    description = "Aperio Image Library v11.2.1 \n64x40 [0,0 64x40] (240x240) RAW|AppMag = 20|" + description
    with tifffile.TiffWriter(path) as writer:
        colour = np.dstack([(GREY >> 4).astype(np.uint8)] * 3)
        writer.write(colour, tile=(16, 16), description=description, photometric="rgb", metadata=None)
        for name in ("", "label", "macro"):
            writer.write(
                colour[:20, :30], description=f"Aperio Image Library\n{name} 30x20", photometric="rgb", metadata=None
            )
    image = read_image(path)
    assert (image.pixel_size_um, image.pixel_size_source, image.n_series) == ((0.499, 0.499), "svs", 1)


def test_gen5_states_the_width_in_um(tmp_path):
    xml = (
        "<BTIImageMetaData><ImageReference><Plate>Plate 3</Plate><Well>C7</Well></ImageReference><ImageAcquisition>"
        '<Channel Color="Bright Field"/><ObjectiveSize>4</ObjectiveSize><PixelWidth>1992</PixelWidth><ImageWidthMicrons>'
        "3472.0</ImageWidthMicrons></ImageAcquisition></BTIImageMetaData>"
    )
    tifffile.imwrite(tmp_path / "C7_01_1_1_Bright Field_001.tif", GREY, description=xml, metadata=None)
    image = read_image(tmp_path / "C7_01_1_1_Bright Field_001.tif")
    assert image.pixel_size_um == pytest.approx((3472 / 1992,) * 2)
    assert (image.plate, image.well, image.channel_names) == ("Plate 3", "C07", ("Bright Field",))


def test_zen_and_micromanager_write_the_scale_beside_the_image(tmp_path):
    (tmp_path / "zen").mkdir()
    (tmp_path / "mm").mkdir()
    scaling = "".join(f'<Distance Id="{axis}"><Value>6.5E-07</Value></Distance>' for axis in "XY")
    (tmp_path / "zen" / "exp-01_metadata.xml").write_text(
        f"<ImageMetadata><Scaling><Items>{scaling}</Items></Scaling></ImageMetadata>"
    )
    (tmp_path / "mm" / "metadata.txt").write_text('{"Summary": {"Frames": 1}, "FrameKey-0-0-0": {"PixelSizeUm": 1.62}}')
    for name in ("zen/exp-01_c1.tif", "mm/img_000000000_Default_000.tif"):
        tifffile.imwrite(tmp_path / name, GREY, resolution=(96, 96), resolutionunit="INCH", metadata=None)
    assert size_and_notes(tmp_path / "zen/exp-01_c1.tif")[:2] == ((0.65, 0.65), "zen")
    assert size_and_notes(tmp_path / "mm/img_000000000_Default_000.tif")[:2] == ((1.62, 1.62), "micromanager-text")


@pytest.mark.parametrize("index", ["Images/Index.idx.xml", "Index.xml", "ImageIndex.ColumbusIDX.xml"])
def test_the_index_of_harmony_beside_or_above_its_images(tmp_path, index):
    path = tmp_path / "Images" / "r02c03f04p01-ch1sk1fk1fl1.tiff"
    path.parent.mkdir()
    tifffile.imwrite(path, GREY, resolution=(10_000 / 6.45,) * 2, resolutionunit="CENTIMETER", metadata=None)
    url = path.name if index.startswith("Images") else f"Images/{path.name}"
    (tmp_path / index).write_text(INDEX.replace(path.name, url))
    image = read_image(path)
    assert (image.pixel_size_um, image.well) == ((1.196, 1.196), "B03")


def test_files_beside_an_image_speak_of_their_own_recording_only(tmp_path):
    scaling = "".join(f'<Distance Id="{axis}"><Value>6.5E-07</Value></Distance>' for axis in "XY")
    (tmp_path / "exp1_metadata.xml").write_text(
        f"<ImageMetadata><Scaling><Items>{scaling}</Items></Scaling></ImageMetadata>"
    )
    (tmp_path / "metadata.txt").write_text('{"Summary": {"PixelSize_um": 1.62}}')
    for name in ("exp1.tif", "exp1-Image Export-01_s2.tif", "exp10.tif", "exp1b.tif", "other.tif"):
        tifffile.imwrite(tmp_path / name, GREY, metadata=None)
    sizes = {path.name: read_image(path).pixel_size_um for path in tmp_path.glob("*.tif")}
    assert sizes == {
        "exp1.tif": (0.65, 0.65),
        "exp1-Image Export-01_s2.tif": (0.65, 0.65),
        "exp10.tif": None,
        "exp1b.tif": None,
        "other.tif": None,
    }


def test_statements_that_contradict_each_other_are_said():
    found = judge([Claim("ome", (1.3, 1.3)), Claim("metamorph", (0.65, 0.65))])
    assert (found.pixel_size_um, found.source) == ((0.65, 0.65), "metamorph")
    assert "OME physical size says 1.3 µm" in found.notes[0]


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1.3", (1.3, 1.3)), ("1,3", (1.3, 1.3)), ("0,65 µm", (0.65, 0.65)), ("1.3x1.5", (1.5, 1.3)), ("1,3 x 1,5", (1.5, 1.3)),
        ("1.3,1.5", (1.5, 1.3)), ("1.3, 1.5", (1.5, 1.3)), ("2", (2.0, 2.0)), ("1.3um", (1.3, 1.3)), ("0.5;0.6", (0.6, 0.5)),
    ],
)  # fmt: skip
def test_pixel_sizes_of_people(text, size):
    assert parse_pixel_size(text) == size


@pytest.mark.parametrize("text", ["", "abc", "1,3,5", "0", "-1", "1.2.3", "0,65,0,65", "nan", "1e9999"])
def test_texts_that_are_no_pixel_size(text):
    with pytest.raises(ParameterError):
        parse_pixel_size(text)
