"""The outline editor, each tool by a hand on the picture; without a network, after a reload, and with two people."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.e2e.editing import Hand, drawn, open_blank

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


@pytest.mark.quick
def test_draw_split_merge_and_take_back(hand: Hand) -> None:
    drawn(hand)
    hand.has_objects(1)
    whole = hand.area()
    hand.tool("Split")
    hand.drag((55, 5), (55, 40), (50, 60), (55, 105))
    hand.saved()
    hand.has_objects(2)
    hand.keep("split")
    hand.page.keyboard.press("Escape")
    hand.tool("Merge")
    hand.drag((35, 50), (75, 50))
    hand.saved()
    hand.has_objects(1)
    assert hand.area() == pytest.approx(whole, rel=0.001)
    for _ in range(3):
        hand.page.keyboard.press("Control+z")
    hand.saved()
    hand.has_objects(0)
    for _ in range(3):
        hand.page.keyboard.press("Control+Shift+z")
    hand.saved()
    hand.has_objects(1)


def test_a_hole_the_brush_the_eraser_and_vertices(hand: Hand) -> None:
    drawn(hand)
    whole = hand.area()
    hand.tool("Brush")
    hand.drag((85, 50), (130, 50))
    hand.saved()
    painted = hand.area()
    assert painted > whole * 1.1
    hand.tool("Eraser")
    hand.drag((105, 20), (105, 90))
    hand.saved()
    assert hand.area() < painted
    hand.tool("Hole")
    hand.drag((40, 40), (60, 40), (60, 60), (40, 60), (40, 41))
    hand.saved()
    hand.tool("Edit vertices")
    before = hand.area()
    hand.drag((20, 90), (20, 140))
    hand.saved()
    assert hand.area() > before
    hand.keep("vertices")
    hand.tool("Reshape")
    before = hand.area()
    hand.drag((60, 50), (10, 50), (10, 80), (60, 80))
    hand.saved()
    assert hand.area() > before
    hand.tool("Move")
    before = hand.area()
    hand.drag((35, 80), (235, 280))
    hand.saved()
    assert hand.area() == pytest.approx(before, rel=0.001)
    hand.tool("Delete by touch")
    hand.click((235, 280))
    hand.saved()


def test_what_the_live_measures_say_is_what_is_saved(hand: Hand) -> None:
    drawn(hand, 100, 100, 60)
    live = hand.page.get_by_test_id("live-measures").locator("dd").all_inner_texts()
    row = hand.page.locator("[data-number]").first.get_by_role("cell").all_inner_texts()
    assert live[0].startswith(row[2])
    assert live[1].startswith(row[3])
    assert live[3] == row[4]


def test_smooth_filter_and_class(hand: Hand) -> None:
    drawn(hand, 20, 20, 60)
    drawn(hand, 120, 20, 20)
    hand.page.keyboard.press("Shift+S")
    hand.page.get_by_role("button", name="Apply to 1 object").click()
    hand.saved()
    hand.page.keyboard.press("c")
    hand.page.get_by_role("button", name="core", exact=True).click()
    hand.saved()
    expect(hand.page.get_by_role("cell", name="core")).to_have_count(1)
    hand.page.keyboard.press("Shift+D")
    hand.page.get_by_label("Limit").fill("1500")
    expect(hand.page.get_by_text("1 object matches and is selected")).to_be_visible()
    hand.keep("filter")
    hand.page.get_by_role("button", name="Delete these").click()
    hand.saved()
    hand.has_objects(1)


def test_the_model_outlines_what_is_pointed_at(hand: Hand) -> None:
    picture = hand.page.get_by_test_id("picture")
    before = picture.bounding_box()
    hand.tool("Smart outline")
    assert picture.bounding_box() == before
    hand.click((310, 55))
    keep = hand.page.get_by_role("button", name=re.compile("^Keep 1 outline"))
    keep.wait_for(timeout=60_000)
    assert picture.bounding_box() == before  # the bar with the choices has come, and the picture stays under the hand
    hand.keep("smart")
    keep.click()
    hand.saved()
    hand.has_objects(1)
    hand.page.set_viewport_size({"width": 1024, "height": 900})
    for tool in ("Brush", "Draw outline", "Smart outline"):
        hand.tool(tool)
        expect(hand.page.locator("[data-saving=saved]")).to_be_in_viewport(ratio=1)


@pytest.mark.console("ERR_FAILED", "ERR_INTERNET_DISCONNECTED")  # requests that the test cuts off
def test_without_a_network_and_after_a_reload_nothing_is_lost(hand: Hand) -> None:
    drawn(hand)
    # the service cannot be reached for edits; the page itself can, as a phone in a lift
    hand.page.route("**/api/v1/results/*/objects", lambda route: route.abort())
    hand.tool("Draw outline")
    hand.drag((200, 200), (300, 200), (300, 300), (200, 300), (200, 205))
    expect(hand.page.locator("[data-saving]")).to_contain_text("Offline, 1 step waits", timeout=15_000)
    hand.has_objects(2)
    hand.page.reload()
    hand.page.get_by_test_id("picture").wait_for()
    expect(hand.page.locator("[data-saving=offline]")).to_be_visible(timeout=30_000)
    hand.has_objects(2)
    hand.page.unroute("**/api/v1/results/*/objects")
    # it may have tried again by itself meanwhile
    again = hand.page.get_by_role("button", name="Try again").or_(hand.page.locator("[data-saving=saved]"))
    again.first.click()
    hand.saved()
    hand.page.keyboard.press("Control+z")
    hand.saved()
    hand.has_objects(1)
    hand.page.reload()
    hand.saved()
    hand.has_objects(1)
    hand.page.keyboard.press("Control+z")  # a step from before the reload
    hand.saved()
    hand.has_objects(0)


@pytest.mark.console("ERR_FAILED", "status of 412")  # steps that are held back; what meets another's is refused
def test_two_people_see_each_other_and_decide_what_stays(browsing: Any, account: tuple[Path, str]) -> None:
    state, project = account
    one = open_blank(browsing.open(state=state), project, "example_touching_B01.tif")
    drawn(one, 300, 60, 80)
    second = browsing.open(state=state)
    second.goto(one.page.url)
    other = Hand(second)
    other.saved()
    other.has_objects(1)
    second.wait_for_timeout(2500)  # a page listens to others a moment after it stands
    # both move the same object; the other one does not hear of it in time
    second.route("**/api/v1/results/*/objects", lambda route: route.abort())
    other.tool("Move")
    other.drag((340, 100), (340, 300))
    expect(second.locator("[data-saving=offline]")).to_be_visible(timeout=15_000)
    # what the other one holds cannot be taken, until it is let go of
    one.tool("Move")
    one.page.wait_for_timeout(1000)
    one.drag((340, 100), (540, 100))
    expect(one.page.get_by_text("Somebody else is working on this")).to_be_visible()
    other.tool("Select")
    second.wait_for_timeout(1000)
    one.tool("Move")
    one.drag((340, 100), (540, 100))
    one.saved()
    second.unroute("**/api/v1/results/*/objects")
    conflict = second.get_by_role("alertdialog")
    conflict.wait_for(timeout=60_000)
    other.keep("conflict")
    conflict.get_by_role("button", name="Keep both").click()
    other.saved()
    other.has_objects(2)
    expect(one.page.get_by_role("table")).to_have_attribute("aria-rowcount", "3", timeout=30_000)


def test_steps_can_be_compared_and_gone_back_to(hand: Hand) -> None:
    drawn(hand)
    drawn(hand, 200, 200, 50)
    hand.page.get_by_role("tab", name="Versions").click()
    steps = hand.page.locator("[data-step]")
    expect(steps).to_have_count(3)
    hand.page.locator("[data-step='1']").get_by_role("button", name="Go back to this").click()
    hand.page.get_by_role("tab", name="Objects").click()
    expect(hand.page.get_by_role("table")).to_have_attribute("aria-rowcount", "2", timeout=30_000)


def test_an_object_is_drawn_with_the_keyboard_alone(hand: Hand) -> None:
    hand.page.get_by_test_id("picture").focus()
    hand.page.keyboard.press("n")
    for key in ("ArrowRight", "ArrowDown", "ArrowLeft"):
        hand.page.keyboard.press("Space")
        hand.page.keyboard.press(key)
        hand.page.wait_for_timeout(300)
    hand.page.keyboard.press("Space")
    hand.page.keyboard.press("Enter")
    hand.saved()
    hand.has_objects(1)
    hand.page.keyboard.press("Control+k")
    hand.page.get_by_role("combobox").fill("delete sel")
    hand.page.keyboard.press("Enter")
    hand.saved()
    hand.has_objects(0)
