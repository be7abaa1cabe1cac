"""Several objects of a well over time in the service: as they are linked, as a person corrects that, and what is refused."""

import io

import numpy as np
import pytest
from PIL import Image


def side_by_side(*pictures: bytes) -> bytes:
    """Several spheroids in one picture."""
    stream = io.BytesIO()
    Image.fromarray(np.hstack([np.asarray(Image.open(io.BytesIO(each))) for each in pictures])).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture
async def well(lab, make_png):
    """alice and her project: one well with two spheroids at three hours; the left one grows."""
    alice = await lab.person()
    project_id = await lab.project(alice)
    files = {
        f"A01_{hour:02d}h__png": side_by_side(
            make_png(radius_px=18 + hour / 6, seed=hour), make_png(radius_px=18, seed=hour + 1)
        )
        for hour in (0, 24, 48)
    }
    await lab.upload(alice, project_id, **files)
    await lab.work()
    await alice.post(f"/api/v1/projects/{project_id}/runs", json={"model": "classical"})
    await lab.work()
    return alice, f"/api/v1/projects/{project_id}"


async def tracks(person, url: str) -> tuple[list[dict], dict]:
    """The rows of the tracks, and the whole answer."""
    answer = await person.get(f"{url}/analysis/wells/A01/tracks")
    assert answer.status_code == 200, answer.text
    table = answer.json()["tracks"]
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]], answer.json()


async def say(person, url: str, links: list[dict] | None):
    layout = (await person.get(f"{url}/layout")).json()
    body = {"wells": layout["wells"], "exclusions": layout["exclusions"], "links": links}
    return await person.put(f"{url}/layout", json=body, headers={"If-Match": f'"{layout["version"]}"'})


async def test_objects_are_followed_and_a_person_says_which_is_which(well):
    alice, url = well
    rows, answer = await tracks(alice, url)
    assert len(rows) == 6
    assert {row["track"] for row in rows} == {1, 2}
    last = {row["track"]: row["relative_size"] for row in rows if row["time_h"] == 48}
    assert max(last.values()) > 2
    assert min(last.values()) == pytest.approx(1, rel=0.1)
    assert len(answer["growth"]["rows"]) == 2

    # from 24 h on they are each other's
    middle = [row for row in rows if row["time_h"] == 24]
    swapped = [{"well": "a1", "time_h": 24, "object": row["object"], "track": 3 - row["track"]} for row in middle]
    kept = await say(alice, url, swapped)
    assert kept.status_code == 200, kept.text
    assert {link["well"] for link in kept.json()["links"]} == {"A01"}
    after, _ = await tracks(alice, url)
    by_object = {(row["time_h"], row["object"]): row["track"] for row in after}
    for row in rows:
        assert by_object[row["time_h"], row["object"]] == (row["track"] if row["time_h"] == 0 else 3 - row["track"])
    assert [row["time_h"] for row in after if row["is_corrected"]] == [24, 24]

    # who keeps a layout and says nothing of links leaves them as they are
    assert len((await say(alice, url, None)).json()["links"]) == 2
    log = (await alice.get(f"{url}/log")).json()["items"]
    assert any(len(entry["details"].get("linked", [])) == 2 for entry in log)
    assert (await say(alice, url, [])).json()["links"] == []
    assert (await tracks(alice, url))[0] == rows


async def test_a_link_that_makes_no_sense_is_refused_by_name_and_one_whose_object_is_gone_is_told(well):
    alice, url = well
    link = {"well": "A01", "time_h": 24, "object": 1, "track": 2}
    twice = await say(alice, url, [link, link | {"track": 1}])
    assert (twice.status_code, twice.json()["code"]) == (422, "invalid_layout")
    assert "A01 at 24 h" in twice.json()["detail"]
    assert "A549" in (await say(alice, url, [link | {"well": "A549"}])).json()["detail"]
    assert (await say(alice, url, [link | {"object": 0}])).status_code == 422
    assert (await say(alice, url, [link | {"object": 77}])).status_code == 200
    rows, answer = await tracks(alice, url)
    assert answer["notes"] == ["object 77 at 24 h is gone; its link is not used"]
    assert not any(row["is_corrected"] for row in rows)


async def test_a_well_without_objects_has_none_to_follow(well):
    alice, url = well
    answer = await alice.get(f"{url}/analysis/wells/B07/tracks")
    assert (answer.status_code, answer.json()["code"]) == (422, "not_analysable")
    assert (await alice.get(f"{url}/analysis/wells/MCF7x/tracks")).status_code == 422
