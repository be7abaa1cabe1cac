"""What a person does: sign up, upload a folder, segment, watch, look, export; with a reload at every step."""

from __future__ import annotations

import io
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Browser, expect

EXAMPLES = Path(__file__).parents[2] / "src" / "spheroseg" / "examples"
SLOW_MS = 120_000

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.quick
def test_from_a_folder_to_a_table(browsing: Any, tmp_path: Path) -> None:
    page = browsing.open()
    page.set_default_timeout(SLOW_MS)
    browsing.sign_up(page, "journey@example.org")
    page.get_by_text("Drop a folder of images here").wait_for()

    folder = tmp_path / "plate 1"
    folder.mkdir()
    for name in ("example_compact_A01.tif", "example_nuclei_C02.tif", "example_cysts_C01.tif"):
        shutil.copy(EXAMPLES / name, folder / name)
    (folder / "notes.txt").write_text("no image")
    page.get_by_test_id("choose-folder").set_input_files(folder)
    page.wait_for_url("**/projects/*-*")
    project = page.url
    page.get_by_role("heading", name="plate 1").wait_for()
    page.get_by_text("3 of 3 files uploaded").wait_for()
    page.reload()
    summary = f"{project.replace('/projects/', '/api/v1/projects/')}/summary"
    browsing.wait_for(page, summary, lambda answer: answer["by_state"].get("ready") == 3)

    page.reload()
    page.get_by_role("button", name="Segment all").click()
    page.get_by_role("button", name="Segment", exact=True).click()
    # no reload here: the page has to hear of it
    expect(page.get_by_text(re.compile(r"^\d+ objects?( · [A-H]\d+)?$"))).to_have_count(3, timeout=240_000)

    page.get_by_role("link", name="Open example_nuclei_C02.tif").click()
    page.get_by_role("tab", name="Objects").wait_for()
    row = page.locator('[data-number="3"]')
    row.click()
    expect(row).to_have_attribute("aria-selected", "true")
    page.get_by_role("tab", name="Display").click()
    page.get_by_label("Try another threshold").click()
    page.get_by_role("tab", name="Objects").click()
    page.get_by_text(re.compile("^Preview: ")).wait_for()

    page.goto(f"{project}/results")
    page.get_by_role("table", name=re.compile("^Statistics by group: Equivalent diameter")).wait_for()
    page.get_by_role("button", name="Box plot").click()
    page.reload()
    page.get_by_role("group", name=re.compile("^Box plot: Equivalent diameter")).wait_for()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download CSV").click()
    lines = Path(saved.value.path()).read_text("utf-8-sig").splitlines()
    assert "equivalent_diameter_um" in lines[0]
    assert any("example_nuclei_C02.tif" in line for line in lines[1:])

    page.goto(f"{project}/exports")
    page.get_by_role("button", name="Make export").click()
    with page.expect_download() as archive:
        page.get_by_role("link", name=re.compile("^Download")).click()
    with zipfile.ZipFile(Path(archive.value.path())) as content:
        workbook = next(name for name in content.namelist() if name.endswith(".xlsx"))
        sheets = openpyxl.load_workbook(io.BytesIO(content.read(workbook))).sheetnames
    assert len(sheets) >= 2  # the measures and what they mean


@pytest.mark.console("status of 404")  # a project that was not shared
def test_two_people_in_one_project(browsing: Any) -> None:
    owner = browsing.open()
    browsing.sign_up(owner, "owner@example.org")
    owner.get_by_role("button", name="New project").first.click()
    owner.get_by_label("Name").fill("Shared")
    owner.get_by_role("button", name="Create").click()
    owner.wait_for_url("**/projects/*-*")
    owner.get_by_role("link", name="Settings").click()
    owner.get_by_label("E-mail").fill("guest@example.org")
    owner.get_by_role("button", name="Invite").click()
    owner.get_by_text("guest@example.org").wait_for()

    guest = browsing.open()
    browsing.sign_up(guest, "guest@example.org")
    guest.goto(owner.url)
    guest.get_by_text("it was not shared with you").wait_for()


@pytest.mark.console("ERR_INTERNET_DISCONNECTED")  # the network is cut at the end
def test_the_page_works_under_its_own_policy_and_without_a_network(
    browser: Browser, service: str, browsing: Any
) -> None:
    context = browser.new_context(base_url=service, locale="en-GB")
    browsing.take(context)
    page = context.new_page()
    page.goto("/")
    page.get_by_role("link", name="Start now").wait_for()
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()  # from the browser's own copy: a 304 must not bring another policy
    page.get_by_role("link", name="Start now").wait_for()
    context.set_offline(True)
    page.reload()
    page.get_by_role("link", name="Start now").wait_for()
