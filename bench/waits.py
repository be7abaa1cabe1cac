"""What a person waits for in the browser: the service's start, a folder of small files, the first outlines.

    python bench/waits.py              500 files, four images of 1024 × 1024
    python bench/waits.py --files 100
    python bench/waits.py --starts 5      the start alone, five times each, into results/waits_start.json
    python bench/waits.py --example       a newcomer's way to an IC50, into results/waits_example.json

`spheroseg serve` is started twice, with an empty folder and with that same folder again; "ready" is its own word for it. Then
Chromium signs up, chooses a folder of small files, and another project's four images, whose run is asked for by the button as
soon as they are ready. Beside each time stands the processors' time of all the service's processes: on a machine that others
use at the same time (`load` says so), that is what stays comparable. Aims: ready ≤ 5 s, ≥ 20 files/s, first outline ≤ 4 s.
A newcomer's way begins with the start on an empty folder: sign up, the example project by its button, every image of its
plate outlined, and the fits on the page; the aim is two minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import tifffile
from playwright.sync_api import Page, sync_playwright

from spheroseg.examples import plate
from spheroseg.server.resources.db import utc_now
from worker import draw

RESULTS = Path(__file__).parent / "results" / "waits.json"
STARTS = RESULTS.with_name("waits_start.json")
EXAMPLE = RESULTS.with_name("waits_example.json")
AIMS = {"ready_s": 5.0, "files_a_second": 20.0, "first_outline_s": 4.0}
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SIDE_PX = 256
N_IMAGES = 4
WAIT_MS = 600_000


def cpu_s(process: psutil.Process) -> float:
    """Processors' seconds of a process and of all that it started so far."""
    total = 0.0
    for each in (process, *process.children(recursive=True)):
        try:
            times = each.cpu_times()
        except psutil.NoSuchProcess:
            continue
        total += times.user + times.system + times.children_user + times.children_system
    return total


@contextmanager
def serving(data_dir: Path, log: Path) -> Iterator[tuple[str, psutil.Process, dict[str, float]]]:
    """A service: its address, its process, and how long it took until it said that it is ready."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPHEROSEG_")}
    # who signs in once is looked at from many windows for an hour: no token of theirs is renewed meanwhile
    environment |= {"SPHEROSEG_RATE_LIMITS": "false", "SPHEROSEG_ACCESS_TOKEN_S": "7200"}
    program = str(Path(sys.executable).with_name("spheroseg"))
    began = time.perf_counter()
    with log.open("wb") as out:
        process = subprocess.Popen(
            [program, "serve", "--data-dir", str(data_dir), "--port", "0"], env=environment, stdout=out, stderr=out
        )
        try:
            while "ready at " not in (output := log.read_text("utf-8")):
                if process.poll() is not None:
                    raise SystemExit(f"the service did not start:\n{output}")
                time.sleep(0.02)
            taken = time.perf_counter() - began
            one = psutil.Process(process.pid)
            url = output.split("ready at ")[1].split()[0]
            yield url, one, {"ready_s": round(taken, 2), "ready_cpu_s": round(cpu_s(one), 2)}
        finally:
            process.terminate()
            process.wait(60)


def small_files(folder: Path, n_files: int) -> None:
    """Noisy discs of 256 × 256 pixels, as a plate's thumbnails or crops are."""
    chance = np.random.default_rng(0)
    y, x = np.mgrid[:SIDE_PX, :SIDE_PX]
    for number in range(n_files):
        disc = (np.hypot(y - 128, x - 128) < 40 + number % 50) * 90 + chance.integers(60, 80, (SIDE_PX, SIDE_PX))
        tifffile.imwrite(folder / f"crop_{number:04d}.tif", disc.astype(np.uint8))


def new_project(page: Page, name: str) -> str:
    """Made by the dialogue; the address of its part of the API."""
    page.goto("/projects")
    page.get_by_role("button", name="New project").first.click()
    page.get_by_label("Name").fill(name)
    page.get_by_role("button", name="Create").click()
    page.wait_for_url("**/projects/*-*")
    return page.url.replace("/projects/", "/api/v1/projects/")


def wait_for_ready(page: Page, api: str, n_images: int) -> None:
    """Until all are prepared."""
    while page.request.get(f"{api}/summary").json()["by_state"].get("ready", 0) < n_images:
        time.sleep(0.1)


def upload(page: Page, service: psutil.Process, folder: Path, n_files: int) -> dict[str, float]:
    """A folder of small files: until all are sent, and until all are ready with their thumbnails."""
    api = new_project(page, "Small files")
    began, cpu = time.perf_counter(), cpu_s(service)
    page.get_by_test_id("choose-folder").first.set_input_files(folder)
    page.get_by_text(f"{n_files} of {n_files} files uploaded").wait_for(timeout=WAIT_MS)
    sent, sent_cpu = time.perf_counter() - began, cpu_s(service) - cpu
    wait_for_ready(page, api, n_files)
    ready, ready_cpu = time.perf_counter() - began, cpu_s(service) - cpu
    return {
        "files": n_files,
        "files_a_second": round(n_files / sent, 1),
        "upload_cpu_ms_a_file": round(1000 * sent_cpu / n_files, 1),
        "prepared_files_a_second": round(n_files / ready, 1),
        "prepared_cpu_ms_a_file": round(1000 * ready_cpu / n_files, 1),
    }


