"""A plate of which a child is told only what changed gives the same conclusions as one that is told as a whole."""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

from spheroseg.server.compute.answer import FRAMES, GROUPS, HEAD, Answer
from spheroseg.server.compute.frame_sums import IDENTITY, columns_of
from spheroseg.server.compute.pool import Child, Compute

DOSES = (0.0, 0.1, 0.3, 1.0, 3.0, 10.0)
HOURS = (0.0, 24.0, 48.0)
VIEW = {"response": "volume", "time_h": None, "relative": False, "per_well": "mean", "include_excluded": False, "window": None}  # fmt: skip


@pytest.fixture(scope="module")
def child() -> Iterator[Callable[..., Any]]:
    """Asks a compute child."""
    compute = Compute([Child()])

    def ask(name: str, **arguments: Any) -> Any:
        return asyncio.run(compute.run(name, **arguments))

    yield ask
    asyncio.run(compute.close())


def plate() -> dict[str, list]:
    """The columns of 3 × 6 wells at three times, as the database tells them."""
    columns: dict[str, list] = {name: [] for name in (*IDENTITY, *columns_of("volume"))}
    for row in "ABC":
        for number, dose in enumerate(DOSES, 1):
            for hour in HOURS:
                well = f"{row}{number:02d}"
                size = 1000 * np.exp(hour / 48 / (1 + dose)) * (1 + 0.01 * number * "ABC".index(row))
                fields = {
                    "plate": "", "well": well, "field": "", "name": f"{well} {hour:g}", "review": "unreviewed", "review_reason": "",
                    "reviewed_by": None, "time_h": hour, "image": f"{well}-{hour:g}/0", "unit": "um", "n_objects": 2, "total": 2 * size,
                    "variance": (0.05 * size) ** 2, "largest": 1.1 * size, "largest_variance": (0.04 * size) ** 2,
                }  # fmt: skip
                for name, values in columns.items():
                    values.append(fields.get(name, 0))
    return columns


def wells() -> list[dict[str, str]]:
    empty = dict.fromkeys(("plate", "compound_2", "dose_2", "dose_unit_2", "cell_line", "replicate", "treatment_time_h", "excluded"), "")  # fmt: skip
    return [
        {**empty, "well": f"{row}{number:02d}", "compound": "alpha" if dose else "", "dose": f"{dose:g}" if dose else "",
         "dose_unit": "µM" if dose else "", "control": "" if dose else "negative"}
        for row in "ABC" for number, dose in enumerate(DOSES, 1)
    ]  # fmt: skip


def draw(child: Callable[..., Any], frames: dict, view: dict) -> dict:
    """All parts of the conclusions by name, or what the child lacks or says is wrong."""
    given = {
        "frames": frames,
        "objects": None,
        "blank": [],
        "failed": [],
        "wells": wells(),
        "exclusions": [],
        "view": view,
    }
    key, packed = str(uuid.uuid4()), []
    for group in GROUPS:
        reply = child("analyse", key=key, group=group, given=given if group == GROUPS[0] else None)
        if "answer" not in reply:
            return reply
        packed.append(reply["answer"])
    answer = Answer(*packed)
    names = [HEAD, *answer.tables()]
    return {name: answer.part(name) for name in names} | {FRAMES: answer.frames()}


def about(columns: dict[str, list], project_id: str) -> dict:
    """The plate's name and the mark of each of its frames, as the database makes one of all that it says."""
    rows = zip(*columns.values(), strict=True)
    marks = b"".join(hashlib.blake2b(repr(row).encode(), digest_size=8).digest() for row in rows)
    return {"project_id": project_id, "kind": "volume", "marks": marks}


def some(columns: dict[str, list], *at: int) -> dict[str, list]:
    return {name: [values[place] for place in at] for name, values in columns.items()}


CHANGES = {
    "an outline": {"total": 4321.0, "largest": 3000.0},
    "a review": {"review": "excluded", "review_reason": "bubble", "reviewed_by": "Ada"},
    "no object": {"n_objects": 0, "total": 0.0, "variance": None, "largest": None, "largest_variance": None},
    "another well": {"well": "H12"},
    "no time": {"time_h": None},
    "a value that is none": {"n_objects": 0, "n_no_value": 2, "total": 0.0, "variance": None, "largest": None, "largest_variance": None},
    "px": {"unit": "px"},
}  # fmt: skip


@pytest.mark.parametrize("include_excluded", [False, True])
@pytest.mark.parametrize("what", CHANGES)
def test_one_changed_frame_gives_what_the_whole_plate_gives(child, what: str, include_excluded: bool) -> None:
    view = VIEW | {"include_excluded": include_excluded}
    first = draw(child, {**about(plate(), what), "columns": plate(), "is_change": False}, view)
    after = plate()
    at = after["image"].index("B04-48/0")
    for name, value in CHANGES[what].items():
        after[name][at] = value
    assert child("missing_frames", **about(after, what)) == ["B04-48/0"]
    patched = draw(child, {**about(after, what), "columns": some(after, at), "is_change": True}, view)
    assert patched == draw(child, {**about(after, "whole"), "columns": after, "is_change": False}, view)
    assert (patched == first) == (what == "a review" and include_excluded)
    back = draw(child, {**about(plate(), what), "columns": some(plate(), at), "is_change": True}, view)
    assert back == first


def test_an_image_of_several_times_is_called_by_its_file_and_time_point(child) -> None:
    columns = plate()
    places = list(zip(columns["well"], columns["time_h"], strict=True))
    columns |= {
        "image": [f"{well}/{HOURS.index(hour)}" for well, hour in places],
        "name": [f"{well}.nd2" for well, _ in places],
    }
    order = json.loads(
        draw(child, {**about(columns, "lapse"), "columns": columns, "is_change": False}, VIEW)["review_order"]
    )
    image, name = order["columns"].index("image"), order["columns"].index("name")
    called = {row[image]: row[name] for row in order["rows"]}
    assert called["B04/2"] == "B04.nd2_t002"
    assert len(set(called.values())) == len(called) > 10


def test_a_child_that_holds_something_else_says_so(child) -> None:
    columns = plate()
    assert child("missing_frames", **about(columns, "p")) is None
    assert child("analyse", key="never drawn", group="short") == {"lacks": "everything"}
    one = {**about(columns, "p"), "columns": some(columns, 0), "is_change": True}
    assert draw(child, one, VIEW) == {"lacks": "frames"}
    draw(child, {**about(columns, "p"), "columns": columns, "is_change": False}, VIEW)
    assert child("missing_frames", **about(columns, "p")) == []
    fewer = some(columns, *range(1, len(columns["image"])))
    assert child("missing_frames", **about(fewer, "p")) is None  # an image went: all are read again
    two = plate()
    two["total"][3], two["total"][9] = 1.0, 2.0
    assert child("missing_frames", **about(two, "p")) == [two["image"][3], two["image"][9]]
    only_one = {**about(two, "p"), "columns": some(two, 3), "is_change": True}
    assert draw(child, only_one, VIEW) == {"lacks": "frames"}


def test_a_plate_that_is_not_summed_up_yet_is_not_held(child) -> None:
    pending = {**about(plate(), "pending"), "marks": b"", "columns": plate(), "is_change": False}
    assert "plate" in draw(child, pending, VIEW)
    assert child("missing_frames", **about(plate(), "pending")) is None
