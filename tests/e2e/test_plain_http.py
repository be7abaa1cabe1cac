"""The service of the room next door, by its name and plain HTTP: browsers lack there what they grant to HTTPS and to loopback addresses."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect
from tests.e2e.conftest import OTHER_NAME
from tests.e2e.editing import Hand
from tests.e2e.test_journey import EXAMPLES

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.quick
@pytest.mark.console("Cross-Origin-Opener-Policy header has been ignored")  # a protection that browsers keep for HTTPS
def test_images_are_sent_outlined_and_corrected_by_plain_http(
    browser: Browser, service: str, browsing: Any, tmp_path: Path
) -> None:
    context = browser.new_context(base_url=f"http://{OTHER_NAME}:{urlsplit(service).port}", locale="en-GB")
    browsing.take(context)
    page = context.new_page()
    browsing.sign_up(page, "next.door@example.org")
    found = page.evaluate("[isSecureContext, 'randomUUID' in crypto, 'locks' in navigator]")
    assert found == [False, False, False]  # else this shows nothing
    folder = tmp_path / "plate 2"
    folder.mkdir()
    shutil.copy(EXAMPLES / "example_compact_A01.tif", folder)
    page.get_by_test_id("choose-folder").set_input_files(folder)
    page.wait_for_url("**/projects/*-*")
    page.get_by_role("button", name="Segment all").click()
    page.get_by_role("button", name="Segment", exact=True).click()
    expect(page.get_by_text(re.compile(r"^\d+ objects?( · [A-H]\d+)?$"))).to_have_count(1)
    page.get_by_role("link", name="Open example_compact_A01.tif").click()
    hand = Hand(page)
    page.locator("[data-saving=saved]").wait_for()
    hand.has_objects(1)
    hand.tool("Draw outline")
    hand.drag((20, 20), (80, 20), (80, 80), (20, 80), (20, 22))
    hand.has_objects(2)
    hand.saved()
    page.reload()
    hand.has_objects(2)
