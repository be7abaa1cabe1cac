"""`spheroseg doctor` over a folder with everything in it."""

import json
import os
from pathlib import Path

import numpy as np
import tifffile

GREY = np.random.default_rng(0).integers(0, 4096, (40, 64)).astype(np.uint16)


def test_doctor_tells_what_is_read_and_what_is_doubtful(run, run_process, tmp_path) -> None:
    folder = tmp_path / "mixed"
    (folder / "plate").mkdir(parents=True)
    (folder / "masks").mkdir()
    for wave in (1, 2):
        tifffile.imwrite(folder / "plate" / f"P7_A01_s1_w{wave}.tif", GREY, metadata=None)
    tifffile.imwrite(folder / "well_B02.ome.tif", GREY, metadata={"PhysicalSizeX": 1.3, "PhysicalSizeY": 1.3})
    tifffile.imwrite(folder / "masks" / "well_B02.tif", (GREY > 9999).astype(np.uint8))
    (folder / "scan.ims").write_bytes(b"\0" * 64)
    (folder / "broken.tif").write_bytes(b"II*\0")
    done = run_process("doctor", folder, "--json")
    assert done.returncode == 1  # one file could not be read
    *images, about = [json.loads(line) for line in done.stdout.splitlines()]
    by_source = {image["source"]: image for image in images}
    assert by_source["broken.tif"]["error"]
    well = by_source["well_B02.ome.tif"]
    assert (well["pixel_size_um"], well["pixel_size_from"]) == ([1.3, 1.3], "OME physical size")
    assert (well["well"], well["well_from"]) == ("B02", "file name")
    plate = by_source["plate/A01_f1"]
    assert (plate["files"], len(plate["channels"]), plate["well"]) == (2, 2, "A01")
    assert "no pixel size" in plate["doubts"][0]
    assert {entry["file"] for entry in about["left_out"]} == {"masks/well_B02.tif", "scan.ims"}
    shown = run("doctor", folder)
    assert "1 file of kinds that are not read: .ims" in shown.stdout
    assert "4 images read" not in shown.stderr
    assert "2 images read, 1 not" in shown.stderr


def test_doctor_compares_images_beside_each_other(run, tmp_path) -> None:
    for name, um in (("p1/A01.ome.tif", 0.65), ("p1/B02.ome.tif", 6.5), ("p2/A01.ome.tif", 0.65)):
        (tmp_path / "plates" / name).parent.mkdir(parents=True, exist_ok=True)
        tifffile.imwrite(tmp_path / "plates" / name, GREY, metadata={"PhysicalSizeX": um, "PhysicalSizeY": um})
    tifffile.imwrite(tmp_path / "plates" / "black.tif", np.zeros_like(GREY))
    *images, about = [json.loads(line) for line in run("doctor", "plates", "--json").stdout.splitlines()]
    scales, wells = about["doubts"]
    assert scales == "p1: images of different pixel sizes: 0.65 µm (1), 6.5 µm (1)"
    assert wells.startswith("2 images are of well A01, and nothing tells them apart (p1/A01.ome.tif, p2/A01.ome.tif)")
    black = next(image for image in images if image["source"] == "black.tif")
    assert "all of it is 0: there is nothing to see" in black["doubts"]
    shown = run("doctor", "plates", "--pattern", "{plate}/{well}.ome.tif").stdout
    assert scales in shown
    assert "nothing tells them apart" not in shown


def test_doctor_prints_any_name(run, tmp_path) -> None:
    folder = tmp_path / "names"
    folder.mkdir()
    for name in (b"[red]x.tif", b"line\nbreak.tif", b"sph\xe4roid.tif"):
        tifffile.imwrite(Path(os.fsdecode(os.fsencode(folder) + b"/" + name)), GREY, metadata=None)
    *images, _ = [json.loads(line) for line in run("doctor", folder, "--json").stdout.splitlines()]
    assert {image["source"] for image in images} == {"[red]x.tif", "line\nbreak.tif", "sph\\xe4roid.tif"}
    shown = run("doctor", folder).stdout
    assert "[red]x.tif" in shown
    assert "line\\nbreak.tif" in shown


def test_doctor_of_no_folder(run) -> None:
    done = run("doctor", "nowhere")
    assert done.returncode == 2
    assert "no such folder" in done.stderr
