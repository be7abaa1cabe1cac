"""From the example project to an IC50 that follows what a person does: in the layout, on the curve, on an outline."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from tests.e2e.test_pages import AXE, RULES

from spheroseg.examples import plate

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]
SLOW_MS = 240_000


def ic50(page: Page, compound: str) -> float:
    """The relative IC50 that the page says now."""
    said = page.get_by_test_id(f"ic50-{compound}").inner_text()
    found = re.search(r"IC50 ([\d.]+) \[", said)
    assert found is not None, said
    return float(found[1])


def pasted(factor: float) -> str:
    """The example's layout as a spreadsheet copies it, with the doses of betataxel times a factor."""
    rows = plate.layout()
    for row in rows:
        if row["compound"] == "betataxel":
            row["dose"] = f"{float(row['dose']) * factor:g}"
    return "\n".join("\t".join(line) for line in (rows[0], *(row.values() for row in rows)))


def test_from_the_example_to_an_ic50_that_follows(browsing: Any) -> None:
    page = browsing.open()
    page.set_default_timeout(SLOW_MS)
    expect.set_options(timeout=SLOW_MS)
    browsing.sign_up(page, "plate@example.org")
    page.get_by_role("button", name="Try the example project").click()
    page.wait_for_url("**/plate?*")
    project = page.url.split("/plate")[0]
    api = project.replace("/projects/", "/api/v1/projects/")
    n_images = len(plate.wells()) * len(plate.TIMES_H)
    browsing.wait_for(
        page, f"{api}/summary", lambda told: told["by_segmentation_state"].get("done") == n_images, seconds=900
    )

    work_through(page, project)
    assert browsing.troubles() == []


def work_through(page: Page, project: str) -> None:
    """What a person does with a plate that is outlined."""
    # the plate followed by itself; a well shows its pictures
    page.get_by_role("button", name=re.compile("^B05, alphaplatin 0.64 µM")).click()
    strip = page.get_by_role("region", name="B05")
    expect(strip.get_by_role("link")).to_have_count(len(plate.TIMES_H))

    page.get_by_role("tab", name="Dose–response").click()
    page.get_by_test_id("ic50-alphaplatin").wait_for()
    first = {compound: ic50(page, compound) for compound in plate.IC50_UM}
    assert first == pytest.approx(plate.IC50_UM, rel=0.15)

    # a point is left out by a click, and comes back by a key
    said = page.get_by_test_id("ic50-alphaplatin")
    before = said.inner_text()
    page.get_by_test_id("point-alphaplatin-B05").click()
    expect(page.get_by_test_id("point-alphaplatin-B05")).to_have_attribute("aria-pressed", "true")
    expect(said).not_to_have_text(before)
    page.get_by_role("tab", name="Quality").click()
    expect(page.get_by_role("region", name="Left out, and why")).to_contain_text("left out by click")
    expect(page.get_by_role("region", name="What leaving out changed")).to_contain_text("48 → 47")
    page.get_by_role("tab", name="Dose–response").click()
    page.get_by_test_id("point-alphaplatin-B05").press("Enter")
    expect(said).to_have_text(before)

    # in another window an outline is mended; the fit follows by itself
    other = page.context.new_page()
    other.goto(f"{project}/plate?response=growth-rate&well=B05")
    other.get_by_role("region", name="B05").get_by_role("link").last.click()
    picture = other.get_by_test_id("picture")
    picture.wait_for()
    other.locator("[data-saving=saved]").wait_for()
    box = picture.bounding_box()
    assert box is not None
    other.get_by_role("button", name="Delete by touch", exact=True).click()
    other.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    other.get_by_role("button", name="Draw outline", exact=True).click()
    middle, side = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2), box["height"] / 16
    for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        other.mouse.click(middle[0] + x * side, middle[1] + y * side)
    other.keyboard.press("Enter")
    expect(said).not_to_have_text(before)
    assert ic50(page, "alphaplatin") != first["alphaplatin"]

    # a pasted layout counts when it is kept
    page.get_by_role("tab", name="Layout").click()
    page.get_by_label("Paste a layout").fill(pasted(10))
    expect(page.get_by_role("gridcell", name=re.compile(r"^E09 betataxel\s*1600"))).to_be_visible()
    page.get_by_role("button", name="Save layout").click()
    page.get_by_role("tab", name="Dose–response").click()
    expect(page.get_by_test_id("ic50-betataxel")).to_contain_text(re.compile(r"IC50 (3|4)\d"))

    with page.expect_download() as report:
        page.get_by_role("link", name="Report: PDF").click()
    assert Path(report.value.path()).read_bytes().startswith(b"%PDF")

    for tab in ("plate", "growth", "doses", "quality", "layout"):
        page.goto(f"{project}/plate?tab={tab}&response=growth-rate&well=B05")
        page.get_by_role("tab", selected=True).wait_for()
        page.wait_for_load_state("networkidle")
        page.add_script_tag(path=AXE)
        found = page.evaluate("rules => axe.run(document, {runOnly: rules})", RULES)
        assert [(tab, each["id"]) for each in found["violations"]] == []
