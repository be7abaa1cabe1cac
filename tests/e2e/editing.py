"""A hand in the outline editor, for the tests of its tools."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from playwright.sync_api import Page, expect

from spheroseg.server.compute.outlines import decode, read_frame

PICTURES = os.environ.get("SPHEROSEG_E2E_PICTURES")
WIDTH_PX, HEIGHT_PX = 800, 600  # of every example image
PADDING_PX = 16
Place = tuple[float, float]


@dataclass
class Hand:
    """Somebody who works on one image that is fitted into the window."""

    page: Page
    width_px: float = WIDTH_PX
    height_px: float = HEIGHT_PX

    def at(self, place: Place) -> Place:
        """Where an image pixel is on the screen."""
        box = self.page.get_by_test_id("picture").bounding_box()
        assert box is not None
        scale = min((box["width"] - 2 * PADDING_PX) / self.width_px, (box["height"] - 2 * PADDING_PX) / self.height_px)
        return (
            box["x"] + box["width"] / 2 + (place[0] - self.width_px / 2) * scale,
            box["y"] + box["height"] / 2 + (place[1] - self.height_px / 2) * scale,
        )

    def click(self, place: Place, **how: Any) -> None:
        """Press and let go at one place."""
        self.page.mouse.click(*self.at(place), **how)

    def drag(self, *places: Place) -> None:
        """Press at the first place, go over the others, let go at the last."""
        self.page.mouse.move(*self.at(places[0]))
        self.page.mouse.down()
        for place in places[1:]:
            self.page.mouse.move(*self.at(place), steps=4)
        self.page.mouse.up()

    def tool(self, name: str) -> None:
        """Take a tool by its button."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def saved(self) -> None:
        """Wait until the service has everything."""
        self.page.wait_for_timeout(1000)  # a busy machine draws and joins outlines later than the hand lets go
        self.page.locator("[data-saving=saved]").wait_for()

    def has_objects(self, n: int) -> None:
        """Wait until the table says so."""
        expect(self.page.get_by_role("table")).to_have_attribute("aria-rowcount", str(n + 1), timeout=30_000)

    def area(self) -> float:
        """Of the one object that is chosen, as it is shown while it changes."""
        text = self.page.get_by_test_id("live-measures").locator("dd").first.inner_text()
        return float(re.sub(r"[^\d.]", "", text.split("µ")[0].split("px")[0]))

    def outlines(self) -> dict[int, shapely.Geometry]:
        """Of the objects that the service shows, by number."""
        image = self.page.url.split("/images/")[1].split("?")[0]
        frame = int((re.findall(r"frame=(\d+)", self.page.url) or ["0"])[0])
        frames = self.page.request.get(f"/api/v1/images/{image}/frames").json()
        return outlines(self.page, next(each["result_id"] for each in frames if each["frame"] == frame))

    def keep(self, name: str) -> None:
        """A picture for people to look at."""
        if PICTURES:
            self.page.screenshot(path=Path(PICTURES) / f"editor-{name}.png")


def drawn(hand: Hand, x: float = 20, y: float = 20, side: float = 70) -> None:
    """A square by four clicks."""
    hand.tool("Draw outline")
    for place in ((x, y), (x + side, y), (x + side, y + side), (x, y + side)):
        hand.click(place)
    hand.page.keyboard.press("Enter")
    hand.saved()


def open_blank(page: Page, project: str, name: str) -> Hand:
    """An image of the example project with a new, empty version of its outlines."""
    page.goto("/projects")
    page.wait_for_load_state("networkidle")  # the page renews a session that has grown old
    api = project.replace("/projects/", "/api/v1/projects/")
    images = {each["name"]: each["id"] for each in page.request.get(f"{api}/images").json()["items"]}
    token = next(each["value"] for each in page.context.cookies() if each["name"] == "spheroseg_csrf")
    made = page.request.post(
        f"/api/v1/images/{images[name]}/results", data={"frame": 0}, headers={"X-CSRF-Token": token}
    )
    assert made.ok, made.text()
    page.goto(f"{project}/images/{images[name]}")
    hand = Hand(page)
    page.get_by_test_id("picture").wait_for()
    hand.saved()
    return hand


def outlines(page: Page, result_id: str) -> dict[int, shapely.Geometry]:
    """The objects of a version as shapes, by number."""
    _, objects = read_frame(page.request.get(f"/api/v1/results/{result_id}/outlines").body())
    return {
        each.number: shapely.union_all([shapely.Polygon(part[0], part[1:]) for part in decode(each.polygons)])
        for each in objects
    }


def iou(one: shapely.Geometry, other: shapely.Geometry) -> float:
    """How well two shapes agree, 0…1."""
    return float(one.intersection(other).area / one.union(other).area)
