"""The outline editor in a real browser: frames while the hand pans, zooms and drags a vertex among 10,000 outlines.

    make bench-web          (or: .venv/bin/python bench/web_editor.py [--objects 50000])

A picture with n objects of 60 vertices, all of them in view, in software-rendered headless Chromium; with the processor
as it is and slowed four times by the browser's own protocol; and beside it, in the same run, the same outlines as SVG
elements (the way of most web annotators). A frame is the time between two of the page's animation frames while a mouse
moves. Figures go to bench/results/web_editor.json.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import math
import os
import shutil
import statistics
import time
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from playwright.sync_api import APIRequestContext, Browser, BrowserContext, FilePayload, Page, sync_playwright

from web import FLAGS, service

RESULTS = Path(__file__).parent / "results" / "web_editor.json"
VERTICES = 60
SIDE_PX = 4096
PASSWORD = "a quiet heron at dawn"  # noqa: S105 -- of an account that lives as long as this run
AT_ONCE = 2000
RECORD = """() => {
  window.frames_ms = []; let last = performance.now();
  const tick = (now) => { window.frames_ms.push(now - last); last = now; window.recording = requestAnimationFrame(tick); };
  window.recording = requestAnimationFrame((now) => { last = now; window.recording = requestAnimationFrame(tick); });
}"""
STOP = "() => { cancelAnimationFrame(window.recording); return window.frames_ms; }"


def rings(n: int) -> list[list[tuple[float, float]]]:
    """So many wavy discs on a grid that fills the picture."""
    columns = math.ceil(math.sqrt(n))
    pitch = SIDE_PX / columns
    made = []
    for i in range(n):
        x, y = (i % columns + 0.5) * pitch, (i // columns + 0.5) * pitch
        wave = 0.08 * pitch
        made.append([
            (
                round(x + (0.38 * pitch + wave * math.sin(5 * a + i) / 2) * math.cos(a), 3),
                round(y + (0.38 * pitch + wave * math.sin(5 * a + i) / 2) * math.sin(a), 3),
            )
            for a in (2 * math.pi * k / VERTICES for k in range(VERTICES))
        ])  # fmt: skip
    return made


def headers(context: BrowserContext) -> dict[str, str]:
    """What a change has to carry."""
    token = next(cookie["value"] for cookie in context.cookies() if cookie["name"] == "spheroseg_csrf")
    return {"X-CSRF-Token": token}


def filled_image(context: BrowserContext, n: int) -> tuple[str, str, float]:
    """A project with a picture and n outlines, drawn through the API: (address, result id, seconds for 2,000 of them)."""
    ask: APIRequestContext = context.request
    ask.post("/api/v1/auth/sign-up", data={"email": "bench@example.org", "password": PASSWORD, "name": "Bench"})
    ask.post("/api/v1/auth/sign-in", data={"email": "bench@example.org", "password": PASSWORD})
    own = headers(context)
    project = ask.post("/api/v1/projects", data={"name": "Many"}, headers=own).json()["id"]
    noise = np.random.default_rng(1).integers(90, 110, (SIDE_PX, SIDE_PX), dtype=np.uint8)
    file = io.BytesIO()
    tifffile.imwrite(file, noise, compression="zlib")
    upload: FilePayload = {"name": "many.tif", "mimeType": "image/tiff", "buffer": file.getvalue()}
    ask.post(f"/api/v1/projects/{project}/images", multipart={"files": upload}, headers=own, timeout=120_000)
    image: dict[str, Any] = {}
    for _ in range(300):
        items = ask.get(f"/api/v1/projects/{project}/images").json()["items"]
        image = items[0] if items else {}
        if image.get("state") == "ready":
            break
        time.sleep(0.5)
    result = ask.post(f"/api/v1/images/{image['id']}/results", data={"frame": 0}, headers=own).json()
    version = result["version"]
    seconds = []
    outlines = rings(n)
    for first in range(0, n, AT_ONCE):
        adds = [{"op": "add", "parts": [[ring]]} for ring in outlines[first : first + AT_ONCE]]
        start = time.perf_counter()
        answer = ask.patch(
            f"/api/v1/results/{result['id']}/objects",
            data={"id": str(uuid.uuid4()), "kind": "draw", "operations": adds},
            headers=own | {"If-Match": f'"{version}"'},
            timeout=300_000,
        )
        seconds.append(time.perf_counter() - start)
        if answer.status != 200:
            raise SystemExit(answer.text()[:500])
        version = answer.json()["version"]
    return f"/projects/{project}/images/{image['id']}", result["id"], statistics.median(seconds)


def recorded(page: Page, gesture: Any) -> list[float]:  # noqa: ANN401 -- a function of nothing
    """Milliseconds between animation frames while something is done."""
    page.wait_for_timeout(800)
    page.evaluate(RECORD)
    gesture()
    frames: list[float] = page.evaluate(STOP)
    return frames[2:]


def summary(name: str, frames: list[float]) -> dict[str, float]:
    """Median and 95th percentile of frames."""
    return {
        f"{name}_frame_ms": round(statistics.median(frames), 1),
        f"{name}_frame_p95_ms": round(sorted(frames)[int(len(frames) * 0.95)], 1),
    }


def around(page: Page, centre: tuple[float, float], radius: float, moves: int = 90) -> None:
    """Press, move in a circle, let go."""
    page.mouse.move(*centre)
    page.mouse.down()
    for i in range(moves):
        angle = 2 * math.pi * i / moves
        page.mouse.move(centre[0] + radius * math.sin(angle), centre[1] + radius * (1 - math.cos(angle)) / 2)
        page.wait_for_timeout(12)
    page.mouse.up()


def wheel(page: Page, centre: tuple[float, float]) -> None:
    """Zoom in and out again."""
    page.mouse.move(*centre)
    for step in [-120] * 12 + [120] * 12:
        page.mouse.wheel(0, step)
        page.wait_for_timeout(40)


def opened_s(page: Page, address: str) -> float:
    """Seconds from the arrival of the outlines until they are drawn."""
    page.goto(address)
    page.wait_for_function("performance.getEntriesByName('outlines-drawn').length > 0", timeout=60_000)
    milliseconds: float = page.evaluate(
        """() => {
          const drawn = performance.getEntriesByName('outlines-drawn')[0].startTime;
          const arrived = performance.getEntriesByType('resource').filter((e) => e.name.endsWith('/outlines'))[0];
          return drawn - arrived.responseEnd;
        }"""
    )
    page.locator("[data-saving=saved]").wait_for()
    return milliseconds / 1000


def in_editor(page: Page, address: str, name: str) -> dict[str, float]:
    """Frames of the editor."""
    figures = {f"{name}_open_s": round(opened_s(page, address), 2)}
    box = page.get_by_test_id("picture").bounding_box()
    if box is None:
        raise SystemExit("the picture is not there")
    centre = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_timeout(1500)
    figures |= summary(f"{name}_pan", recorded(page, lambda: around(page, centre, 120)))
    page.keyboard.press("0")
    figures |= summary(f"{name}_zoom", recorded(page, lambda: wheel(page, centre)))
    page.keyboard.press("0")
    page.wait_for_timeout(1000)
    scale = (min(box["width"], box["height"]) - 32) / SIDE_PX
    saves: list[float] = []
    page.on("response", lambda answer: _note(saves, answer))
    page.keyboard.press("e")
    page.mouse.click(*centre)
    page.wait_for_timeout(800)
    figures |= summary(f"{name}_vertex_drag", recorded(page, lambda: around(page, (centre[0], centre[1]), 40)))
    for _ in range(5):
        # a short drag of whatever vertex is there: one step each
        page.keyboard.press("v")
        page.mouse.click(*centre)
        page.keyboard.press("g")
        around(page, centre, 40 * scale, moves=4)
        page.locator("[data-saving=saved]").wait_for()
        page.wait_for_timeout(400)
    if saves:
        figures[f"{name}_save_ms"] = round(statistics.median(saves), 0)
    return figures


def _note(saves: list[float], answer: Any) -> None:  # noqa: ANN401 -- playwright's Response
    if answer.request.method == "PATCH" and answer.status == 200:
        answer.finished()
        saves.append(answer.request.timing["responseEnd"])


def in_svg(page: Page, n: int, name: str) -> dict[str, float]:
    """Frames of a page with one SVG element an outline, moved by its view box."""
    scale = 850 / SIDE_PX
    paths = "".join(
        '<path d="M' + "L".join(f"{x * scale:.2f} {y * scale:.2f}" for x, y in ring) + 'Z"/>' for ring in rings(n)
    )
    page.set_content(
        f"""<body style="margin:0;background:#222"><svg id=s width=1000 height=850 viewBox="0 0 1000 850" fill=none
        stroke="#19e0c8" stroke-width="2">{paths}</svg><script>
        let from = null, box = [0, 0, 1000, 850];
        const show = () => s.setAttribute("viewBox", box.join(" "));
        s.onpointerdown = (e) => {{ from = [e.clientX, e.clientY, ...box]; }};
        s.onpointermove = (e) => {{ if (from) {{
          box[0] = from[2] - (e.clientX - from[0]); box[1] = from[3] - (e.clientY - from[1]); show(); }} }};
        onpointerup = () => {{ from = null; }};
        s.onwheel = (e) => {{ const f = e.deltaY > 0 ? 1.15 : 1 / 1.15; box[2] *= f; box[3] *= f; show(); }};
        </script>""",
        timeout=120_000,
    )
    figures = summary(f"{name}_pan", recorded(page, lambda: around(page, (500, 425), 120)))
    return figures | summary(f"{name}_zoom", recorded(page, lambda: wheel(page, (500, 425))))


def measured(browser: Browser, url: str, n: int) -> dict[str, Any]:
    """All figures for n objects."""
    # the service's policy forbids text as code, which is how this program asks a page whether it is ready
    context = browser.new_context(
        base_url=url, viewport={"width": 1440, "height": 900}, locale="en-GB", bypass_csp=True
    )
    address, result, seconds = filled_image(context, n)
    payload = context.request.get(f"/api/v1/results/{result}/outlines").body()
    figures: dict[str, Any] = {
        "objects": n,
        "vertices_each": VERTICES,
        "payload_bytes": len(payload),
        "payload_gzip_bytes": len(gzip.compress(payload, 6)),
        "service_draws_2000_s": round(seconds, 2),
    }
    for slower in (1, 4):
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
        suffix = "" if slower == 1 else "_cpu4"
        figures |= {f"{name}{suffix}": value for name, value in in_editor(page, address, "editor").items()}
        page.close()
        page = context.new_page()
        page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
        figures |= {f"{name}{suffix}": value for name, value in in_svg(page, n, "svg").items()}
        page.close()
    return figures


def main() -> None:
    """Measure, print, keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--objects", type=int, default=10_000)
    parser.add_argument("--url", help="an empty service that runs already")
    options = parser.parse_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        print("no Chromium here: nothing is measured")
        return
    load = os.getloadavg()[0]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        if options.url:
            figures = measured(browser, options.url, options.objects)
        else:
            with service() as (url, _):
                figures = measured(browser, url, options.objects)
        browser.close()
    figures["load_average_before"] = round(load, 1)
    figures["load_average"] = round(os.getloadavg()[0], 1)
    kept = json.loads(RESULTS.read_text("utf-8")) if RESULTS.is_file() else {}
    kept[str(options.objects)] = figures
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    for name, value in figures.items():
        print(f"{name:36} {value}")


if __name__ == "__main__":
    main()
