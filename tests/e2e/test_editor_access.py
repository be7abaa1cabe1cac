"""The editor for everybody: axe with an object chosen and each panel open, and every tool by its key alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.editing import Hand, drawn, open_blank

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
PANELS = {
    "class": "c",
    "smooth": "Shift+S",
    "simplify": "Shift+P",
    "grow": "Shift+G",
    "snap": "Shift+E",
    "copy": "Shift+N",
    "filter": "Shift+D",
    "palette": "Control+k",
    "keys": "?",
}
PANEL = "[role=dialog], main [role=region][aria-labelledby]"
TOOLS = {
    "v": "Select",
    "e": "Edit vertices",
    "a": "Reshape",
    "n": "Draw outline",
    "l": "Magnetic outline",
    "w": "Smart outline",
    "b": "Brush",
    "x": "Eraser",
    "s": "Split",
    "h": "Hole",
    "m": "Merge",
    "g": "Move",
    "d": "Delete by touch",
}


def violations(page: Page, where: str, part: str | None = None) -> list[str]:
    """What axe finds on the page as it stands, or in one part of it."""
    page.wait_for_timeout(400)  # panels fade in, and half-faded text has no contrast
    found = page.evaluate("([part, rules]) => axe.run(part ?? document, {runOnly: rules})", [part, RULES])
    return [f"{where}: {each['id']} {node['html'][:160]}" for each in found["violations"] for node in each["nodes"][:3]]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_with_any_panel_open(browsing: Any, account: tuple[Path, str], dark: bool) -> None:
    state, project = account
    page = browsing.open(state=state, dark=dark)
    hand = open_blank(page, project, "example_several_A03.tif")
    drawn(hand)
    page.add_script_tag(path=AXE)
    wrong = violations(page, "an object chosen")
    for name, key in PANELS.items():
        hand.tool("Select")
        hand.click((40, 40))
        page.keyboard.press(key)
        panel = page.locator(PANEL)
        panel.wait_for()
        wrong += violations(page, name, PANEL)
        hand.keep(f"panel-{name}-{'dark' if dark else 'light'}")
        page.keyboard.press("Escape")
        expect(panel).to_have_count(0)
    for tab in ("Display", "Versions", "Image"):
        page.get_by_role("tab", name=tab).click()
        wrong += violations(page, tab, "[role=tabpanel]")
    for key in ("n", "b"):  # the tools with most to set
        page.keyboard.press(key)
        wrong += violations(page, TOOLS[key], "[role=group]")
    assert wrong == []


def test_every_tool_has_its_key_and_the_focus_is_seen(hand: Hand) -> None:
    page = hand.page
    drawn(hand)
    page.get_by_test_id("picture").focus()
    for key, tool in TOOLS.items():
        page.keyboard.press(key)
        expect(page.get_by_role("button", name=tool, exact=True)).to_have_attribute("aria-pressed", "true")
        expect(page.get_by_role("button", name=tool, exact=True)).to_have_attribute("aria-keyshortcuts", key.upper())
    unseen = []
    page.keyboard.press("v")
    names = set()
    for _ in range(60):
        page.keyboard.press("Tab")
        name, is_seen = page.evaluate(
            """() => {
                const here = document.activeElement
                const styles = [here, ...here.querySelectorAll('*'), here.parentElement].map((one) => getComputedStyle(one))
                // a field's frame becomes thicker
                const frame = here.parentElement.querySelector('fieldset')
                const isFramed = frame !== null && parseFloat(getComputedStyle(frame).borderTopWidth) >= 2
                const isSeen = isFramed || styles.some((each) => each.outlineStyle !== 'none' && parseFloat(each.outlineWidth) > 0)
                const name = here.getAttribute('aria-label') ?? here.dataset.testid ?? here.textContent.slice(0, 30)
                return [`${here.tagName} ${name}`, isSeen]
            }"""
        )
        names.add(name)
        if not is_seen and not name.startswith("BODY"):  # the walk has come to the end of the page
            unseen.append(name)
    assert sorted(unseen) == []
    assert len(names) > 25

    page.get_by_test_id("picture").focus()
    for key in PANELS.values():
        page.keyboard.press(key)
        page.locator(PANEL).wait_for()
        page.keyboard.press("Escape")
        expect(page.locator(PANEL)).to_have_count(0)
        expect(page.get_by_test_id("picture")).to_be_focused()
