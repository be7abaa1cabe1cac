"""What must not be wrong or lost: the scale after a change, a run that was cancelled, who is signed in, what was refused."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from playwright.sync_api import Page, expect
from tests.e2e.conftest import PASSWORD
from tests.e2e.editing import Hand, drawn, open_blank
from tests.e2e.test_images import new_project

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

EXAMPLES = Path(__file__).parents[2] / "src" / "spheroseg" / "examples"
SECOND = "example_loose_A02.tif"


def without_scale(folder: Path, name: str) -> Path:
    """An example image whose file states no pixel size."""
    path = folder / name
    tifffile.imwrite(path, tifffile.imread(EXAMPLES / name))
    return path


def sign_in(page: Page, email: str) -> None:
    """By the form that is open."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    page.locator("form button[type=submit]").click()


def test_a_scale_that_is_drawn_after_the_run_is_in_every_number(browsing: Any, tmp_path: Path) -> None:
    page = browsing.open()
    browsing.sign_up(page, "scale@example.org")
    project = new_project(page, "No scale")
    api = project.replace("/projects/", "/api/v1/projects/")
    name = "example_compact_A01.tif"
    page.get_by_test_id("choose-files").first.set_input_files(
        [without_scale(tmp_path, each) for each in (name, SECOND)]
    )
    browsing.wait_for(page, f"{api}/summary", lambda answer: answer["by_state"].get("ready") == 2)
    page.reload()
    page.get_by_role("button", name="Segment all").click()
    expect(page.get_by_text("2 images have no pixel size", exact=False)).to_be_visible()
    page.get_by_role("button", name="Segment", exact=True).click()
    browsing.wait_for(page, f"{api}/summary", lambda answer: answer["by_segmentation_state"].get("done") == 2)

    page.goto(project)
    page.get_by_role("link", name=f"Open {name}").click()
    hand = Hand(page)
    page.get_by_test_id("picture").wait_for()
    hand.saved()
    drawn(hand, 20, 20, 100)  # an edited version: its numbers must not stay behind either
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Ruler and scale").click()
    hand.drag((50, 550), (250, 550))
    panel = page.get_by_role("region", name="Ruler and scale")
    panel.get_by_label("Known length").fill("400")
    panel.get_by_label("Apply to").click()
    page.get_by_role("option", name="All images of the project").click()
    panel.get_by_role("button", name="Apply").click()
    expect(page.get_by_text(re.compile(r"^2 images: a pixel is 2\b"))).to_be_visible()
    sizes = page.request.get(f"{api}/acquisition").json()["pixel_sizes_um"]
    assert sizes == [pytest.approx(2, rel=0.02)]
    browsing.wait_for(page, f"{api}/summary", lambda answer: answer["n_measuring"] == 0)
    table = page.get_by_role("table")  # nobody reloads: these are the service's numbers, not those of before
    expect(table).not_to_contain_text("≈")
    expect(table).to_contain_text(re.compile(r"object(39|40),\d{3}"))
    page.get_by_role("button", name="Ruler and scale").click()
    hand.drag((50, 550), (250, 550))
    panel.get_by_label("Known length").fill("800")
    panel.get_by_role("button", name="Apply").click()
    expect(table).to_contain_text(re.compile(r"object1(59|60),\d{3}"))
    page.get_by_role("button", name="Ruler and scale").click()
    hand.drag((50, 550), (250, 550))
    panel.get_by_label("Known length").fill("400")
    panel.get_by_role("button", name="Apply").click()
    expect(table).to_contain_text(re.compile(r"object(39|40),\d{3}"))
    browsing.wait_for(page, f"{api}/summary", lambda answer: answer["n_measuring"] == 0)

    page.goto(f"{project}/results")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Download CSV").click()
    head, *rows = [line.split(",") for line in Path(saved.value.path()).read_text("utf-8-sig").splitlines()]
    column = head.index("area_um2")
    assert "area_px2" not in head
    areas = sorted(float(row[column]) for row in rows)
    assert all(area > 0 for area in areas)
    # the square of 100 px that was drawn by hand, at 2 µm a pixel
    assert any(area == pytest.approx(200**2, rel=0.03) for area in areas)
    assert page.get_by_text("Being measured again", exact=False).count() == 0


