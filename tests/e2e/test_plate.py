"""From the example project to the IC50s that were rendered into it, and what follows from each thing that a person does there."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from playwright.sync_api import Page, expect
from tests.e2e.editing import Hand

from spheroseg.examples import plate

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]
SLOW_MS = 240_000
DRUG = "alphaplatin"
SIDE_PX = 192
"""Of the example's images."""


def ic50(page: Page, compound: str) -> float:
    """The relative IC50 that the page says now."""
    said = page.get_by_test_id(f"ic50-{compound}").inner_text()
    found = re.search(r"IC50 ([\d.]+) \[", said)
    assert found is not None, said
    return float(found[1])


def says_another(page: Page, compound: str, before: str) -> str:
    """Wait until the page says something else of a compound's IC50s; what it says then."""
    told = page.get_by_test_id(f"ic50-{compound}")
    expect(told).not_to_have_text(before)
    return told.inner_text()


def test_from_the_example_to_its_ic50(browsing: Any, tmp_path: Path) -> None:
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
    # the plate followed by itself; a well shows its pictures
    page.get_by_role("button", name=re.compile("^B05, alphaplatin 0.64 µM")).click()
    strip = page.get_by_role("region", name="B05")
    expect(strip.get_by_role("link")).to_have_count(len(plate.TIMES_H))
    last = strip.get_by_role("link").last.get_attribute("href")

    page.get_by_role("tab", name="Dose–response").click()
    page.get_by_test_id(f"ic50-{DRUG}").wait_for()
    first = {compound: ic50(page, compound) for compound in plate.IC50_UM}
    assert first == pytest.approx(plate.IC50_UM, rel=0.15)
    whole = page.get_by_test_id(f"ic50-{DRUG}").inner_text()

    leave_out_and_take_back(page, api, whole)
    mended = mend_an_outline(browsing, page, str(last), whole)
    assert report_says_what_the_command_line_says(page, api, tmp_path) == mended
    paste_a_layout(page, api)
    # the browser itself says that the table of cell lines was refused
    assert [each for each in browsing.troubles() if "status of 422" not in each] == []
    assert len(browsing.troubles()) == 1


def leave_out_and_take_back(page: Page, api: str, whole: str) -> None:
    """A click on a point leaves its well out, which is recorded; another one brings everything back as it was."""
    point = page.get_by_test_id(f"point-{DRUG}-B05")
    point.click()
    without = says_another(page, DRUG, whole)
    expect(point).to_have_attribute("aria-pressed", "true")
    kept = page.request.get(f"{api}/layout").json()["exclusions"]
    assert [(each["well"], each["excluded_by"]) for each in kept] == [("B05", "Ada Test")]
    page.get_by_role("tab", name="Quality").click()
    expect(page.get_by_role("button", name=re.compile("^B05: "))).to_be_visible()
    page.get_by_role("tab", name="Dose–response").click()
    expect(page.get_by_test_id(f"ic50-{DRUG}")).to_have_text(without)
    point.click()
    expect(page.get_by_test_id(f"ic50-{DRUG}")).to_have_text(whole)


def mend_an_outline(browsing: Any, page: Page, image: str, before: str) -> float:
    """An outline is painted larger in another window; the curve on this one follows by itself. The IC50 that it says then."""
    other = page.context.new_page()
    other.goto(image)
    other.get_by_test_id("picture").wait_for()
    hand = Hand(other, SIDE_PX, SIDE_PX)
    hand.tool("Brush")
    middle = SIDE_PX / 2
    hand.drag((middle, middle), (middle + 70, middle), (middle + 70, middle + 10), (middle, middle + 10))
    hand.saved()
    says_another(page, DRUG, before)
    other.close()
    return ic50(page, DRUG)


def report_says_what_the_command_line_says(page: Page, api: str, folder: Path) -> float:
    """The report opens, and its tables have the numbers that the command line makes of the same objects; the IC50 as it is shown."""
    html = page.request.get(f"{api}/analysis/report?response=volume&format=html")
    assert html.ok
    reader = page.context.new_page()
    reader.set_content(html.text())
    expect(reader.get_by_text(DRUG).first).to_be_visible()
    assert reader.locator("img, svg").count() >= 4
    reader.close()
    archive = zipfile.ZipFile(io.BytesIO(page.request.get(f"{api}/analysis/report?response=volume&format=zip").body()))
    token = next(each["value"] for each in page.context.cookies() if each["name"] == "spheroseg_csrf")
    table = page.request.post(f"{api}/table", data={}, headers={"X-CSRF-Token": token})
    (folder / "objects.csv").write_bytes(table.body())
    pd.DataFrame(plate.layout()).to_csv(folder / "layout.csv", index=False)
    command = [sys.executable, "-m", "spheroseg", "analyse", "objects.csv", "--layout", "layout.csv", "--out", "out"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for name in ("dose_response", "growth", "plate"):
        by_service, by_cli = pd.read_csv(archive.open(f"{name}.csv")), pd.read_csv(folder / "out" / f"{name}.csv")
        numbers = by_cli.select_dtypes("number").columns
        assert len(numbers) > 3
        np.testing.assert_allclose(by_service[numbers].astype(float), by_cli[numbers].astype(float), rtol=1e-6)
    told = pd.read_csv(folder / "out" / "dose_response.csv").set_index("compound")["ic50_relative"]
    return float(f"{told[DRUG]:.3g}")


def paste_a_layout(page: Page, api: str) -> None:
    """A table from a spreadsheet becomes the layout; one that makes no sense is refused by name and changes nothing."""
    page.get_by_role("tab", name="Layout").click()
    field = page.get_by_label("Paste a layout")
    field.fill("well\tcompound\tdose\tdose_unit\nA549\tgamma\t1\tµM\n")
    expect(page.get_by_text(re.compile("no well.*A549"))).to_be_visible()
    rows = [f"{well['well']}\tgamma\t{well['dose']}\t{well['dose_unit']}\t{well['control']}" for well in plate.layout()]
    field.fill("\n".join(["well\tcompound\tdose\tdose_unit\tcontrol", *rows]))
    expect(page.get_by_role("gridcell", name=re.compile("^B05 gamma 0.64 µM"))).to_be_visible()
    page.get_by_role("button", name="Save layout").click()
    expect(page.get_by_role("button", name="Save layout")).to_be_disabled()
    assert {each["compound"] for each in page.request.get(f"{api}/layout").json()["wells"]} <= {"gamma", ""}
    page.get_by_role("tab", name="Dose–response").click()
    page.get_by_test_id("ic50-gamma").wait_for()
