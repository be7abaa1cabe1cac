"""Pictures of every page, to look at: 1440, 1024 and 390 pixels wide, light and dark, in English and Czech.

    python bench/screenshots.py                          into build/screenshots, six to a sheet
    python bench/screenshots.py --languages de --widths 390

A service of its own is started, with the example images segmented. What is cut off on a page is listed in `cut.txt` beside the
pictures: texts that are wider than their place, and pages that are wider than the window.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
import time
from itertools import product
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from waits import FLAGS, WAIT_MS, chromium, serving, sign_up

BEFORE = ("/", "/sign-in", "/sign-up", "/forgot-password", "/help", "/help/reference/measurements", "/no/such/page")
OWN = ("/projects", "/projects?trash=yes", "/settings", "/admin", "/admin?tab=system", "/admin?tab=models")
OF_PROJECT = (
    "", "/results", "/results?chart=box&group=well", "/results?chart=scatter", "/plate", "/report?group=well", "/review",
    "/runs", "/exports", "/settings",
)  # fmt: skip
N_IMAGES = 8
SHEET, CELL_PX = 6, (640, 560)
CUT = """() => {
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || element.clientWidth === 0 || element.scrollWidth <= element.clientWidth + 1) continue;
    if (getComputedStyle(element).overflowX === "visible") continue;
    if (element.clientWidth > 1) found.push(element.textContent.trim().slice(0, 60));
  }
  const wider = document.documentElement.scrollWidth - window.innerWidth;
  return wider > 0 ? [`${wider} px wider than the window`, ...found] : found;
}"""


def example_project(page: Page) -> tuple[str, str]:
    """An account with the example images segmented; the addresses of the project and of the image with most objects."""
    sign_up(page, "Ada Test", "ada@example.org")
    page.get_by_role("button", name="Example images").click()
    page.wait_for_url("**/projects/*-*")
    project = page.url[page.url.index("/projects/") :]
    api = f"/api/v1{project}"
    for key, state in (("by_state", "ready"), ("by_segmentation_state", "done")):
        while page.request.get(f"{api}/summary").json()[key].get(state, 0) < N_IMAGES:
            time.sleep(0.5)
        if state == "ready":
            page.reload()
            page.get_by_role("button", name="Segment all").click()
            page.get_by_role("button", name="Segment", exact=True).click()
    images = page.request.get(f"{api}/images?sort=objects&descending=true").json()["items"]
    return project, f"{project}/images/{images[0]['id']}"


def take(browser: Browser, url: str, addresses: list[str], name: str, folder: Path, **look: object) -> list[str]:
    """Pictures of pages in one look; returns what is cut off."""
    language = str(look.pop("language"))
    context = browser.new_context(base_url=url, service_workers="block", **look)  # type: ignore[arg-type]
    context.add_init_script(f"localStorage.setItem('spheroseg.language', '{language}')")
    page = context.new_page()
    page.set_default_timeout(60_000)
    cut = []
    for number, address in enumerate(addresses):
        page.goto(address)
        page.wait_for_load_state("networkidle")
        page.locator("h1").first.wait_for()
        page.wait_for_timeout(500)
        plain = re.sub(r"[0-9a-f-]{36}", "x", address)
        cut += [f"{name} {plain}: {each}" for each in page.evaluate(CUT)]
        page.screenshot(path=folder / f"{name}-{number:02d}{re.sub(r'[^a-z]+', '_', plain)}.png", full_page=True)
    context.close()
    return cut


def sheets(folder: Path, name: str) -> None:
    """Six pictures to a sheet."""
    pictures = sorted(folder.glob(f"{name}-*.png"))
    for start in range(0, len(pictures), SHEET):
        sheet = Image.new("RGB", (CELL_PX[0] * 3, CELL_PX[1] * 2), "#888")
        for place, path in enumerate(pictures[start : start + SHEET]):
            with Image.open(path) as picture:
                scale = CELL_PX[0] / picture.width if picture.width > CELL_PX[0] else 1
                cropped = picture.convert("RGB").crop(
                    (0, 0, picture.width, min(picture.height, round(CELL_PX[1] / scale)))
                )
                cropped.thumbnail((CELL_PX[0] - 8, CELL_PX[1] - 8))
                sheet.paste(cropped, (place % 3 * CELL_PX[0] + 4, place // 3 * CELL_PX[1] + 4))
        sheet.save(folder / f"sheet-{name}-{start // SHEET}.png")


def main() -> None:
    """Take all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("build/screenshots"))
    parser.add_argument("--languages", nargs="+", default=["en", "cs"])
    parser.add_argument("--widths", nargs="+", type=int, default=[1440, 1024, 390])
    parser.add_argument("--schemes", nargs="+", default=["light", "dark"])
    parser.add_argument("--only", default="", help="a part of the addresses")
    arguments = parser.parse_args()
    folder: Path = arguments.out
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    cut: list[str] = []
    with tempfile.TemporaryDirectory(prefix="spheroseg-pictures-") as work, sync_playwright() as playwright:
        Path(work).chmod(0o711)  # the database may run as another account
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        with serving(Path(work) / "data", Path(work) / "log") as (url, _, _):
            context = browser.new_context(base_url=url, locale="en-GB", service_workers="block")
            page = context.new_page()
            page.set_default_timeout(WAIT_MS)
            project, image = example_project(page)
            state = context.storage_state()
            context.close()
            own = [*OWN, *(project + path for path in OF_PROJECT), image]
            for language, width, scheme in product(arguments.languages, arguments.widths, arguments.schemes):
                name = f"{language}-{width}-{scheme}"
                look = {
                    "language": language,
                    "locale": language,
                    "viewport": {"width": width, "height": 900},
                    "color_scheme": scheme,
                }
                for who, signed_in, addresses in ((name, None, [*BEFORE]), (f"{name}-own", state, own)):
                    wanted = [each for each in addresses if arguments.only in each]
                    cut += take(browser, url, wanted, who, folder, storage_state=signed_in, **look)
                sheets(folder, name)
                print(name, flush=True)
        browser.close()
    (folder / "cut.txt").write_text("\n".join(cut) + "\n", encoding="utf-8")
    print(f"{len(cut)} cut off; see {folder}/cut.txt")


if __name__ == "__main__":
    main()
