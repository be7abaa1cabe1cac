"""What a hand has drawn is kept, whenever it leaves: before the editor is ready, and in the moment after the last stroke."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route
from tests.e2e.editing import Hand, open_blank, outlines


def result_of(page: Page, image: str) -> str:
    """The version of an image's first time point that is shown."""
    return str(page.request.get(f"/api/v1/images/{image}/frames").json()[0]["result_id"])


def there(page: Page, result: str, n: int) -> bool:
    """Whether the service comes to have so many objects."""
    for _ in range(60):
        if len(outlines(page, result)) == n:
            return True
        page.wait_for_timeout(500)
    return False


class Held:
    """Requests that get no answer until somebody lets them go on."""

    def __init__(self) -> None:
        self.routes: list[Route] = []
        self.is_open = False

    def keep(self, route: Route) -> None:
        """Answer nothing, until it is open."""
        if self.is_open:
            route.continue_()
        else:
            self.routes.append(route)

    def let_go(self) -> None:
        """What waited goes on, and what comes after it."""
        self.is_open = True
        for route in self.routes:
            route.continue_()


def stroke(hand: Hand) -> None:
    """An outline in one movement."""
    hand.drag((300, 200), (400, 200), (400, 300), (300, 300), (300, 202))


def onward(browsing: Any, account: tuple[Path, str], requests: str) -> tuple[Hand, Held, str]:
    """(hand with a tool to draw, what is held, image) on the way to another image, whose `requests` get no answer."""
    state, project = account
    page = browsing.open(state=state)
    hand = open_blank(page, project, "example_several_A03.tif")
    was = page.url
    hand.tool("Draw outline")
    key = "<" if page.get_by_role("button", name="Previous image").is_enabled() else ">"
    held = Held()
    page.route(requests, held.keep)
    with page.expect_response(re.compile(r"/api/v1/images/[0-9a-f-]{36}$")):
        page.keyboard.press(key)
        page.wait_for_url(lambda url: url != was)
    while not held.routes:
        page.wait_for_timeout(50)
    return hand, held, page.url.split("/images/")[1].split("?")[0]


def test_what_is_drawn_before_the_editor_is_ready_is_kept(browsing: Any, account: tuple[Path, str]) -> None:
    # what the editor has to know before it is ready
    hand, held, image = onward(browsing, account, "**/api/v1/results/*/edits*")
    page = hand.page
    result = result_of(page, image)
    before = len(outlines(page, result))
    page.get_by_test_id("picture").locator("canvas").first.wait_for()
    stroke(hand)
    hand.has_objects(before + 1)  # shown at once
    assert len(outlines(page, result)) == before
    held.let_go()
    assert there(page, result, before + 1)


def test_nobody_is_offered_to_draw_before_it_is_known_on_what(browsing: Any, account: tuple[Path, str]) -> None:
    hand, held, image = onward(browsing, account, "**/api/v1/images/*/frames")
    page = hand.page
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.get_by_test_id("picture").count() == 0
    held.let_go()
    page.get_by_test_id("picture").locator("canvas").first.wait_for()
    result = result_of(page, image)
    before = len(outlines(page, result))
    stroke(hand)
    assert there(page, result, before + 1)


def test_what_is_drawn_in_the_last_moment_is_sent_by_whatever_page_comes_next(hand: Hand) -> None:
    page = hand.page
    result = result_of(page, page.url.split("/images/")[1].split("?")[0])
    hand.tool("Draw outline")
    held = Held()
    page.route("**/api/v1/results/*/objects*", held.keep)  # it never arrives from this page
    stroke(hand)
    while not held.routes:
        page.wait_for_timeout(50)
    assert len(outlines(page, result)) == 0
    held.is_open = True  # for the next page; what is on its way goes with this one
    page.goto("/projects")
    assert there(page, result, 1)