def test_a_cancelled_run_says_of_each_image_what_it_has(browsing: Any, tmp_path: Path) -> None:
    page = browsing.open()
    browsing.sign_up(page, "cancel@example.org")
    project = new_project(page, "Cancelled")
    api = project.replace("/projects/", "/api/v1/projects/")
    chance = np.random.default_rng(3)
    files = []
    for i in range(30):  # large enough that thirty take longer than a click
        picture = cv2.circle(chance.integers(90, 110, (1600, 1600), np.uint8), (800, 800), 200 + 5 * i, 40, -1)
        files.append(tmp_path / f"plate_{i:02d}.tif")
        tifffile.imwrite(files[-1], picture)
    page.get_by_test_id("choose-files").first.set_input_files(files)
    browsing.wait_for(page, f"{api}/summary", lambda answer: answer["by_state"].get("ready") == 30)
    page.reload()
    page.get_by_role("button", name="Segment all").click()
    page.get_by_role("button", name="Segment", exact=True).click()
    page.get_by_role("progressbar", name="Progress of the run").wait_for()
    # some of it is done by then, and it is cancelled all the same
    browsing.wait_for(page, f"{api}/summary", lambda answer: answer["by_segmentation_state"].get("done", 0) > 0)
    page.get_by_role("button", name="Cancel", exact=True).click()
    browsing.wait_for(page, f"{api}/runs", lambda answer: answer["items"][0]["state"] in {"cancelled", "done"})
    run = page.request.get(f"{api}/runs").json()["items"][0]
    assert run["state"] == "cancelled"
    assert run["n_done"] > 0
    expect(page.get_by_text("Segmentation was cancelled", exact=False)).to_be_visible()
    states = page.request.get(f"{api}/summary").json()["by_segmentation_state"]
    assert states.get("done", 0) == run["n_done"]
    assert states["cancelled"] == run["n_cancelled"] == 30 - run["n_done"]

    page.goto(f"{project}/runs")
    expect(page.get_by_text(f"{run['n_cancelled']} cancelled")).to_be_visible()
    page.goto(project)
    page.get_by_label("Status").click()
    page.get_by_role("option", name="Cancelled").click()
    expect(page.get_by_role("link", name=re.compile("^Open plate_"))).not_to_have_count(0)
    shown = page.request.get(f"{api}/images?segmentation=cancelled&limit=100").json()["items"]
    assert len(shown) == run["n_cancelled"]
    assert all(each["n_objects"] == 0 for each in shown)


@pytest.mark.quick
def test_signing_out_leaves_every_window(browsing: Any) -> None:
    page = browsing.open()
    browsing.sign_up(page, "leaves@example.org")
    new_project(page, "Nobody else's business")
    beside = page.context.new_page()
    beside.goto(page.url)
    beside.get_by_role("heading", name="Nobody else's business").wait_for()
    page.get_by_role("button", name="Account").click()
    page.get_by_role("menuitem", name="Sign out").click()
    for each in (page, beside):
        each.get_by_role("heading", name="Nobody else's business").wait_for(state="detached")
        expect(each.get_by_role("link", name="Sign in").first).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Nobody else's business")).to_have_count(0)


def test_an_invitation_survives_signing_in_and_signing_up(
    browsing: Any, mailed_link: Callable[[str, str], str]
) -> None:
    known = browsing.open()
    browsing.sign_up(known, "known@example.org")
    owner = browsing.open()
    browsing.sign_up(owner, "inviting@example.org")
    new_project(owner, "For both")
    owner.get_by_role("link", name="Settings").click()
    for email in ("known@example.org", "unknown@example.org"):
        owner.get_by_label("E-mail").fill(email)
        owner.get_by_role("button", name="Invite").click()
        owner.get_by_text(email).wait_for()

    guest = browsing.open()  # has an account, and is not signed in here
    guest.goto(mailed_link("known@example.org", "invitation"))
    sign_in(guest, "known@example.org")
    guest.get_by_role("heading", name="For both").wait_for()

    newcomer = browsing.open()
    newcomer.goto(mailed_link("unknown@example.org", "invitation"))
    newcomer.get_by_role("link", name="Create account").click()
    newcomer.get_by_label("Name").fill("New Comer")
    newcomer.get_by_label("E-mail").fill("unknown@example.org")
    newcomer.get_by_label("Password", exact=False).first.fill(PASSWORD)
    newcomer.get_by_role("button", name="Create account").click()
    newcomer.get_by_role("heading", name="For both").wait_for()


def test_the_next_image_has_the_tool_and_the_contrast(browsing: Any, account: tuple[Path, str]) -> None:
    state, project = account
    page = browsing.open(state=state)
    open_blank(page, project, "example_cysts_C01.tif")
    page.get_by_role("button", name="Brush", exact=True).click()
    page.get_by_role("tab", name="Display").click()
    least = page.get_by_role("slider", name=re.compile("^Black point of ")).first
    least.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    before = page.url
    contrast = least.input_value()
    page.get_by_role("button", name=re.compile("^Next image")).click()
    page.wait_for_url(lambda url: url != before)
    expect(page.get_by_role("button", name="Brush", exact=True)).to_have_attribute("aria-pressed", "true")
    page.get_by_role("tab", name="Display").click()
    expect(least).to_have_value(contrast)


@pytest.mark.console("status of (413|415|422)")  # the file that is refused
def test_a_file_that_was_refused_is_not_sent_again(browsing: Any, tmp_path: Path) -> None:
    page = browsing.open()
    browsing.sign_up(page, "refused@example.org")
    new_project(page, "Refused")
    broken = tmp_path / "broken.tif"
    broken.write_bytes(b"not a picture at all" * 50)
    page.get_by_test_id("choose-files").first.set_input_files(broken)
    panel = page.get_by_role("region", name="Upload")
    panel.get_by_text("0 of 1 file uploaded · 1 refused, which another try would not change").wait_for()
    panel.get_by_text("broken.tif").wait_for()
    expect(panel.get_by_role("button", name="Retry failed")).to_have_count(0)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method in {"POST", "PATCH"} else None)
    page.reload()
    page.get_by_role("heading", name="Refused").wait_for()
    page.wait_for_load_state("networkidle")
    assert [each for each in sent if re.search(r"/uploads|/images$|upload-batches", each)] == []
