"""From the example project to a well's pictures and the IC50s that were rendered into it."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from playwright.sync_api import Page, expect
from tests.e2e.editing import Hand

from spheroseg.examples import plate

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]
SLOW_MS = 240_000
DRUG = "alphaplatin"
SIDE_PX = 192
"""Of each image of the example."""


def ic50(page: Page, compound: str) -> float:
    """The relative IC50 that the page says now."""
    sentence = page.get_by_test_id(f"ic50-{compound}").inner_text()
    found = re.search(r"IC50 ([\d.]+) \[", sentence)
    assert found is not None, sentence
    return float(found[1])


@pytest.mark.console("status of 422 .*/layout/read")  # a pasted layout that makes no sense
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
        page, f"{api}/summary", lambda answer: answer["by_segmentation_state"].get("done") == n_images, seconds=900
    )

    work_through(page, project)


def work_through(page: Page, project: str) -> None:
    """What a person does with a plate that is outlined."""
    api = project.replace("/projects/", "/api/v1/projects/")
    open_doses(page, project)
    first = {compound: ic50(page, compound) for compound in plate.IC50_UM}
    assert first == pytest.approx(plate.IC50_UM, rel=0.15)
    whole = ic50s_of(page, DRUG)
    leave_out_and_take_back(page, api, whole)
    leave_out_by_keys(page, api, whole)
    take_along(page)
    know_what_to_look_at(page, api)
    lay_out(page, project, api)
    mend_an_outline(page, project, whole)


def ic50s_of(page: Page, compound: str) -> str:
    """What the page says of a compound's IC50s."""
    return page.get_by_test_id(f"ic50-{compound}").inner_text()


def open_doses(page: Page, project: str) -> None:
    """The fits of the plate."""
    page.goto(f"{project}/plate?response=growth-rate&tab=doses")
    page.get_by_test_id(f"ic50-{DRUG}").wait_for()


def leave_out_and_take_back(page: Page, api: str, whole: str) -> None:
    """A click on a point leaves its well out, which is recorded; another one brings everything back as it was."""
    point = page.get_by_test_id(f"point-{DRUG}-B05")
    point.click()
    expect(page.get_by_test_id(f"ic50-{DRUG}")).not_to_have_text(whole)
    expect(point).to_have_attribute("aria-pressed", "true")
    without = ic50s_of(page, DRUG)
    kept = page.request.get(f"{api}/layout").json()["exclusions"]
    assert [(each["well"], each["excluded_by"]) for each in kept] == [("B05", "Ada Test")]
    page.get_by_role("tab", name="Quality").click()
    expect(page.get_by_role("button", name=re.compile("^B05: "))).to_be_visible()
    page.get_by_role("tab", name="Dose–response").click()
    expect(page.get_by_test_id(f"ic50-{DRUG}")).to_have_text(without)
    point.click()
    expect(page.get_by_test_id(f"ic50-{DRUG}")).to_have_text(whole)
    expect(point).to_have_attribute("aria-pressed", "false")
    assert page.request.get(f"{api}/layout").json()["exclusions"] == []


def leave_out_by_keys(page: Page, api: str, whole: str) -> None:
    """The same by the keyboard alone: Tab to the chart, arrows to the point, Enter."""
    page.get_by_role("tab", name="Dose–response").focus()
    in_focus = "document.activeElement.getAttribute('data-testid') ?? ''"
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate(in_focus).startswith(f"point-{DRUG}-"):
            break
    for _ in range(100):
        if page.evaluate(in_focus) == f"point-{DRUG}-C05":
            break
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    point = page.get_by_test_id(f"point-{DRUG}-C05")
    expect(point).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_test_id(f"ic50-{DRUG}")).not_to_have_text(whole)
    assert [each["well"] for each in page.request.get(f"{api}/layout").json()["exclusions"]] == ["C05"]
    expect(point).to_be_focused()  # so that Enter takes it back
    page.keyboard.press("Enter")
    expect(page.get_by_test_id(f"ic50-{DRUG}")).to_have_text(whole)


def take_along(page: Page) -> None:
    """A chart as SVG, PNG and data, and the report whose table says what the page says."""
    chart = page.locator("figure", has=page.get_by_test_id(f"point-{DRUG}-B05"))
    begins = {"SVG": b"<svg", "PNG": b"\x89PNG", "Data": b""}
    files = {}
    for name, start in begins.items():
        with page.expect_download() as saved:
            chart.get_by_role("button", name=name).click()
        files[name] = Path(saved.value.path()).read_bytes()
        assert files[name].startswith(start), name
    assert files["SVG"].count(b"<circle") > 2 * 32  # each well, and its residual
    assert len(files["PNG"]) > 5_000
    data = pd.read_csv(io.BytesIO(files["Data"])).set_index("compound")
    with page.expect_download() as saved:
        page.get_by_role("link", name="Report: ZIP").click()
    with zipfile.ZipFile(saved.value.path()) as archive:
        report = pd.read_csv(archive.open("dose_response.csv")).set_index("compound")
        assert {"report.pdf", "report.html", "growth.csv", "plate.csv"} <= set(archive.namelist())
    for compound in plate.IC50_UM:
        assert ic50(page, compound) == pytest.approx(report.loc[compound, "ic50_relative"], rel=0.01)
        assert data.loc[compound, "ic50_relative"] == pytest.approx(report.loc[compound, "ic50_relative"], rel=1e-6)


