"""The rest of a working day: many images at once, what is left out, a stack's slice, an image that comes back, a phone, another language."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from playwright.sync_api import Page, expect
from tests.e2e.test_images import new_project

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def uploaded(browsing: Any, page: Page, name: str, files: list[Path]) -> tuple[str, str]:
    """A project with these images, ready: its address, and that of the service's side of it."""
    project = new_project(page, name)
    api = project.replace("/projects/", "/api/v1/projects/")
    page.get_by_test_id("choose-files").first.set_input_files(files)
    browsing.wait_for(page, f"{api}/summary", lambda told: told["by_state"].get("ready") == len(files))
    page.reload()
    return project, api


def test_a_stack_is_shown_as_it_was_outlined(browsing: Any, tmp_path: Path) -> None:
    page = browsing.open()
    browsing.sign_up(page, "slices@example.org")
    y, x = np.mgrid[:256, :256]
    stack = np.full((4, 2, 256, 256), 900, np.uint16)
    stack[1, 1] += np.where(np.hypot(y - 128, x - 128) < 50, 9000, 0).astype(np.uint16)
    path = tmp_path / "stack.ome.tif"
    tifffile.imwrite(path, stack, metadata={"axes": "ZCYX", "Channel": {"Name": ["DAPI", "GFP"]}})
    _, api = uploaded(browsing, page, "Slices", [path])
    page.get_by_role("button", name="Segment all").click()
    dialog = page.get_by_role("dialog")
    for label, option in (("Channel", "GFP"), ("Slice", "Slice 2")):
        dialog.get_by_label(label, exact=True).click()
        page.get_by_role("option", name=option).click()
    dialog.get_by_role("button", name="Segment", exact=True).click()
    browsing.wait_for(page, f"{api}/summary", lambda told: told["by_segmentation_state"].get("done") == 1)
    page.get_by_role("link", name="Open stack.ome.tif").click()
    slider = page.get_by_role("slider", name="Slice")
    expect(slider).to_have_value("1")
    with page.expect_response(re.compile(r"/tiles/.*z=max")) as tile:
        page.get_by_role("button", name="Maximum projection").click()
    assert tile.value.ok
    page.get_by_role("button", name="Maximum projection").click()
    expect(slider).to_have_value("1")
    page.get_by_role("tab", name="Display").click()
    for channel in ("DAPI", "GFP"):
        expect(page.get_by_role("checkbox", name=f"Show {channel}")).to_be_checked()
