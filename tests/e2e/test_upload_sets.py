"""A plate folder is uploaded in the browser: seen as a plate, then added."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from playwright.sync_api import expect
from tests.fixtures.operetta_plate import operetta

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.quick
def test_a_plate_folder_is_shown_as_a_plate_and_then_added(browsing: Any, tmp_path: Path) -> None:
    page = browsing.open()
    browsing.sign_up(page, "plates@example.org")
    for name, content in (operetta() | {"Plate1/protocol.txt": b"day 3"}).items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    page.get_by_test_id("choose-folder").first.set_input_files(tmp_path / "Plate1")
    page.wait_for_url("**/projects/*-*")
    summary = f"{page.url.replace('/projects/', '/api/v1/projects/')}/summary"
    preview = page.get_by_role("region", name="Plate1: what these files are")
    preview.get_by_text("2 images found in 10 files; nothing is added yet").wait_for()
    expect(preview.get_by_text("Operetta/Phenix plate", exact=False)).to_be_visible()
    first = preview.get_by_role("row").nth(1)
    for text in ("A01", "Brightfield, EGFP", "0.296 µm"):
        expect(first).to_contain_text(text)
    preview.get_by_role("button", name="1 file left out").click()
    expect(preview.get_by_text("Plate1/protocol.txt: no image")).to_be_visible()
    assert page.request.get(summary).json()["n_images"] == 0

    page.reload()  # what was understood is the service's, not the page's
    preview.get_by_role("button", name="Add 2 images").click()
    expect(preview).to_have_count(0, timeout=120_000)
    browsing.wait_for(page, summary, lambda answer: answer["by_state"].get("ready") == 2)
    page.get_by_role("link", name="Open A01_f1.ome.tif").wait_for()


def test_masks_are_left_out_and_pages_are_asked_for(browsing: Any, tmp_path: Path) -> None:
    page = browsing.open()
    browsing.sign_up(page, "masks@example.org")
    grey = np.random.default_rng(0).integers(0, 4_096, (3, 40, 64)).astype(np.uint16)
    for name, values in (
        ("images/B02.tif", grey[0]),
        ("masks/B02_masks.tif", (grey[0] > 9_999).astype(np.uint8)),
        ("images/pages.tif", grey),
    ):
        (tmp_path / "day 1" / name).parent.mkdir(parents=True, exist_ok=True)
        tifffile.imwrite(
            tmp_path / "day 1" / name, values, photometric="minisblack", metadata=None,
            resolution=(300, 300), resolutionunit="INCH",
        )  # fmt: skip
    page.get_by_test_id("choose-folder").first.set_input_files(tmp_path / "day 1")
    page.wait_for_url("**/projects/*-*")
    summary = f"{page.url.replace('/projects/', '/api/v1/projects/')}/summary"
    preview = page.get_by_role("region", name="day 1: what these files are")
    preview.get_by_text("2 images found in 3 files; nothing is added yet").wait_for()
    expect(preview.get_by_text("300 dots per inch", exact=False).first).to_be_visible()
    preview.get_by_role("button", name="1 file left out").click()
    expect(preview.get_by_text("day 1/masks/B02_masks.tif: label masks beside their images")).to_be_visible()
    stack = preview.get_by_role("row").filter(has_text="pages.tif")
    expect(stack).to_contain_text("of unknown meaning")

    preview.get_by_role("combobox", name="Pages of a file are").click()
    page.get_by_role("option", name="channels").click()
    preview.get_by_role("button", name="Read again").click()
    expect(stack).not_to_contain_text("of unknown meaning", timeout=60_000)
    expect(stack).to_contain_text("Channel 3")
    preview.get_by_role("button", name="Add 2 images").click()
    expect(preview).to_have_count(0, timeout=120_000)
    browsing.wait_for(page, summary, lambda answer: answer["by_state"].get("ready") == 2)
