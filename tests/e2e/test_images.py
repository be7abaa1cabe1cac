"""Images on their way and on the screen: a cut network, two people, many channels, slices and times."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def new_project(page: Page, name: str) -> str:
    """Make a project by the dialog; its address."""
    page.get_by_role("button", name="New project").first.click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/projects/*-*")
    return page.url


@pytest.mark.console("ERR_INTERNET_DISCONNECTED", "ERR_NETWORK_CHANGED")  # the network that is cut
def test_a_cut_network_and_a_reload_lose_no_file(browsing: Any, tmp_path: Path) -> None:
    page = browsing.open()
    browsing.sign_up(page, "train@example.org")
    project = new_project(page, "From the train")
    chance = np.random.default_rng(1)
    folder = tmp_path / "run"
    folder.mkdir()
    for i in range(6):
        tifffile.imwrite(folder / f"frame_{i}.tif", chance.integers(0, 4000, (1500, 1500), dtype=np.uint16))
    page.get_by_test_id("choose-folder").first.set_input_files(folder)
    page.get_by_role("region", name="Upload").wait_for()
    page.context.set_offline(True)
    page.wait_for_timeout(2000)
    page.context.set_offline(False)
    page.wait_for_timeout(500)
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    summary = f"{project.replace('/projects/', '/api/v1/projects/')}/summary"
    browsing.wait_for(page, summary, lambda answer: answer["n_images"] == 6)
    page.wait_for_timeout(3000)
    assert page.request.get(summary).json()["n_images"] == 6  # none twice


def test_what_was_asked_for_with_an_upload_is_done_when_nobody_is_there(browsing: Any, tmp_path: Path) -> None:
    page = browsing.open()
    browsing.sign_up(page, "evening@example.org")
    project = new_project(page, "Overnight")
    y, x = np.mgrid[:300, :300]
    files = []
    for i in range(5):
        disc = (np.hypot(y - 150, x - 150) > 40 + i) * 110 + 70
        files.append(tmp_path / f"well_{i}.tif")
        tifffile.imwrite(files[-1], disc.astype(np.uint8))
    page.get_by_test_id("choose-files").first.set_input_files(files)
    page.get_by_label("Segment when all files are in").check()
    page.get_by_text("5 of 5 files uploaded").wait_for(timeout=120_000)
    page.goto("about:blank")
    summary = f"{project.replace('/projects/', '/api/v1/projects/')}/summary"
    browsing.wait_for(page, summary, lambda answer: answer["by_segmentation_state"].get("done") == 5)


def test_two_people_see_the_same_at_once(browsing: Any, mailed_link: Callable[[str, str], str], tmp_path: Path) -> None:
    owner = browsing.open()
    browsing.sign_up(owner, "host@example.org")
    project = new_project(owner, "Together")
    owner.get_by_role("link", name="Settings").click()
    owner.get_by_label("E-mail").fill("visitor@example.org")
    owner.get_by_role("button", name="Invite").click()
    owner.get_by_text("visitor@example.org").wait_for()

    guest = browsing.open()
    browsing.sign_up(guest, "visitor@example.org")
    guest.goto(mailed_link("visitor@example.org", "invitation"))
    guest.wait_for_url("**/projects/*-*")
    guest.get_by_text("Drop images or folders here").first.wait_for()

    owner.goto(project)
    tifffile.imwrite(tmp_path / "shared.tif", np.zeros((64, 64), np.uint8))
    owner.get_by_test_id("choose-files").first.set_input_files(tmp_path / "shared.tif")
    guest.get_by_text("shared.tif").wait_for(timeout=60_000)  # nobody reloads


def test_channels_slices_and_times_of_a_16_bit_stack(browsing: Any, tmp_path: Path) -> None:
    page = browsing.open()
    browsing.sign_up(page, "stack@example.org")
    project = new_project(page, "Stack")
    stack = np.random.default_rng(2).integers(0, 60_000, (3, 2, 2, 96, 96), dtype=np.uint16)
    tifffile.imwrite(tmp_path / "stack.ome.tif", stack, metadata={"axes": "TZCYX"})
    page.get_by_test_id("choose-files").first.set_input_files(tmp_path / "stack.ome.tif")
    summary = f"{project.replace('/projects/', '/api/v1/projects/')}/summary"
    browsing.wait_for(page, summary, lambda answer: answer["by_state"].get("ready") == 1)
    page.reload()
    page.get_by_role("link", name="Open stack.ome.tif").click()
    time, slice_ = page.get_by_role("slider", name="Time"), page.get_by_role("slider", name="Slice")
    expect(time).to_have_attribute("max", "2")
    expect(slice_).to_have_attribute("max", "1")
    with page.expect_response(re.compile(r"/tiles/.*frame=1&")) as tile:
        time.focus()
        page.keyboard.press("ArrowRight")
    assert tile.value.ok
    page.get_by_role("tab", name="Display").click()
    expect(page.get_by_role("checkbox", name=re.compile("^Show "))).to_have_count(2)