def csrf(page: Page) -> dict[str, str]:
    """What a change by cookie has to carry."""
    return {"X-CSRF-Token": next(each["value"] for each in page.context.cookies() if each["name"] == "spheroseg_csrf")}


def know_what_to_look_at(page: Page, api: str) -> None:
    """The images by how far their outlines can move an IC50, on the page as the service says it."""
    page.get_by_role("tab", name="Quality").click()
    order = page.request.get(f"{api}/analysis/review-order?response=growth-rate&limit=25").json()
    table = page.get_by_role("table", name="Images whose outline can move an IC50 most")
    expect(table.get_by_role("link").first).to_have_text(order["steps"][0]["name"])
    expect(table.get_by_role("link")).to_have_count(len(order["steps"]))
    enough = page.get_by_text(re.compile("^Looking at more images cannot move an IC50"))
    expect(enough).to_have_count(0)
    page.goto("about:blank")
    whole = page.request.get(f"{api}/analysis/review-order?response=growth-rate&limit=2000").json()
    for image_id, frame in {(step["image_id"], step["frame"]) for step in whole["steps"] if step["can_change"]}:
        at = f"{api.split('/projects/', maxsplit=1)[0]}/images/{image_id}/frames/{frame}/review"
        assert page.request.put(at, data={"state": "accepted"}, headers=csrf(page)).ok
    page.goto(f"{api.replace('/api/v1', '')}/plate?response=growth-rate&tab=quality")
    expect(enough).to_be_visible()


def lay_out(page: Page, project: str, api: str) -> None:
    """A layout is pasted as a spreadsheet has it, undone, painted, filled along a dilution and saved; a mistake is said and nothing is lost."""
    before = page.request.get(f"{api}/layout").json()
    page.goto(f"{project}/plate?tab=layout")
    paste = page.get_by_label("Paste a layout")
    paste.fill("compound\t1\t2\nA\tgamma\tgamma\n\ndose (nM)\t1\t2\nA\t1\t0,5\n")
    expect(page.get_by_role("gridcell", name=re.compile("^A02 gamma 0.5 nM"))).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("gridcell", name=re.compile("gamma"))).to_have_count(0)
    paste.fill("well,dose\nA1,ten\n")
    expect(page.get_by_text(re.compile("dose is no number in A01: 'ten'"))).to_be_visible()
    page.get_by_role("gridcell", name=re.compile("^A02")).click()
    page.get_by_role("gridcell", name=re.compile("^A05")).click(modifiers=["Shift"])
    for label, value in (("Compound", "delta"), ("Dose", "90"), ("Unit", "µM")):
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Paint").click()
    expect(page.get_by_role("gridcell", name=re.compile("^A05 delta 90 µM"))).to_be_visible()
    page.get_by_role("button", name="Fill series").click()
    page.get_by_role("button", name="Save layout").click()
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()  # nothing is left that nobody saved
    kept = page.request.get(f"{api}/layout")
    doses = {each["well"]: each["dose"] for each in kept.json()["wells"] if each["compound"] == "delta"}
    assert doses == {"A02": "90", "A03": "30", "A04": "10", "A05": "3.333"}
    again = {"wells": before["wells"], "exclusions": before["exclusions"]}
    headers = {"If-Match": kept.headers["etag"], **csrf(page)}
    assert page.request.put(f"{api}/layout", data=again, headers=headers).ok


def mend_an_outline(page: Page, project: str, before: str) -> None:
    """From the plate to a well, to its picture, to its outline; the fit is another one then, in another window too."""
    beside = page.context.new_page()
    open_doses(beside, project)
    expect(beside.get_by_test_id(f"ic50-{DRUG}")).to_have_text(before)
    page.goto(f"{project}/plate?response=growth-rate")
    page.get_by_role("button", name=re.compile("^B05, alphaplatin 0.64 µM")).click()
    strip = page.get_by_role("region", name="B05")
    expect(strip.get_by_role("link")).to_have_count(len(plate.TIMES_H))
    strip.get_by_role("link").last.click()
    page.wait_for_url("**/images/**")
    page.get_by_test_id("picture").wait_for()
    hand = Hand(page, SIDE_PX, SIDE_PX)
    hand.has_objects(1)
    hand.tool("Brush")
    middle = SIDE_PX / 2
    hand.drag((middle, middle), (middle + 60, middle), (middle + 60, middle + 12), (middle, middle + 12))
    hand.saved()
    expect(beside.get_by_test_id(f"ic50-{DRUG}")).not_to_have_text(before)
    beside.close()
    open_doses(page, project)
    expect(page.get_by_test_id(f"ic50-{DRUG}")).not_to_have_text(before)
