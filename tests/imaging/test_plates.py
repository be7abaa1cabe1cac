"""Plate folders as instruments write them: one file a plane, an index beside them or names that tell."""

import numpy as np
import pytest
import tifffile
from tests.fixtures.operetta_plate import operetta_index

import spheroseg as sg
from spheroseg.errors import ImageReadError
from spheroseg.imaging import images_below

RNG = np.random.default_rng(0)


def plane(*place):
    """Values that tell which plane it is."""
    value = 0
    for number in place:
        value = value * 10 + number
    return np.full((24, 32), value, np.uint16)


def write(path, values, **tags):
    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(path, values, metadata=None, **tags)


HTD = """"HTSInfoFile", Version 1.0
"Description", ""
"PlateType", 6
"TimePoints", 2
"ZSeries", TRUE
"ZSteps", 2
"XWells", 12
"YWells", 8
"WellsSelection1", TRUE, FALSE
"Sites", TRUE
"XSites", 2
"YSites", 1
"SiteSelection1", TRUE, TRUE
"Waves", TRUE
"NWavelengths", 2
"WaveName1", "Brightfield"
"WaveCollect1", 1
"WaveName2", "GFP"
"EndFile"
"""
GUID = "0F1E2D3C-1111-2222-3333-0123456789AB"


def test_imagexpress_with_times_z_planes_and_thumbs(tmp_path):
    (tmp_path / "Plate7.HTD").write_text(HTD)
    for t, z, site, wave in np.ndindex(2, 3, 2, 2):
        below = tmp_path / f"TimePoint_{t + 1}"
        folder = below / f"ZStep_{z}" if z else below  # beside the steps lies a projection
        write(folder / f"Plate7_A01_s{site + 1}_w{wave + 1}{GUID}.tif", plane(t, wave, z))
        write(folder / f"Plate7_A01_s{site + 1}_w{wave + 1}_thumb{GUID}.tif", plane(9)[::4, ::4])
    plate = sg.read_plate(tmp_path)
    assert (plate.layout, plate.name, [image.name for image in plate]) == (
        "imagexpress",
        "Plate7",
        ["A01_f1", "A01_f2"],
    )
    image = plate["A01_f2"].read()
    assert image.data.shape == (2, 2, 2, 24, 32)
    for t, c, z in np.ndindex(2, 2, 2):
        assert image.data[t, c, z, 0, 0] == t * 100 + c * 10 + z + 1
    assert image.channel_names == ("Brightfield", "GFP")
    assert (image.plate, image.well, image.field) == ("Plate7", "A01", 2)
    assert plate["A01_f2"].read(interval_s=3600).time_of_frame_s(1) == 3600
    listing = images_below(tmp_path)
    assert [source.relative for source in listing.sources] == ["A01_f1", "A01_f2"]
    sentences = " ".join(listing.sentences())
    assert "24 files left out: thumbnails" in sentences
    assert "8 files left out: projections of z stacks" in sentences
    assert "1 well × 2 fields, 2 channels (Brightfield, GFP), 2 z planes, 2 times" in sentences


def test_operetta_by_its_index(tmp_path):
    planes = []
    for t, p, ch in np.ndindex(2, 3, 2):
        name = f"r02c03f01p{p + 1:02d}-ch{ch + 1}sk{t + 1}fk1fl1.tiff"
        write(tmp_path / "Images" / name, plane(t, ch, p), resolution=(10_000 / 6.45,) * 2, resolutionunit="CENTIMETER")
        planes.append((name, 2, 3, 1, p + 1, t, ch + 1))
    (tmp_path / "Images" / "Index.idx.xml").write_text(operetta_index(planes))
    plate = sg.read_plate(tmp_path)
    image = plate["B03"].read()
    assert image.data.shape == (2, 2, 3, 24, 32)
    assert image.data[1, 1, 2, 0, 0] == 112
    assert (image.pixel_size_um, image.pixel_size_source) == ((0.296, 0.296), "operetta")
    assert (image.z_step_um, image.time_step_s, image.channel_names) == (5.0, 900.0, ("Brightfield", "EGFP"))
    assert (image.plate, image.well) == ("drug 1", "B03")


