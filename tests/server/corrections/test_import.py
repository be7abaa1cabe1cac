"""Outlines of other programs become a version of a frame: each format, what is kept, what is refused and why."""

import io
import json
import zipfile

import numpy as np
import pytest
import tifffile
from PIL import Image as PillowImage
from roifile import ImagejRoi

HEIGHT, WIDTH = 80, 100
SQUARE = [[20, 10], [60, 10], [60, 50], [20, 50]]
SMALL = [[70, 55], [90, 55], [90, 75], [70, 75]]


def labels(shape=(HEIGHT, WIDTH)):
    plane = np.zeros(shape, np.uint16)
    plane[10:50, 20:60] = 3
    plane[55:75, 70:90] = 8
    return plane


def png(plane):
    stream = io.BytesIO()
    PillowImage.fromarray(plane).save(stream, "PNG")
    return stream.getvalue()


def tiff(plane):
    stream = io.BytesIO()
    tifffile.imwrite(stream, plane)
    return stream.getvalue()


def roi(points, name):
    one = ImagejRoi.frompoints(np.array(points, float))
    one.name = name
    return one.tobytes()


def rois():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, points in (("0001", SQUARE), ("0002", SMALL)):
            archive.writestr(f"{name}.roi", roi(points, name))
    return stream.getvalue()


def geojson(*rings):
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [[*ring, ring[0]]]},
            "properties": {"classification": {"name": "Tumor cell"}},
        }
        for ring in rings
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


def coco(names=("A01.tif",), width=WIDTH):
    shapes = [(image, shape) for image in range(1, len(names) + 1) for shape in (SQUARE, SMALL)[: 3 - image]]
    return json.dumps(
        {
            "images": [
                {"id": i, "file_name": name, "width": width, "height": HEIGHT} for i, name in enumerate(names, 1)
            ],
            "categories": [{"id": 1, "name": "spheroid"}],
            "annotations": [
                {
                    "id": i,
                    "image_id": image,
                    "category_id": 1,
                    "segmentation": [[value for point in shape for value in point]],
                    "score": 0.75,
                }
                for i, (image, shape) in enumerate(shapes, 1)
            ],
        }
    ).encode()


@pytest.fixture
async def here(lab):
    """alice and an image of 100 × 80 px without outlines, 2 µm a pixel."""
    alice = await lab.person()
    project_id = await lab.project(alice, pixel_size_um=2.0)
    picture = np.full((HEIGHT, WIDTH), 200, np.uint8)
    picture[10:50, 20:60] = 60
    (image,) = await lab.upload(alice, project_id, A01__tif=tiff(picture))
    await lab.work()
    return alice, project_id, image["id"]


async def send(person, image_id, name, data, **query):
    return await person.post(f"/api/v1/images/{image_id}/results/import", files=[("file", (name, data))], params=query)


async def objects(person, result_id):
    return (await person.get(f"/api/v1/results/{result_id}/objects")).json()["items"]


USABLE = {
    "png": ("A01_masks.png", png(labels()), [3, 8]),
    "tiff": ("A01_masks.tif", tiff(labels()), [3, 8]),
    "rois": ("RoiSet.zip", rois(), [1, 2]),
    "roi": ("one.roi", roi(SQUARE, "one"), [1]),
    "geojson": ("A01.geojson", geojson(SQUARE, SMALL), [1, 2]),
    "coco": ("annotations.json", coco(), [1, 2]),
    "coco of two images": ("annotations.json", coco(("plate/A01.png", "plate/A02.png")), [1, 2]),
}


async def test_each_format_becomes_a_measured_version(here):
    alice, _, image_id = here
    for kind, (name, data, numbers) in USABLE.items():
        answer = await send(alice, image_id, name, data)
        assert answer.status_code == 201, (kind, answer.text)
        made = answer.json()
        assert (made["is_shown"], made["notes"], made["result"]["state"]) == (True, [], "done"), kind
        found = await objects(alice, made["result"]["id"])
        assert [one["number"] for one in found] == numbers, kind
        assert {one["source"] for one in found} == {"imported"}, kind
        assert found[0]["measures"]["area_um2"] == pytest.approx(40 * 40 * 4), kind
        assert found[0]["measures"]["intensity_mean"] == pytest.approx(60), kind
        if kind == "geojson":
            assert {one["class_name"] for one in found} == {"tumor_cell"}
        if name == "annotations.json":
            assert found[0]["confidence"] == pytest.approx(0.75), kind
        card = (await alice.get(f"/api/v1/results/{made['result']['id']}")).json()["run_card"]
        assert (card["model"]["name"], card["imported_from"]) == ("imported", name), kind
        image = (await alice.get(f"/api/v1/images/{image_id}")).json()
        assert (image["segmentation_state"], image["n_objects"]) == ("done", len(numbers)), kind