def first_outlines(page: Page, service: psutil.Process, folder: Path) -> dict[str, float]:
    """From the click on "Segment" to the first and to the last of four images with objects, as their cards say."""
    api = new_project(page, "Four images")
    page.get_by_test_id("choose-files").first.set_input_files(sorted(folder.glob("*.tif")))
    wait_for_ready(page, api, N_IMAGES)
    page.reload()
    page.get_by_role("button", name="Segment all").click()
    go = page.get_by_role("button", name="Segment", exact=True)
    go.wait_for()
    began, cpu = time.perf_counter(), cpu_s(service)
    go.click()
    done = page.locator("text=/^\\d+ objects?$/")
    done.first.wait_for(timeout=WAIT_MS)
    first, first_cpu = time.perf_counter() - began, cpu_s(service) - cpu
    done.nth(N_IMAGES - 1).wait_for(timeout=WAIT_MS)
    return {
        "first_outline_s": round(first, 2),
        "first_outline_cpu_s": round(first_cpu, 2),
        "four_images_s": round(time.perf_counter() - began, 2),
        "four_images_cpu_s": round(cpu_s(service) - cpu, 2),
    }


def chromium() -> str | None:
    """The browser to start; None leaves the choice to Playwright."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


def sign_up(page: Page, name: str, email: str) -> None:
    """An account, and its empty list of projects."""
    page.goto("/sign-up")
    page.get_by_label("Name").fill(name)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=False).first.fill("a quiet heron at dawn")
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/projects")


@contextmanager
def browser_at(url: str) -> Iterator[Page]:
    """A page of a browser that has not been here before, signed up."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        page = browser.new_context(base_url=url, locale="en-GB", service_workers="block").new_page()
        page.set_default_timeout(WAIT_MS)
        sign_up(page, "Bench", "bench@example.org")
        yield page
        browser.close()


def in_browser(url: str, service: psutil.Process, work: Path, n_files: int) -> dict[str, float]:
    """The four images first, as somebody who has just started the service would; then the folder."""
    for name in ("four", "small"):
        (work / name).mkdir()
    draw(work / "four", N_IMAGES)
    small_files(work / "small", n_files)
    with browser_at(url) as page:
        return first_outlines(page, service, work / "four") | upload(page, service, work / "small", n_files)


def to_an_ic50(work: Path) -> dict[str, Any]:
    """From the start of the service on an empty folder to the IC50s of the example's plate, all its images outlined."""
    n_images = len(plate.wells()) * len(plate.TIMES_H)
    began = time.perf_counter()
    with serving(work / "data", work / "log") as (url, _, taken), browser_at(url) as page:
        page.get_by_role("button", name="Try the example project").click()
        page.wait_for_url("**/plate?*")
        opened = time.perf_counter() - began
        project = page.url.split("/plate")[0]
        api = project.replace("/projects/", "/api/v1/projects/")
        while page.request.get(f"{api}/summary").json()["by_segmentation_state"].get("done", 0) < n_images:
            time.sleep(0.5)
        outlined = time.perf_counter() - began
        page.goto(f"{project}/plate?response=growth-rate&tab=doses")
        shown = {}
        for compound in plate.IC50_UM:
            shown[compound] = page.get_by_test_id(f"ic50-{compound}").inner_text()
        return taken | {
            "images": n_images,
            "plate_open_s": round(opened, 1),
            "outlined_s": round(outlined, 1),
            "ic50_s": round(time.perf_counter() - began, 1),
            "ic50_shown": shown,
            "rendered_ic50_um": dict(plate.IC50_UM),
        }


def starts(work: Path, n_times: int) -> dict[str, Any]:
    """The start alone, several times: of an empty folder, and of one that was served before."""
    found: dict[str, list[dict[str, float]]] = {"empty_folder": [], "served_before": []}
    for number in range(n_times):
        for kind, values in found.items():
            load = round(os.getloadavg()[0], 1)
            with serving(work / f"data-{number}", work / f"log-{kind}-{number}") as (_, _, taken):
                values.append(taken | {"load": load})
    return found


def main() -> None:
    """Measure and write `bench/results/waits.json`, or the starts alone."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=500)
    parser.add_argument("--starts", type=int, default=0)
    parser.add_argument("--example", action="store_true")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="spheroseg-waits-") as name:
        work = Path(name)
        work.chmod(0o711)  # the database may run as another account
        found: dict[str, Any] = {"when": utc_now().date().isoformat(), "cpus": os.cpu_count(), "aims": AIMS}
        found["load_before"] = round(os.getloadavg()[0], 1)
        if arguments.starts:
            found |= starts(work, arguments.starts)
        elif arguments.example:
            found |= to_an_ic50(work)
        else:
            with serving(work / "data", work / "log-1") as (_, _, taken):
                found["empty_folder"] = taken
            with serving(work / "data", work / "log-2") as (url, service, taken):
                found |= taken
                found |= in_browser(url, service, work, arguments.files)
        found["load_after"] = round(os.getloadavg()[0], 1)
    out = arguments.out or (STARTS if arguments.starts else EXAMPLE if arguments.example else RESULTS)
    out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