def test_operetta_without_index_by_names_has_no_scale(tmp_path):
    for ch in (1, 2):
        name = f"r02c03f01p01-ch{ch}sk1fk1fl1.tiff"
        write(tmp_path / name, plane(ch), resolution=(10_000 / 6.45,) * 2, resolutionunit="CENTIMETER")
    image = sg.read_plate(tmp_path)["B03_f1"].read()
    assert (image.n_channels, image.pixel_size_um) == (2, None)


def test_yokogawa(tmp_path):
    namespace = 'xmlns:bts="http://www.yokogawa.co.jp/BTS/BTSSchema/1.0"'
    records = []
    for t, z, ch in np.ndindex(2, 2, 2):
        name = f"PL1_C05_T{t + 1:04d}F002L01A01Z{z + 1:02d}C{ch + 1:02d}.tif"
        write(tmp_path / name, plane(t, ch, z), resolution=(72, 72), resolutionunit="INCH")
        records.append(
            f'<bts:MeasurementRecord bts:Type="IMG" bts:Time="2021-06-14T{9 + t:02d}:13:30.1+01:00" bts:Column="5" bts:Row="3" '
            f'bts:TimePoint="{t + 1}" bts:FieldIndex="2" bts:ZIndex="{z + 1}" bts:X="-1.5" bts:Y="2" bts:Z="{z * 7.5}" '
            f'bts:Ch="{ch + 1}">{name}</bts:MeasurementRecord>'
        )
    records.append('<bts:MeasurementRecord bts:Type="ERR" bts:Column="5" bts:Row="3">lost.tif</bts:MeasurementRecord>')
    head = '<?xml version="1.0" encoding="utf-8"?>\n'
    (tmp_path / "MeasurementData.mlf").write_text(
        f'{head}<bts:MeasurementData bts:Version="1.0" {namespace}>{"".join(records)}</bts:MeasurementData>'
    )
    (tmp_path / "MeasurementDetail.mrf").write_text(
        f'{head}<bts:MeasurementDetail bts:Title="T" bts:MeasurementSettingFileName="S.mes" {namespace}>'
        '<bts:MeasurementSamplePlate bts:Name="PL1"/>'
        + "".join(
            f'<bts:MeasurementChannel bts:Ch="{ch}" bts:HorizontalPixelDimension="0.65" bts:VerticalPixelDimension="0.65" bts:ShadingCorrectionSource="shade.tif"/>'
            for ch in (1, 2)
        )
        + "</bts:MeasurementDetail>"
    )
    write(tmp_path / "SC_BP445-45_20x_M10_CH01.tif", plane(9))
    write(tmp_path / "shade.tif", plane(9))
    (tmp_path / "S.mes").write_text(
        f'{head}<bts:MeasurementSetting {namespace}><bts:ChannelList><bts:Channel bts:Ch="1" bts:Target="DNA"/>'
        '<bts:Channel bts:Ch="2" bts:Target="BF"/></bts:ChannelList></bts:MeasurementSetting>'
    )
    image = sg.read_plate(tmp_path)["C05_f2"].read()
    assert image.data.shape == (2, 2, 2, 24, 32)
    assert image.data[1, 0, 1, 0, 0] == 101
    assert (image.pixel_size_um, image.pixel_size_source) == ((0.65, 0.65), "yokogawa")
    assert (image.z_step_um, image.time_step_s, image.channel_names) == (7.5, 3600.0, ("DNA", "BF"))
    assert (image.plate, image.well, image.field) == ("PL1", "C05", 2)


