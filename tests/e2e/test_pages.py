"""Each page in light and dark, wide and narrow: axe finds nothing, nothing sticks out, and a picture is kept to look at."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest
from bench.pages import BEFORE_SIGNING_IN, OF_A_PERSON, OF_A_PLATE, OF_IMAGES
from playwright.sync_api import Browser

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
OF_PROJECT = tuple(dict.fromkeys((*OF_IMAGES, *OF_A_PLATE)))
PICTURES = os.environ.get("SPHEROSEG_E2E_PICTURES")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]


def check(browsing: Any, addresses: tuple[str, ...], *, width: int, dark: bool, state: Path | None) -> list[str]:
    """What is wrong with pages: axe's violations, and content that is wider than the window."""
    page = browsing.open(width=width, dark=dark, state=state)
    wrong: list[str] = []
    for address in addresses:
        page.goto(address)
        page.wait_for_load_state("networkidle")
        page.locator("h1").first.wait_for(timeout=60_000)
        page.wait_for_timeout(700)
        page.add_script_tag(path=AXE)
        found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        wrong += [
            f"{address} {width} {'dark' if dark else 'light'}: {each['id']} {node['html'][:160]}"
            for each in found["violations"]
            for node in each["nodes"][:3]
        ]
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        if overflow > 0:
            wrong.append(f"{address} {width}: {overflow} px wider than the window")
        if PICTURES:
            name = address.strip("/").replace("/", "_").replace("?", "_")[-40:] or "start"
            page.screenshot(path=Path(PICTURES) / f"{name}-{width}-{'dark' if dark else 'light'}.png")
    return wrong


LOOKS = [(1440, False), (1024, True), (390, False), (390, True)]


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_pages_before_signing_in(browsing: Any, width: int, dark: bool) -> None:
    assert check(browsing, BEFORE_SIGNING_IN, width=width, dark=dark, state=None) == []


@pytest.mark.parametrize(("width", "dark"), LOOKS)
def test_pages_of_a_person(browsing: Any, account: tuple[Path, str], width: int, dark: bool) -> None:
    state, project = account
    images = f"{project.replace('/projects/', '/api/v1/projects/')}/images?sort=objects&descending=true"
    first = browsing.open(state=state).request.get(images).json()["items"][0]["id"]
    addresses = (*OF_A_PERSON, *(project + path for path in OF_PROJECT), f"{project}/images/{first}")
    assert check(browsing, addresses, width=width, dark=dark, state=state) == []


def test_pages_of_a_person_need_nothing_that_their_policy_forbids(
    browser: Browser, service: str, account: tuple[Path, str], browsing: Any
) -> None:
    state, project = account
    context = browser.new_context(base_url=service, locale="en-GB", storage_state=state, service_workers="block")
    browsing.take(context)  # what the policy forbids is said on the console
    page = context.new_page()
    for address in ("/projects", *(project + path for path in OF_PROJECT), "/settings", "/help"):
        page.goto(address)
        page.wait_for_load_state("networkidle")
    page.goto(f"{project}/results")
    grid = page.get_by_role("grid")
    grid.wait_for()
    # the grid's own colours and distances have arrived
    assert (
        grid.evaluate("element => getComputedStyle(element).getPropertyValue('--DataGrid-t-color-border-base')") != ""
    )


@pytest.mark.parametrize("width", [1024, 1280, 1440])
@pytest.mark.parametrize("language", ["en", "de", "fr", "cs", "es"])
def test_the_bar_of_the_images_is_one_row(browsing: Any, account: tuple[Path, str], language: str, width: int) -> None:
    state, project = account
    page = browsing.open(width=width, state=state)
    page.add_init_script(f"localStorage.setItem('spheroseg.language', '{language}')")
    for query in ("", "?segmentation=done", "?trash=true"):
        page.goto(project + query)
        search = page.get_by_role("searchbox")
        bar = page.locator(".MuiStack-root", has=search).last
        if query == "?trash=true":
            bar.get_by_role("button").last.wait_for()
            assert bar.bounding_box()["height"] < 60, query
            continue
        chosen = page.locator("input[type=checkbox]").first
        for is_chosen in (False, True):
            chosen.set_checked(is_chosen)
            assert bar.bounding_box()["height"] < 60, (query, is_chosen)


@pytest.mark.console("ERR_INTERNET_DISCONNECTED")  # there is no network
def test_the_menus_of_the_bar_open_when_the_network_has_gone(browsing: Any, account: tuple[Path, str]) -> None:
    state, _ = account
    page = browsing.open(state=state)
    with page.expect_response(re.compile("/AccountMenu-")):  # nobody has opened it
        page.goto("/projects")
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="Settings").wait_for()
