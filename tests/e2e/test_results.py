"""What is said of results: charts as files, a report of what the page shows, an image that comes back, and what happened, in another language."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from PIL import Image
from playwright.sync_api import Page, expect
from tests.e2e.test_images import new_project

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

EXAMPLES = Path(__file__).parents[2] / "src" / "spheroseg" / "examples"
STATISTICS = re.compile("^Statistics by group: Equivalent diameter")
SLOW_MS = 60_000
CHANGED = "ERR_NETWORK_CHANGED"
"""Chromium says so when the machine's interfaces change, which is nobody's fault here; the page asks again."""


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """A busy machine draws later; what is waited for is that it is drawn, not when."""
    expect.set_options(timeout=SLOW_MS)
    yield
    expect.set_options(timeout=None)


def numbers(page: Page) -> list[list[str]]:
    """The rows of the table of statistics."""
    table = page.get_by_role("table", name=STATISTICS).first
    table.wait_for()
    return [row.get_by_role("cell").all_inner_texts() for row in table.get_by_role("row").all()[1:]]


def saved(page: Page, kind: str) -> Path:
    """The chart as a file of this kind."""
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile(f"{kind}$")).first.click()
    assert download.value.suggested_filename.endswith(f".{kind.lower()}")
    return Path(download.value.path())


@pytest.mark.console(CHANGED)
def test_a_chart_is_saved_with_its_axes_named(browsing: Any, account: tuple[Path, str]) -> None:
    state, project = account
    page = browsing.open(state=state)
    page.set_default_timeout(SLOW_MS)
    for chart, named in (
        ("histogram", {"Equivalent diameter (µm)", "Objects"}),
        ("box", {"Equivalent diameter (µm)", "A03", "C02"}),
        ("scatter", {"Equivalent diameter (µm)", "Circularity"}),
    ):
        page.goto(f"{project}/results?chart={chart}{'&group=well' if chart == 'box' else ''}")
        numbers(page)
        page.locator("section svg text", has_text="Equivalent diameter (µm)").first.wait_for()
        drawing = ET.parse(saved(page, "SVG")).getroot()
        texts = {"".join(each.itertext()).strip() for each in drawing.iter("{http://www.w3.org/2000/svg}text")}
        assert named <= texts, chart
        width, height = (float(drawing.attrib[side]) for side in ("width", "height"))
        with Image.open(saved(page, "PNG")) as picture:
            assert picture.size == pytest.approx((2 * width, 2 * height), abs=2)
            assert picture.width > 1000
            pixels = np.asarray(picture.convert("L"))
        assert pixels[2, 2] == 255, "on paper, whatever the scheme of the page"
        assert 0.001 < (pixels < 200).mean() < 0.5, "something is drawn on it"


@pytest.mark.console(CHANGED)
def test_the_report_is_of_what_the_page_shows(browsing: Any, account: tuple[Path, str]) -> None:
    state, project = account
    page = browsing.open(state=state)
    page.set_default_timeout(SLOW_MS)
    page.goto(f"{project}/results")
    (whole,) = numbers(page)
    page.get_by_label("Group by").click()
    page.get_by_role("option", name="Image", exact=True).click()
    expect(page.get_by_role("cell", name="example_several_A03.tif").first).to_be_visible()
    page.get_by_role("button", name="Search").click()
    page.get_by_role("searchbox").fill("several")
    expect(page.get_by_role("table", name=STATISTICS).first.get_by_role("row")).to_have_count(2)
    shown = numbers(page)
    assert shown[0][0] == "example_several_A03.tif"
    n_objects = int(shown[0][1])
    assert 0 < n_objects < int(whole[1])

    report = page.get_by_role("link", name="Report")
    expect(report).to_have_attribute("href", re.compile("filter=.*several"))
    report.click()
    expect(page.get_by_role("heading", name=re.compile("· Report$"))).to_be_visible()
    assert numbers(page) == shown
    line = page.get_by_text(re.compile("^Made ")).inner_text()
    assert re.search(rf"1 image · {n_objects} objects? · Group by: Image$", line.replace("\u00a0", " ")), line
    expect(page.get_by_text(re.compile("^Filter: .*several"))).to_be_visible()
    page.reload()  # what is shown stands in the address
    assert numbers(page) == shown

    page.goto(f"{project}/results")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("searchbox").fill("nuclei")
    page.get_by_role("link", name="Report").click()  # before the page has drawn what was typed
    expect(page.get_by_text(re.compile("^Filter: .*nuclei"))).to_be_visible()


@pytest.mark.console(CHANGED)
def test_an_image_that_comes_back_and_what_happened_in_another_language(browsing: Any, tmp_path: Path) -> None:
    page = browsing.open()
    page.set_default_timeout(SLOW_MS)
    browsing.sign_up(page, "back@example.org")
    project = new_project(page, "Back again")
    api = project.replace("/projects/", "/api/v1/projects/")
    for name in ("first.tif", "second.tif", "third.tif"):
        tifffile.imwrite(tmp_path / name, tifffile.imread(EXAMPLES / "example_compact_A01.tif"))
    page.get_by_test_id("choose-files").first.set_input_files(sorted(tmp_path.glob("*.tif")))
    browsing.wait_for(page, f"{api}/summary", lambda answer: answer["by_state"].get("ready") == 3)

    throw_away(browsing, page, "third.tif", left=2)  # before the run: nothing of it is asked for
    page.get_by_role("button", name="Segment all").click()
    page.get_by_role("button", name="Segment", exact=True).click()
    expect(page.get_by_text(re.compile(r"^1 object\b"))).to_have_count(2, timeout=240_000)
    throw_away(browsing, page, "second.tif", left=1)  # after it
    restore(page, project)

    cards = page.get_by_role("link", name=re.compile("^Open "))
    page.get_by_role("combobox", name="Status").click()
    page.get_by_role("option", name="Segmented", exact=True).click()
    expect(cards).to_have_count(2)  # its outlines came back with it
    expect(page.get_by_text(re.compile(r"^1 object\b"))).to_have_count(2)
    page.get_by_role("combobox", name="Status").click()
    page.get_by_role("option", name="Waiting", exact=True).click()
    expect(cards).to_have_count(0)
    page.get_by_role("combobox", name="Status").click()
    page.get_by_role("option", name="Not segmented", exact=True).click()
    expect(cards).to_have_count(1)
    expect(page.get_by_role("link", name="Open third.tif")).to_be_visible()
    page.get_by_role("checkbox", name="Select third.tif").click()
    page.get_by_role("button", name=re.compile("^Segment 1 image")).click()
    page.get_by_role("button", name="Segment", exact=True).click()
    browsing.wait_for(page, f"{api}/summary", lambda answer: answer["by_segmentation_state"].get("done") == 3)

    say_it_in_czech(page, project)


def throw_away(browsing: Any, page: Page, name: str, *, left: int) -> None:
    """By its box and the button; the page shows it at once, so the service is asked whether it is so."""
    page.get_by_role("checkbox", name=f"Select {name}").click()
    page.get_by_role("button", name="Move to trash").click()
    expect(page.get_by_role("link", name=f"Open {name}")).to_have_count(0)
    api = page.url.split("?")[0].replace("/projects/", "/api/v1/projects/")
    browsing.wait_for(page, f"{api}/summary", lambda answer: answer["n_images"] == left)


def restore(page: Page, project: str) -> None:
    """Everything that is in the trash, then back to the images."""
    page.get_by_role("button", name="Trash", exact=True).click()
    for name in ("second.tif", "third.tif"):
        page.get_by_role("checkbox", name=f"Select {name}").wait_for()
    page.get_by_role("button", name="Select all").click()
    expect(page.get_by_role("button", name="2 selected")).to_be_visible()
    page.get_by_role("button", name="Restore", exact=True).click()
    expect(page.get_by_text("The trash is empty")).to_be_visible()
    page.goto(project)
    expect(page.get_by_role("link", name=re.compile("^Open "))).to_have_count(3)


def say_it_in_czech(page: Page, project: str) -> None:
    """What happened while the page spoke English is read in the language that is chosen now, and leads where it did."""
    page.get_by_role("button", name=re.compile("^Notifications")).click()
    links = page.get_by_role("dialog", name="Notifications").get_by_role("link")
    expect(links.last).to_have_text("“Back again”: 2 images are segmented.")
    expect(links.first).to_have_text("“Back again”: 1 image is segmented.")
    page.keyboard.press("Escape")
    page.goto("/settings")
    page.get_by_label("Language", exact=True).click()
    page.get_by_role("option", name="Čeština").click()
    page.get_by_role("button", name=re.compile("^Oznámení")).click()
    links = page.get_by_role("dialog", name="Oznámení").get_by_role("link")
    expect(links.last).to_have_text("„Back again“: 2 snímky jsou segmentovány.")
    links.last.click()
    page.wait_for_url(f"{project}/results")
    page.reload()  # kept as what it says, not as a text
    page.get_by_role("button", name=re.compile("^Oznámení")).click()
    expect(links.first).to_have_text("„Back again“: 1 snímek je segmentován.")
