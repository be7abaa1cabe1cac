"""The rest of a working day: many images at once, what is left out, a phone, another language."""

from __future__ import annotations

import csv
import io
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from playwright.sync_api import Page, expect
from tests.e2e.test_images import new_project

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

EXAMPLES = Path(__file__).parents[2] / "src" / "spheroseg" / "examples"
BORDER, CYSTS = "example_several_A03.tif", "example_cysts_C01.tif"


def uploaded(browsing: Any, page: Page, name: str, files: list[Path]) -> tuple[str, str]:
    """A project with these images, ready: its address, and that of the service's side of it."""
    project = new_project(page, name)
    api = project.replace("/projects/", "/api/v1/projects/")
    page.get_by_test_id("choose-files").first.set_input_files(files)
    browsing.wait_for(page, f"{api}/summary", lambda answer: answer["by_state"].get("ready") == len(files))
    page.reload()
    return project, api


def test_many_images_at_once_and_what_is_left_out(browsing: Any, tmp_path: Path) -> None:
    page = browsing.open()
    browsing.sign_up(page, "day@example.org")
    files = [Path(shutil.copy(EXAMPLES / name, tmp_path / name)) for name in (BORDER, CYSTS)]
    project, api = uploaded(browsing, page, "Day one", files)

    page.get_by_role("button", name="Select all").click()
    page.get_by_role("button", name="Edit details").click()
    dialog = page.get_by_role("dialog")
    for label, value in (("Plate", "P7"), ("Time of the image", "24"), ("Pixel size", "2")):
        dialog.get_by_label(label).fill(value)
    dialog.get_by_role("button", name="Save").click()
    page.get_by_text("2 images changed.").wait_for()
    expect(page.get_by_text(re.compile(r" · P7 · .* · 24 h"))).to_have_count(2, timeout=60_000)

    page.get_by_role("button", name="Segment 2 images").click()
    page.get_by_role("button", name="Segment", exact=True).click()
    # nobody reloads: the page leads on by itself
    expect(page.get_by_role("link", name="Review the outlines")).to_be_visible(timeout=240_000)
    page.get_by_role("link", name="See the results").click()
    expect(page.get_by_role("columnheader", name="Area (µm²)")).to_be_visible(timeout=60_000)

    page.get_by_role("link", name="Settings").click()
    rule = page.get_by_role("checkbox", name="Touches the border")
    rule.check()
    page.locator("form", has=rule).get_by_role("button", name="Save").click()
    browsing.wait_for(page, api, lambda answer: (answer["exclusion"] or {}).get("touches_border") is True, 30)

    page.goto(project)
    page.get_by_role("link", name=f"Open {CYSTS}").click()
    expect(page.locator("[title*='left out: ']").first).to_be_attached()  # said in the table, hatched in the picture
    page.get_by_role("tab", name="Display").click()
    page.get_by_label("Try another threshold").check()
    page.get_by_label("Apply to").click()
    page.get_by_role("option", name="All images of the project").click()
    page.get_by_role("button", name="Segment with this threshold").click()
    browsing.wait_for(page, f"{api}/runs", lambda answer: len(answer["items"]) == 2)
    browsing.wait_for(page, f"{api}/runs", lambda answer: answer["items"][0]["state"] == "done")
    again = page.request.get(f"{api}/runs").json()["items"][0]
    assert (again["n_items"], again["parameters"]["threshold"]) == (2, pytest.approx(0.5))

    page.goto(f"{project}/report?group=plate")
    expect(page.get_by_role("heading", name="Day one · Report")).to_be_visible()
    for sentence in ("Pixel size: 2 µm", re.compile("spheroid .* 2 of 2 done"), f"{CYSTS} · "):
        expect(page.get_by_text(sentence).first).to_be_visible()
    expect(page.get_by_role("cell", name="P7").first).to_be_visible()

    page.goto(f"{project}/exports")
    page.get_by_label("Table (CSV)").check()
    page.get_by_label("Also images that were excluded in review").check()
    page.get_by_role("button", name="Make export").click()
    with page.expect_download() as saved:
        page.get_by_role("link", name=re.compile("^Download")).click()
    assert "Day" in saved.value.suggested_filename
    with zipfile.ZipFile(saved.value.path()) as archive:
        table = next(name for name in archive.namelist() if name.endswith(".csv") and "object" in name)
        rows = list(csv.DictReader(io.StringIO(archive.read(table).decode("utf-8-sig"))))
    assert {row["plate"] for row in rows} == {"P7"}
    assert {row["well"] for row in rows} == {"A03", "C01"}
    assert {float(row["time_h"]) for row in rows} == {24.0}
    assert any("touches_border" in row["excluded"] for row in rows)


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
    browsing.wait_for(page, f"{api}/summary", lambda answer: answer["by_segmentation_state"].get("done") == 1)
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


def test_on_a_phone_no_tool_moves_the_picture(browsing: Any, account: tuple[Path, str]) -> None:
    state, project = account
    page = browsing.open(width=390, state=state)
    page.goto(project)
    page.get_by_role("link", name="Open example_touching_B01.tif").click()
    picture = page.get_by_test_id("picture")
    page.locator("[data-saving=saved]").wait_for()
    place = """(picture) => {
      const { top, height } = picture.getBoundingClientRect();
      return [top + scrollY, height]; // on the page: a button that is out of sight is scrolled to
    }"""
    before = picture.evaluate(place)
    for tool in ("Brush", "Draw outline", "Smart outline", "Split", "Move", "Edit vertices", "Select"):
        page.get_by_role("button", name=tool, exact=True).click()
        expect(page.get_by_role("group", name=tool, exact=True)).to_be_visible()
        assert picture.evaluate(place) == before, tool
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_why_a_file_failed_is_said_in_the_persons_language(browsing: Any, tmp_path: Path) -> None:
    page = browsing.open()
    browsing.sign_up(page, "slovo@example.org")
    content = cv2.imencode(".png", np.random.default_rng(1).integers(0, 255, (200, 200), np.uint8))[1].tobytes()
    half = tmp_path / "half.png"
    half.write_bytes(content[: len(content) // 2])
    project = new_project(page, "Slova")
    api = project.replace("/projects/", "/api/v1/projects/")
    page.get_by_test_id("choose-files").first.set_input_files(half)
    browsing.wait_for(page, f"{api}/summary", lambda answer: answer["by_state"].get("failed") == 1)
    page.evaluate("localStorage.setItem('spheroseg.language', 'cs')")
    page.goto(project)
    expect(page.get_by_title("soubor PNG je neúplný")).to_be_visible()
