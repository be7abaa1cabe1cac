"""What is said of results: charts as files, and a report of what the page shows."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

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
    said = page.get_by_text(re.compile("^Made ")).inner_text()
    assert re.search(rf"1 image · {n_objects} objects? · Group by: Image$", said.replace("\u00a0", " ")), said
    expect(page.get_by_text(re.compile("^Filter: .*several"))).to_be_visible()
    page.reload()  # what is shown stands in the address
    assert numbers(page) == shown
