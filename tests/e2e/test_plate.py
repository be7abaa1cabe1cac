"""From the example project to a well's pictures and the IC50s that were rendered into it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from spheroseg.examples import plate

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]
SLOW_MS = 240_000


def ic50(page: Page, compound: str) -> float:
    """The relative IC50 that the page says now."""
    said = page.get_by_test_id(f"ic50-{compound}").inner_text()
    found = re.search(r"IC50 ([\d.]+) \[", said)
    assert found is not None, said
    return float(found[1])


def test_from_the_example_to_its_ic50(browsing: Any) -> None:
    page = browsing.open()
    page.set_default_timeout(SLOW_MS)
    expect.set_options(timeout=SLOW_MS)
    browsing.sign_up(page, "plate@example.org")
    page.get_by_role("button", name="Try the example project").click()
    page.wait_for_url("**/plate?*", timeout=900_000)  # 352 images are rendered first
    project = page.url.split("/plate")[0]
    api = project.replace("/projects/", "/api/v1/projects/")
    n_images = len(plate.wells()) * len(plate.TIMES_H)
    browsing.wait_for(
        page, f"{api}/summary", lambda told: told["by_segmentation_state"].get("done") == n_images, seconds=900
    )

    work_through(page, project)


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
