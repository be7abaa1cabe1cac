"""Pictures of every page, to look at: 1440, 1024 and 390 pixels wide, light and dark, in English and Czech.

    python bench/screenshots.py                          into build/screenshots, six to a sheet
    python bench/screenshots.py --looks de-390-dark en-1440-light --only plate

A service of its own is started, with the example images and the example plate segmented, a project with nothing in it and a
stack. Beside the pictures stand `cut.txt`, texts that are wider than their place and pages that are wider than the window,
`console.txt`, what pages said on the console, and `same.txt`, what pages say in Czech as in English: names, or forgotten words.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from pages import BEFORE_SIGNING_IN, OF_A_PERSON, OF_A_PLATE, OF_IMAGES, OF_NOTHING
from waits import FLAGS, WAIT_MS, chromium, serving, sign_up, wait_for_ready

KEYS = ("c", "b", "n", "w", "Shift+D", "Shift+S", "Shift+N", "Control+k", "?")
"""They open the editor's panels."""
CLICKS = (".MuiButton-contained >> nth=0", "header button >> nth=-2", "header button >> nth=-1")
"""The dialogue of a new project, notifications, the menu of the account."""
LOOKS = ["-".join(each) for each in product(("en", "cs"), ("1440", "1024", "390"), ("light", "dark"))]
N_IMAGES = 11
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


TEXTS = """() => [
  ...document.body.innerText.split("\\n"),
  ...[...document.querySelectorAll("[aria-label], [title], [placeholder]")].flatMap((each) =>
    ["aria-label", "title", "placeholder"].map((name) => each.getAttribute(name) ?? "")),
]"""