@pytest.mark.parametrize(
    ("names", "layout", "name", "shape"),
    [
        ([f"MFGTMP_140715110001_B02f00d{c}.TIF" for c in range(3)], "cellinsight", "B02_f0", (1, 3, 1)),
        ([f"VID9_B2_1_0{d}d0{h}h00m.tif" for d in range(2) for h in (0, 6)], "incucyte", "B02_f1", (4, 1, 1)),
        ([f"B2_01_{i + 1}_1_{c}_00{t}.tif" for i, c in enumerate(("Bright Field", "GFP")) for t in (1, 2)], "biotek", "B02_f1", (2, 2, 1)),
        ([f"B - 02(fld 1 wv {c} z {z}).tif" for c in ("DAPI - DAPI", "FITC - FITC") for z in (1, 2)], "incell", "B02_f1", (1, 2, 2)),
        ([f"B02--W00014--P00001--Z0000{z}--T00000--{c}.tif" for z in range(2) for c in ("BF", "GFP")], "scanr", "B02_f1", (1, 2, 2)),
        ([f"W0002F0001T0001Z00{z}C{c}.tif" for z in (1, 2) for c in (1, 2)], "yokogawa", "W0002_f1", (1, 2, 2)),
        ([f"W00014--P00001--Z0000{z}--T00000--BF.tif" for z in range(2)], "scanr", "W00014_f1", (1, 1, 2)),
        ([f"Image_W001_P00002_CH{c}.tif" for c in (1, 2)], "keyence", "W001_f2", (1, 2, 1)),
        ([f"Image_XY01_Z00{z}_CH{c}.tif" for z in (1, 2) for c in (1, 2)], "keyence", "XY01", (1, 2, 2)),
    ],
)  # fmt: skip
def test_plates_by_the_names_of_files(tmp_path, names, layout, name, shape):
    for number, file in enumerate(names):
        write(tmp_path / file, plane(number))
    plate = sg.read_plate(tmp_path)
    assert (plate.layout, [image.name for image in plate]) == (layout, [name])
    assert plate[name].read().data.shape[:3] == shape


@pytest.mark.parametrize("name", ["{}/VID9_B2_1_00d0{}h00m.tif", "VID9_{}_B2_1_00d0{}h00m.tif"])
def test_channels_of_an_incucyte_that_were_exported_by_themselves(tmp_path, name):
    for hours in (0, 6):
        for value, channel in enumerate(("Green", "Phase")):
            write(tmp_path / name.format(channel, hours), plane(value, hours))
    plate = sg.read_plate(tmp_path)
    assert [image.name for image in plate] == ["B02_f1"]
    image = plate["B02_f1"].read()
    assert (image.channel_names, image.n_frames, image.plate) == (("Green", "Phase"), 2, "VID9")
    assert image.data[1, 1, 0, 0, 0] == plane(1, 6)[0, 0]


def test_incucyte_has_uneven_times(tmp_path):
    for hours in (0, 2, 6):
        write(tmp_path / f"VID9_B2_1_00d{hours:02d}h00m.tif", plane(hours))
    image = sg.read_plate(tmp_path)["B02_f1"].read()
    assert [image.time_of_frame_s(t) for t in range(3)] == [0, 7_200, 21_600]


def test_a_recording_that_was_stopped_keeps_its_whole_times(tmp_path):
    for t, wave in [(1, 1), (1, 2), (2, 1)]:
        write(tmp_path / f"TimePoint_{t}" / f"P_A01_s1_w{wave}.tif", plane(t, wave))
    image = sg.read_plate(tmp_path)["A01_f1"].read()
    assert (image.n_frames, image.n_channels) == (1, 2)
    assert "1 of 2 time points left out" in " ".join(image.notes)


def test_a_plane_of_a_field_that_is_damaged_fails_alone(tmp_path):
    for well, wave in [("A01", 1), ("A01", 2), ("A02", 1), ("A02", 2)]:
        write(tmp_path / f"P_{well}_s1_w{wave}.tif", plane(wave))
    (tmp_path / "P_A02_s1_w2.tif").write_bytes(b"II*\0")
    plate = sg.read_plate(tmp_path)
    assert plate["A01_f1"].read().n_channels == 2
    image = plate["A02_f1"].read()
    assert np.array_equal(image.plane(c=0), plane(1))
    with pytest.raises(ImageReadError, match=r"channel 1 .*P_A02_s1_w2"):
        image.plane(c=1)


def test_what_is_no_plate(tmp_path):
    write(tmp_path / "holiday_1.tif", plane(1))
    with pytest.raises(ImageReadError, match="no plate is recognised"):
        sg.read_plate(tmp_path)
    with pytest.raises(ImageReadError, match="no such folder"):
        sg.read_plate(tmp_path / "elsewhere")


def test_an_index_that_leads_out_of_its_folder_is_not_followed(tmp_path):
    write(tmp_path / "secret.tif", plane(1))
    (tmp_path / "plate").mkdir()
    (tmp_path / "plate" / "Index.xml").write_text(operetta_index([("../secret.tif", 2, 3, 1, 1, 1, 1)]))
    with pytest.raises(ImageReadError, match="no plate"):
        sg.read_plate(tmp_path / "plate")
