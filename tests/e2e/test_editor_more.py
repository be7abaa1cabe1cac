"""More of the outline editor: edges in the picture, sliders, choosing, frames, fingers and pens, a second person."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
import tifffile
from playwright.sync_api import Locator, expect
from tests.e2e.editing import HEIGHT_PX, WIDTH_PX, Hand, Place, drawn, iou, open_blank, outlines

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def around(shape: shapely.Geometry, n: int) -> list[Place]:
    """So many places at equal distances on the edge of a shape."""
    edge = shape.exterior
    return [(point.x, point.y) for point in (edge.interpolate(i / n, normalized=True) for i in range(n))]


def slide(slider: Locator, value: float, step: float) -> None:
    """Move a slider to a value with the arrow keys."""
    slider.focus()
    now = float(slider.input_value())
    for _ in range(round(abs(value - now) / step)):
        slider.press("ArrowRight" if value > now else "ArrowLeft")
    assert float(slider.input_value()) == pytest.approx(value)


def test_lines_keep_to_the_edges_in_the_picture(browsing: Any, account: tuple[Path, str]) -> None:
    state, project = account
    page = browsing.open(state=state)
    hand = open_blank(page, project, "example_compact_A01.tif")
    image = page.url.split("/images/")[1]
    first = page.request.get(f"/api/v1/images/{image}/results").json()[-1]["id"]
    model = max(outlines(page, first).values(), key=lambda each: each.area)
    assert not outlines(page, first).keys() & hand.outlines().keys()
    hand.tool("Magnetic outline")
    for place in around(model, 4):
        hand.click(place)
    page.keyboard.press("Enter")
    hand.saved()
    hand.keep("magnetic")
    [traced] = hand.outlines().values()
    straight = shapely.Polygon(around(model, 4))
    assert iou(traced, model) > 0.85 > iou(straight, model)

    page.keyboard.press("Delete")
    hand.saved()
    hand.tool("Draw outline")
    rough = around(model.buffer(7), 36)
    hand.drag(*rough, rough[0])
    hand.saved()
    [before] = hand.outlines().values()
    page.keyboard.press("Shift+E")
    page.get_by_role("button", name="Apply to 1 object").click()
    hand.saved()
    hand.keep("snapped")
    [after] = hand.outlines().values()
    assert iou(after, model) > iou(before, model)
    assert iou(after, model) > 0.95


def test_sliders_and_subtract_do_what_is_seen(hand: Hand) -> None:
    page = hand.page
    drawn(hand, 100, 100, 100)
    page.keyboard.press("Shift+G")
    slide(page.get_by_role("slider", name="Grow or shrink"), 4, 0.5)
    page.get_by_role("button", name="Apply to 1 object").click()
    hand.saved()
    [grown] = hand.outlines().values()
    assert grown.area == pytest.approx(100**2 + 4 * 100 * 4 + math.pi * 16, rel=0.002)
    page.keyboard.press("Shift+G")
    slide(page.get_by_role("slider", name="Grow or shrink"), -4, 0.5)
    page.get_by_role("button", name="Apply to 1 object").click()
    hand.saved()
    [shrunk] = hand.outlines().values()
    assert iou(shrunk, shapely.box(100, 100, 200, 200)) > 0.99
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+z")
    hand.saved()

    ring = [(400 + 60 * math.cos(i / 8), 300 + 60 * math.sin(i / 8)) for i in range(51)]
    hand.tool("Draw outline")
    hand.drag(*ring)
    hand.saved()
    drawn_by_hand = hand.outlines()
    number = max(drawn_by_hand)
    page.keyboard.press("Shift+P")
    slide(page.get_by_role("slider", name="Simplify"), 3, 0.1)
    page.get_by_role("button", name="Apply to 1 object").click()
    hand.saved()
    simple = hand.outlines()[number]
    assert len(simple.exterior.coords) < len(drawn_by_hand[number].exterior.coords) / 2
    assert iou(simple, drawn_by_hand[number]) > 0.9

    drawn(hand, 150, 150, 100)
    hand.tool("Select")
    hand.click((110, 110))
    page.keyboard.down("Shift")
    hand.click((240, 240))
    page.keyboard.up("Shift")
    page.keyboard.press("Shift+M")
    hand.saved()
    areas = sorted(round(each.area) for each in hand.outlines().values())
    assert areas[0] == pytest.approx(100**2 - 50**2, rel=0.02)
    hand.has_objects(3)


def test_a_lasso_the_table_and_what_is_seen(hand: Hand) -> None:
    page = hand.page
    for x, y in ((100, 100), (300, 100), (200, 300)):
        drawn(hand, x, y, 60)
    rows = page.locator("[data-number][aria-selected=true]")
    hand.tool("Select")
    hand.click((700, 500))
    expect(rows).to_have_count(0)
    page.keyboard.down("Alt")
    hand.drag((50, 50), (400, 50), (400, 200), (250, 200), (50, 240), (50, 60))
    page.keyboard.up("Alt")
    expect(rows).to_have_count(2)
    page.locator("[data-number]").nth(2).click()
    expect(rows).to_have_count(1)
    page.locator("[data-number]").nth(0).click(modifiers=["Shift"])
    expect(rows).to_have_count(2)

    hand.click((130, 130))
    page.keyboard.press("Shift+H")
    hand.click((130, 130))
    expect(rows).to_have_count(0)  # nothing there to see, nothing to choose
    page.keyboard.press("Alt+Shift+H")
    hand.click((130, 130))
    expect(rows).to_have_count(1)
    page.keyboard.press("Escape")

    x, y = hand.at((200, 330))
    clip: Any = {"x": x - 6, "y": y - 6, "width": 12, "height": 12}
    page.mouse.move(*hand.at((700, 500)))
    page.wait_for_timeout(500)
    by_class = page.screenshot(clip=clip)
    page.get_by_role("tab", name="Display").click()
    page.get_by_label("Colour by").click()
    page.get_by_role("option", name="Area").click()
    for _ in range(300):
        if page.screenshot(clip=clip) != by_class:
            break
        page.wait_for_timeout(100)
    else:
        pytest.fail("the outlines have kept their colour")

    minimap = page.locator("[aria-hidden=true]:has(> img)").last
    expect(minimap).to_be_hidden()
    for _ in range(4):
        page.get_by_role("button", name="Zoom in").click()
        page.wait_for_timeout(300)
    expect(minimap).to_be_visible()
    seen = minimap.locator("> div")
    before = seen.bounding_box()
    minimap.click(position={"x": 12, "y": 12})
    assert before is not None
    for _ in range(300):
        after = seen.bounding_box()
        if after is not None and after["x"] < before["x"]:
            break
        page.wait_for_timeout(100)
    else:
        pytest.fail("the view has not moved to the left")
    hand.keep("minimap")


def test_outlines_are_copied_to_the_next_frame(browsing: Any, account: tuple[Path, str], tmp_path: Path) -> None:
    page = browsing.open(state=account[0])
    page.goto("/projects")
    page.get_by_role("button", name="New project").first.click()
    page.get_by_label("Name").fill("Time")
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/projects/*-*")
    project = page.url
    frames = np.zeros((3, HEIGHT_PX, WIDTH_PX), np.uint8)
    frames[:, 100:200, 100:200] = 180
    tifffile.imwrite(tmp_path / "time.ome.tif", frames, metadata={"axes": "TYX"})
    page.get_by_test_id("choose-files").first.set_input_files(tmp_path / "time.ome.tif")
    summary = f"{project.replace('/projects/', '/api/v1/projects/')}/summary"
    browsing.wait_for(page, summary, lambda answer: answer["by_state"].get("ready") == 1)
    hand = open_blank(page, project, "time.ome.tif")
    drawn(hand, 100, 100, 100)
    drawn(hand, 300, 300, 50)
    page.keyboard.press("Shift+N")
    panel = page.get_by_role("region", name="Copy to next time points")
    panel.get_by_label("To how many time points").fill("2")
    panel.get_by_role("button", name="Copy", exact=True).click()
    page.wait_for_url("**frame=1")
    hand.has_objects(1)  # what was drawn last is selected, so that alone is copied
    [copied] = hand.outlines().values()
    assert iou(copied, shapely.box(300, 300, 350, 350)) > 0.98
    page.keyboard.press(".")
    page.wait_for_url("**frame=2")
    hand.saved()
    hand.has_objects(1)
    page.keyboard.press("Shift+N")
    expect(page.get_by_text("This is the last time point.")).to_be_visible()


def test_fingers_and_pens(browsing: Any, account: tuple[Path, str]) -> None:
    state, project = account
    page = browsing.open(state=state, touch=True)
    hand = open_blank(page, project, "example_loose_A02.tif")
    drawn(hand, 300, 200, 100)
    rows = page.locator("[data-number][aria-selected=true]")
    hand.tool("Select")
    page.touchscreen.tap(*hand.at((700, 500)))
    expect(rows).to_have_count(0)
    page.touchscreen.tap(*hand.at((350, 250)))
    expect(rows).to_have_count(1)

    chrome = page.context.new_cdp_session(page)

    def pen(kind: str, place: Place) -> None:
        x, y = hand.at(place)
        chrome.send(
            "Input.dispatchMouseEvent",
            {"type": kind, "x": x, "y": y, "button": "left", "buttons": 1, "clickCount": 1, "pointerType": "pen"},
        )

    hand.tool("Draw outline")
    pen("mousePressed", (500, 400))
    for place in ((550, 400), (600, 400), (600, 450), (600, 500), (550, 500), (500, 500), (500, 405)):
        pen("mouseMoved", place)
    pen("mouseReleased", (500, 405))
    hand.saved()
    hand.has_objects(2)
    assert max(each.area for each in hand.outlines().values()) == pytest.approx(100**2, rel=0.05)

    def fingers(kind: str, *places: Place) -> None:
        points = [{"x": hand.at(each)[0], "y": hand.at(each)[1], "id": i} for i, each in enumerate(places)]
        chrome.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    scale = page.locator("[data-resolution]")
    before = scale.inner_text()
    fingers("touchStart", (380, 300))
    fingers("touchStart", (380, 300), (420, 300))
    for spread in range(40, 240, 20):
        fingers("touchMove", (400 - spread, 300), (400 + spread, 300))
    fingers("touchEnd")
    expect(scale).not_to_have_text(before)  # zoomed in
    page.wait_for_timeout(500)
    hand.has_objects(2)  # and nothing was drawn by it
    hand.keep("pinched")


def test_nobody_takes_back_what_somebody_else_did(
    browsing: Any, mailed_link: Callable[[str, str], str], account: tuple[Path, str]
) -> None:
    state, project = account
    one = open_blank(browsing.open(state=state), project, "example_nuclei_C02.tif")
    address = one.page.url
    one.page.goto(f"{project}/settings")
    one.page.get_by_label("E-mail").fill("colleague@example.org")
    one.page.get_by_label("Role").click()
    one.page.get_by_role("option", name=re.compile("edit", re.IGNORECASE)).click()
    one.page.get_by_role("button", name="Invite").click()
    one.page.get_by_text("colleague@example.org").wait_for()
    second = browsing.open()
    browsing.sign_up(second, "colleague@example.org")
    second.goto(mailed_link("colleague@example.org", "invitation"))
    second.wait_for_url("**/projects/*-*")

    one.page.goto(address)
    one.saved()
    drawn(one, 100, 100, 60)
    second.goto(address)
    other = Hand(second)
    other.saved()
    other.has_objects(1)
    undo = second.get_by_role("button", name="Undo")
    expect(undo).to_be_disabled()
    second.keyboard.press("Control+z")
    drawn(other, 300, 300, 60)
    one.has_objects(2)
    # within a visit one's own step goes although another one lies on it
    one.page.keyboard.press("Control+z")
    one.saved()
    one.has_objects(1)
    one.page.keyboard.press("Control+Shift+z")
    one.saved()
    one.has_objects(2)
    drawn(other, 500, 300, 60)
    one.has_objects(3)
    # after a reload the last step is the other one's
    one.page.reload()
    one.saved()
    one.has_objects(3)
    expect(one.page.get_by_role("button", name="Undo")).to_be_disabled()
    one.page.keyboard.press("Control+z")
    one.page.wait_for_timeout(1000)
    one.has_objects(3)
    # and whose it is takes it back, also after a reload
    second.reload()
    other.saved()
    second.keyboard.press("Control+z")
    other.saved()
    one.has_objects(2)
