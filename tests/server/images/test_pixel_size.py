"""One pixel size counts for an image, and the service says which, and where it is known from."""

import pytest

SQUARE = [[[80, 80], [120, 80], [120, 120], [80, 120]]]


@pytest.fixture
async def picture(lab, make_png):
    """alice, her project with 2 µm a pixel, and a PNG, which knows no pixel size."""
    alice = await lab.person()
    project_id = await lab.project(alice, pixel_size_um=2.0)
    (image,) = await lab.upload(alice, project_id, A01__png=make_png())
    await lab.work()
    return alice, project_id, image["id"]


async def change(person, url, **values):
    tag = (await person.get(url)).headers["etag"]
    answer = await person.patch(url, json=values, headers={"If-Match": tag})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_an_image_without_a_pixel_size_has_its_projects(picture):
    alice, project_id, image_id = picture
    url = f"/api/v1/images/{image_id}"
    image = (await alice.get(url)).json()
    assert image["pixel_size_um"] == {"x": 2.0, "y": 2.0, "source": "project"}
    assert image["pixel_size_x_um"] is None
    assert image["region"] == "filled"
    project = await change(alice, f"/api/v1/projects/{project_id}", pixel_size_um=None, region="net")
    assert project["pixel_size_um"] is None
    image = (await alice.get(url)).json()
    assert (image["pixel_size_um"], image["region"]) == (None, "net")


async def test_an_images_own_pixel_size_comes_first_and_need_not_be_square(picture):
    alice, _, image_id = picture
    url = f"/api/v1/images/{image_id}"
    square = await change(alice, url, pixel_size_x_um=0.5)
    assert square["pixel_size_um"] == {"x": 0.5, "y": 0.5, "source": "image"}
    oblong = await change(alice, url, pixel_size_y_um=0.25)
    assert oblong["pixel_size_um"] == {"x": 0.5, "y": 0.25, "source": "image"}
    assert (await alice.get(url)).json()["pixel_size_um"] == oblong["pixel_size_um"]


async def test_a_result_keeps_the_pixel_size_and_the_region_that_it_was_measured_with(lab, picture):
    alice, project_id, image_id = picture
    started = await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})
    assert started.status_code == 201, started.text
    await lab.work()
    (version,) = (await alice.get(f"/api/v1/images/{image_id}/results")).json()
    measured_as = {"x": 2.0, "y": 2.0, "source": "project"}
    assert (version["pixel_size_um"], version["region"]) == (measured_as, "filled")
    await change(alice, f"/api/v1/projects/{project_id}", pixel_size_um=1.0, region="net")
    detail = (await alice.get(f"/api/v1/results/{version['id']}")).json()
    assert (detail["pixel_size_um"], detail["region"]) == (measured_as, "filled")
    # what is drawn beside the others is measured like them
    hole = [[90, 90], [90, 110], [110, 110], [110, 90]]
    answer = await alice.patch(
        f"/api/v1/results/{version['id']}/objects",
        json={"kind": "draw", "operations": [{"op": "add", "parts": [[[[5, 5], [35, 5], [35, 35], [5, 35]]]]}]},
        headers={"If-Match": '"1"'},
    )
    assert answer.status_code == 200, answer.text
    (drawn,) = answer.json()["objects"]
    assert drawn["measures"]["area_um2"] == pytest.approx(30 * 30 * 4)
    # a version that begins now is measured as the project says now
    begun = (await alice.post(f"/api/v1/images/{image_id}/results", json={})).json()
    assert (begun["pixel_size_um"], begun["region"]) == ({"x": 1.0, "y": 1.0, "source": "project"}, "net")
    answer = await alice.patch(
        f"/api/v1/results/{begun['id']}/objects",
        json={"kind": "draw", "operations": [{"op": "add", "parts": [[*SQUARE, hole]]}]},
        headers={"If-Match": '"1"'},
    )
    (ring,) = answer.json()["objects"]
    assert ring["measures"]["area_um2"] == pytest.approx(40 * 40 - 20 * 20)
