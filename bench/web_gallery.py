"""A gallery of 100,000 images in the browser: frames a second while it scrolls, and the processor's time for a frame.

Called by bench/web.py. The images are one real image that was uploaded, entered a hundred thousand times into the database:
names and wells differ, the pixels are the same file.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import psycopg
from playwright.sync_api import Browser, FilePayload
from sqlalchemy import URL

from spheroseg.server.processes.embedded import ACCOUNT, DATABASE

EXAMPLE = Path(__file__).parents[1] / "src" / "spheroseg" / "examples" / "example_compact_A01.tif"
OWN = {
    "id": "gen_random_uuid()",
    "upload_id": "NULL",
    "idempotency_key": "NULL",
    "name": "'image_' || to_char(n, 'FM000000') || '.tif'",
    "name_key": "'image_' || to_char(n, 'FM000000') || '.tif'",
    "well": "chr((65 + mod(n / 12, 8))::int) || to_char(1 + mod(n, 12), 'FM00')",
}
"""What differs between the copies, in SQL."""

SCROLL = """
async (ms) => {
  const list = [...document.querySelectorAll("[role=list]")].find((each) => each.scrollHeight > each.clientHeight);
  const gaps = [];
  const start = performance.now();
  let last = start;
  await new Promise((done) => {
    requestAnimationFrame(function step(now) {
      gaps.push(now - last);
      last = now;
      list.scrollTop += 30;
      if (now - start < ms) requestAnimationFrame(step); else done();
    });
  });
  gaps.sort((a, b) => a - b);
  return { frames: gaps.length, ms: last - start, median: gaps[gaps.length >> 1], top: list.scrollTop };
}
"""


def copies(folder: Path, project_id: str, n_images: int) -> None:
    """Enter the project's one image so many times more."""
    password = (folder / "data" / "postgres" / "password").read_text("ascii")
    host = str(folder / "data" / "postgres" / "run")
    url = URL.create("postgresql", ACCOUNT, password, None, None, DATABASE, {"host": host})
    with psycopg.connect(url.render_as_string(hide_password=False)) as db:
        columns = [
            row[0]
            for row in db.execute(
                "SELECT column_name FROM information_schema.columns WHERE table_name = 'images'"
                " AND is_generated = 'NEVER' AND is_identity = 'NO'"
            )
        ]
        values = ", ".join(OWN.get(name, f"images.{name}") for name in columns)
        db.execute(
            f"INSERT INTO images ({', '.join(columns)}) SELECT {values} FROM images, generate_series(1, %s) AS n"  # noqa: S608
            " WHERE project_id = %s",  # names of columns come from the database itself
            (n_images, project_id),
        )


def gallery(browser: Browser, url: str, folder: Path, state: Any, n_images: int = 100_000) -> dict[str, float]:  # noqa: ANN401
    """Frames a second while scrolling through the gallery, and milliseconds of the page's own thread a frame."""
    context = browser.new_context(base_url=url, storage_state=state, viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto("/projects")
    csrf = {"X-CSRF-Token": next(c["value"] for c in context.cookies() if c["name"] == "spheroseg_csrf")}
    project = page.request.post("/api/v1/projects", data={"name": "Large"}, headers=csrf).json()["id"]
    file: FilePayload = {"name": EXAMPLE.name, "mimeType": "image/tiff", "buffer": EXAMPLE.read_bytes()}
    page.request.post(f"/api/v1/projects/{project}/images", multipart={"files": file}, headers=csrf)
    for _ in range(120):
        if page.request.get(f"/api/v1/projects/{project}/summary").json()["by_state"].get("ready"):
            break
        time.sleep(0.5)
    copies(folder, project, n_images)
    page.goto(f"/projects/{project}")
    page.locator(".card img").first.wait_for()
    page.wait_for_timeout(3000)
    protocol = context.new_cdp_session(page)
    protocol.send("Performance.enable", {"timeDomain": "threadTicks"})

    def busy_s() -> float:
        metrics = protocol.send("Performance.getMetrics")["metrics"]
        return float(next(each["value"] for each in metrics if each["name"] == "TaskDuration"))

    before = busy_s()
    seen = page.evaluate(SCROLL, 8000)
    busy_ms = 1000 * (busy_s() - before)
    context.close()
    return {
        "gallery_images": n_images,
        "gallery_frames_a_second": round(1000 * seen["frames"] / seen["ms"], 1),
        "gallery_frame_median_ms": round(seen["median"], 1),
        "gallery_processor_ms_a_frame": round(busy_ms / seen["frames"], 1),
    }