async def test_what_a_person_drew_stays_shown(here):
    alice, _, image_id = here
    drawn = (await alice.post(f"/api/v1/images/{image_id}/results", json={})).json()
    answer = await send(alice, image_id, "a.png", png(labels()))
    assert (answer.status_code, answer.json()["is_shown"]) == (201, False)
    (frame,) = (await alice.get(f"/api/v1/images/{image_id}/frames")).json()
    assert frame["result_id"] == drawn["id"]
    versions = (await alice.get(f"/api/v1/images/{image_id}/results")).json()
    assert {one["id"] for one in versions} == {drawn["id"], answer.json()["result"]["id"]}


async def test_what_reaches_out_of_the_image_is_cut_off_and_said(here):
    alice, _, image_id = here
    answer = await send(alice, image_id, "a.geojson", geojson([[-10, 10], [30, 10], [30, 50], [-10, 50]]))
    assert answer.status_code == 201, answer.text
    assert "cut off" in answer.json()["notes"][0]
    (one,) = await objects(alice, answer.json()["result"]["id"])
    assert one["measures"]["area_um2"] == pytest.approx(30 * 40 * 4)


UNUSABLE = [
    ("a.png", png(labels((HEIGHT, WIDTH + 4))), "100 × 80 px"),
    ("a.geojson", geojson([[20, 10], [130, 10], [130, 50]]), "100 × 80 px"),
    ("a.json", coco(width=WIDTH + 1), "101 × 80 px"),
    ("a.json", coco(("B01.png", "B02.png")), "2 images"),
    ("a.png", png(labels() * 0), "no outlines"),
    ("a.geojson", geojson(), "no outlines"),
    ("a.geojson", b"{", "a.geojson"),
    ("a.zip", b"no archive", "a.zip"),
    ("a.docx", b"no outlines at all", "not recognised"),
    ("../../etc/passwd", b"", "not recognised"),
]


async def test_what_cannot_be_used_is_refused_in_one_sentence(here):
    alice, _, image_id = here
    for name, data, why in UNUSABLE:
        answer = await send(alice, image_id, name, data)
        assert (answer.status_code, answer.json()["code"]) == (422, "unusable_outlines"), (name, answer.text)
        assert why in answer.json()["detail"]
        assert "spheroseg-import" not in answer.text
        assert (await alice.get(f"/api/v1/images/{image_id}/results")).json() == [], name


async def test_only_an_editor_imports_one_file_to_a_frame_that_is_there(lab, here):
    alice, project_id, image_id = here
    viewer = await lab.person("victor")
    await lab.member(project_id, viewer, "viewer")
    assert (await send(viewer, image_id, "a.png", png(labels()))).status_code == 403
    assert (await send(alice, image_id, "a.png", png(labels()), frame=7)).status_code == 404
    two = [("file", ("a.png", b"1")), ("file", ("b.png", b"2"))]
    answer = await alice.post(f"/api/v1/images/{image_id}/results/import", files=two)
    assert (answer.status_code, answer.json()["code"]) == (422, "bad_upload")


async def test_many_files_find_their_images_by_their_names_and_folders(lab, here):
    alice, project_id, image_id = here
    (other,) = await lab.upload(alice, project_id, B02__ome__tif=tiff(np.zeros((20, 20), np.uint8)))
    await lab.work()
    names = ["masks/A01_masks.png", "A01.geojson", "b02_RoiSet.zip", "B02.roi", "C03_masks.png"]
    answer = await alice.post(f"/api/v1/projects/{project_id}/outlines/pairing", json={"names": names})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert [one["name"] for one in found] == names
    assert [one["image_id"] for one in found] == [image_id, image_id, other["id"], other["id"], None]
    assert found[0]["image_name"] == "A01.tif"
    assert "no image" in found[4]["reason"]

    only = {"names": names, "image_ids": [other["id"]]}
    found = (await alice.post(f"/api/v1/projects/{project_id}/outlines/pairing", json=only)).json()
    assert [one["image_id"] for one in found] == [None, None, other["id"], other["id"], None]


async def test_two_images_that_fit_are_both_named_and_neither_is_taken(lab, here):
    alice, project_id, _ = here
    await lab.upload(alice, project_id, A01__tif=tiff(np.zeros((20, 20), np.uint8)))
    await lab.work()
    answer = await alice.post(f"/api/v1/projects/{project_id}/outlines/pairing", json={"names": ["A01_masks.tif"]})
    (one,) = answer.json()
    assert (one["image_id"], one["reason"]) == (None, "several images are named like it: A01.tif, A01.tif")
