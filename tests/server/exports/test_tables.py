"""An export's tables say where each object is from, sum up each well, and the archive is called after its project."""

import io
import statistics
import zipfile
from urllib.parse import unquote

import pandas as pd


async def test_objects_carry_well_plate_and_time_and_each_well_is_summed_up(lab, make_png):
    alice = await lab.person()
    project_id = await lab.project(alice, name="Dose: 5/µM", pixel_size_um=2.0)
    pictures = {f"P1_B03_t{hours}h__png": make_png(seed=hours, radius_px=30 + hours) for hours in (0, 24)}
    pictures |= {"P1_C04_t0h__png": make_png(seed=5, radius_px=50)}
    images = await lab.upload(alice, project_id, **pictures)
    await lab.work()
    for image, well, hours in zip(images, ("B03", "B03", "C04"), (0, 0, 24), strict=True):
        answer = await alice.patch(
            f"/api/v1/images/{image['id']}",
            json={"plate": "P1", "well": well, "time_s": hours * 3600},
            headers={"If-Match": (await alice.get(f"/api/v1/images/{image['id']}")).headers["etag"]},
        )
        assert answer.status_code == 200, answer.text
    run = await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})
    assert run.status_code == 201, run.text
    await lab.work()
    layout = {"wells": [{"well": "B3", "compound": "cisplatin", "dose": "0.5", "dose_unit": "µM"}]}
    kept = await alice.put(f"/api/v1/projects/{project_id}/layout", json=layout, headers={"If-Match": '"0"'})
    assert kept.status_code == 200, kept.text
    export = await alice.post(f"/api/v1/projects/{project_id}/exports", json={"formats": ["csv"]})
    await lab.work()
    archive = await alice.get(f"/api/v1/exports/{export.json()['id']}/file")
    name = unquote(archive.headers["content-disposition"].split("''")[1])
    day = export.json()["created_at"][:10]
    assert name.startswith(f"Dose_ 5_µM {day} ")
    assert name.endswith(".zip")
    with zipfile.ZipFile(io.BytesIO(archive.content)) as files:
        objects = pd.read_csv(files.open("objects.csv"))
        wells = pd.read_csv(files.open("wells.csv"))
    # the names of `spheroseg segment`
    assert list(objects.columns[:6]) == ["image", "plate", "well", "row", "column", "time_h"]
    assert sorted(zip(objects["well"], objects["time_h"], strict=True)) == [("B03", 0), ("B03", 0), ("C04", 24)]
    for where in (objects, wells):
        conditions = where.set_index("well")[["compound", "dose", "dose_unit"]]
        assert (conditions.loc[["B03"]] == ["cisplatin", 0.5, "µM"]).all(axis=None)
        assert conditions.loc[["C04"]].isna().all(axis=None)
    assert "dose_mean" not in wells.columns
    areas = objects.loc[objects["well"] == "B03", "area_um2"].tolist()
    first = wells.loc[wells["well"] == "B03"].iloc[0]
    assert (first["plate"], first["n_images"], first["n_objects"], first["area_um2_n"]) == ("P1", 2, 2, 2)
    assert abs(first["area_um2_mean"] - statistics.mean(areas)) < 1e-6 * areas[0]
    assert abs(first["area_um2_sd"] - statistics.stdev(areas)) < 1e-6 * areas[0]
    second = wells.loc[wells["well"] == "C04"].iloc[0]
    assert pd.isna(second["area_um2_sd"])  # of one object there is none; it is not 0
