"""One row of the example plate, uploaded as a folder: the plate page in small; the whole plate is in `test_plate.py`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from tests.e2e.test_plate import DRUG, SLOW_MS, csrf, ic50, ic50s_of, leave_out_and_take_back, open_doses

from spheroseg.examples import plate

pytestmark = [pytest.mark.slow, pytest.mark.quick, pytest.mark.timeout(600)]
ROW = "B"


def test_a_row_of_doses_from_a_folder_to_its_ic50(browsing: Any, tmp_path: Path) -> None:
    page = browsing.open()
    page.set_default_timeout(SLOW_MS)
    browsing.sign_up(page, "row@example.org")
    folder = tmp_path / "row B"
    folder.mkdir()
    for name, content in plate.files(only_wells=ROW):
        (folder / name).write_bytes(content)
    n_images = len(list(folder.iterdir()))
    page.get_by_test_id("choose-folder").set_input_files(folder)
    page.wait_for_url("**/projects/*-*")
    project = page.url.split("?")[0]
    api = project.replace("/projects/", "/api/v1/projects/")
    browsing.wait_for(page, f"{api}/summary", lambda answer: answer["by_state"].get("ready") == n_images)
    empty = page.request.get(f"{api}/layout")
    wells = [each for each in plate.layout() if each["well"].startswith(ROW)]
    laid_out = page.request.put(
        f"{api}/layout",
        data={"wells": wells, "exclusions": []},
        headers={"If-Match": empty.headers["etag"], **csrf(page)},
    )
    assert laid_out.ok, laid_out.text()
    page.reload()
    page.get_by_role("button", name="Segment all").click()
    page.get_by_role("button", name="Segment", exact=True).click()
    browsing.wait_for(page, f"{api}/summary", lambda answer: answer["by_segmentation_state"].get("done") == n_images)

    open_doses(page, project)
    assert ic50(page, DRUG) == pytest.approx(plate.IC50_UM[DRUG], rel=0.3)
    leave_out_and_take_back(page, api, ic50s_of(page, DRUG))
    page.goto(f"{project}/plate?response=growth-rate")
    page.get_by_role("button", name=re.compile(f"^{ROW}05, {DRUG} 0.64 µM")).click()
    strip = page.get_by_role("region", name=f"{ROW}05")
    expect(strip.get_by_role("link")).to_have_count(len(plate.TIMES_H))