@dataclass
class Seen:
    """What was found: cut texts, words on the console, and the texts by language, with a page where they stand."""

    cut: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)
    texts: dict[str, dict[str, str]] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        """Beside the pictures."""
        english = self.texts.get("en", {})
        same = [
            f"{language} {text}    ({page})"
            for language, texts in self.texts.items()
            for text, page in texts.items()
            if language != "en" and text in english and re.search(r"[a-z]{3}", text) and not page.startswith("help")
        ]
        for name, lines in (("cut", self.cut), ("console", self.console), ("same", same)):
            (folder / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


@dataclass(frozen=True)
class Shot:
    """A page, and what is done on it before the picture is taken: a key is pressed, or a selector is clicked on."""

    address: str
    key: str = ""
    click: str = ""

    @property
    def name(self) -> str:
        """Without ids; part of a file's name."""
        plain = re.sub(r"[0-9a-f-]{36}", "x", self.address)
        return re.sub(r"[^a-zA-Z0-9]+", "_", f"{plain} {self.key or self.click}").strip("_")[-70:] or "start"


def segmented(page: Page, project: str, n_images: int) -> None:
    """Wait until all images of a project are outlined."""
    while page.request.get(f"/api/v1{project}/summary").json()["by_segmentation_state"].get("done", 0) < n_images:
        time.sleep(0.5)


def address_of(page: Page) -> str:
    """Of the project that is open."""
    page.wait_for_url(re.compile("/projects/[0-9a-f-]{36}"))
    return re.sub(r"(/projects/[0-9a-f-]+).*", r"\1", page.url[page.url.index("/projects/") :])


def new_project(page: Page, name: str) -> str:
    """Made by the dialogue; its address."""
    page.goto("/projects")
    page.get_by_role("button", name="New project").first.click()
    page.get_by_role("dialog").get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create").click()
    return address_of(page)


@dataclass(frozen=True)
class Projects:
    """The addresses of what is looked at."""

    images: str
    plate: str
    nothing: str
    stack: str


def filled(page: Page, work: Path) -> Projects:
    """An account with projects of all kinds."""
    sign_up(page, "Ada Test", "ada@example.org")
    page.get_by_role("button", name="Example images").click()
    images = address_of(page)
    segmented(page, images, N_IMAGES)
    page.goto(f"{images}/exports")
    page.get_by_role("button", name="Make export").click()
    page.goto(f"{images}/settings")
    page.get_by_label("E-mail").fill("guest@example.org")
    page.get_by_role("button", name="Invite").click()
    page.get_by_text("guest@example.org").wait_for()
    nothing = new_project(page, "Nothing in it yet, and a name that is longer than anybody would give to their project")
    stack = new_project(page, "A stack")
    pixels = np.random.default_rng(2).integers(0, 60_000, (3, 4, 2, 256, 256), dtype=np.uint16)
    tifffile.imwrite(work / "stack.ome.tif", pixels, metadata={"axes": "TZCYX", "Channel": {"Name": ["DAPI", "GFP"]}})
    page.get_by_test_id("choose-files").first.set_input_files(work / "stack.ome.tif")
    wait_for_ready(page, f"/api/v1{stack}", 1)
    page.goto("/projects")
    page.get_by_role("button", name="Example project").click()
    page.get_by_role("button", name="Try the example project").click()
    page.wait_for_url("**/plate?*")
    plate = address_of(page)
    segmented(page, plate, page.request.get(f"/api/v1{plate}/summary").json()["n_images"])
    return Projects(images, plate, nothing, stack)


def shots_of(page: Page, projects: Projects) -> list[Shot]:
    """All pages of a person, with the dialogues, menus and panels that matter."""

    def first(project: str, order: str) -> str:
        found = page.request.get(f"/api/v1{project}/images?{order}").json()["items"]
        return f"{project}/images/{found[0]['id']}"

    nuclei = first(projects.images, "sort=objects&descending=true")
    many = ((projects.images, OF_IMAGES), (projects.plate, OF_A_PLATE), (projects.nothing, OF_NOTHING))
    shots = [Shot(each) for each in OF_A_PERSON]
    shots += [Shot("/projects", click=each) for each in CLICKS]
    shots += [Shot(project + path) for project, paths in many for path in paths]
    shots += [Shot(projects.images, key=each) for each in ("r", "Control+a", "?")]
    shots += [Shot(nuclei, click=f"[role=tab] >> nth={tab}") for tab in range(4)]
    shots += [Shot(f"{nuclei}?object=1", key=each) for each in KEYS]
    shots += [Shot(first(projects.stack, ""), click="[role=tab] >> nth=1"), Shot(first(projects.plate, "search=B05"))]
    return shots


def take(browser: Browser, shots: list[Shot], name: str, folder: Path, look: dict[str, Any], seen: Seen) -> None:
    """Pictures of pages in one look."""
    language = str(look["locale"])
    context = browser.new_context(service_workers="block", **look)
    context.add_init_script(f"localStorage.setItem('spheroseg.language', '{language}')")
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    console, texts = seen.console, seen.texts.setdefault(language, {})
    page.on(
        "console",
        lambda heard: (
            console.append(f"{name} {page.url}: {heard.text}") if heard.type in {"error", "warning"} else None
        ),
    )
    for number, shot in enumerate(shots):
        page.goto(shot.address)
        page.wait_for_load_state("networkidle")
        page.locator("h1").first.wait_for()
        if shot.key:
            page.keyboard.press(shot.key)
        if shot.click:
            page.locator(shot.click).click()
        page.wait_for_timeout(600)
        seen.cut += [f"{name} {shot.name}: {each}" for each in page.evaluate(CUT)]
        texts.update({each.strip(): shot.name for each in page.evaluate(TEXTS)})
        page.screenshot(path=folder / f"{name}-{number:02d}-{shot.name}.png", full_page=True)
    context.close()


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
    parser.add_argument("--looks", nargs="+", default=LOOKS, help="such as cs-390-dark; all twelve else")
    parser.add_argument("--only", default="", help="a part of the addresses")
    arguments = parser.parse_args()
    folder: Path = arguments.out
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    seen = Seen()
    with tempfile.TemporaryDirectory(prefix="spheroseg-pictures-") as work, sync_playwright() as playwright:
        Path(work).chmod(0o711)  # the database may run as another account
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        with serving(Path(work) / "data", Path(work) / "log") as (url, _, _):
            context = browser.new_context(base_url=url, locale="en-GB", service_workers="block")
            page = context.new_page()
            page.set_default_timeout(WAIT_MS)
            own = shots_of(page, filled(page, Path(work)))
            signed_in = context.storage_state()
            context.close()
            before = [Shot(each) for each in BEFORE_SIGNING_IN]
            for name in arguments.looks:
                language, width, scheme = name.split("-")
                size = {"width": int(width), "height": 900}
                look = {"base_url": url, "locale": language, "viewport": size, "color_scheme": scheme}
                for who, state, shots in ((name, None, before), (f"{name}-own", signed_in, own)):
                    wanted = [each for each in shots if arguments.only in each.address]
                    take(browser, wanted, who, folder, look | {"storage_state": state}, seen)
                sheets(folder, name)
                seen.write(folder)
                print(name, flush=True)
        browser.close()
    print(
        f"{len(seen.cut)} cut off, {len(seen.console)} said on the console; see {folder}/cut.txt, console.txt and same.txt"
    )


if __name__ == "__main__":
    main()
