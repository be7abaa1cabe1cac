"""The web app in a real browser: bytes of the first pages, seconds until they can be used on a slow network.

    make bench-web          (or: .venv/bin/python bench/web.py)

Needs the built app (web/build.sh) and Chromium. Figures go to bench/results/web.json. "3G" is 1.6 Mbit/s and 150 ms
with the processor slowed four times, by the browser's own protocol.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from web_gallery import gallery
from web_lighthouse import scores

ROOT = Path(__file__).parents[1]
WEB = ROOT / "src" / "spheroseg" / "server" / "web"
RESULTS = ROOT / "bench" / "results" / "web.json"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
ROUTES = {
    "landing": "src/accounts/Landing.tsx",
    "sign_in": "src/accounts/SignIn.tsx",
    "dashboard": "src/projects/Dashboard.tsx",
    "gallery": "src/images/Gallery.tsx",
    "image": "src/editor/ImagePage.tsx",
}
TEXTS = ("src/i18n/locales/first/en.json", "src/i18n/locales/en.json")
LATER = {"gallery", "image"}
"""Routes that need all texts."""

MAX_INITIAL_BYTES = 180_000


def initial_bytes() -> dict[str, int]:
    """Gzip bytes of the JavaScript that each route needs before it can be used, with its English texts."""
    manifest: dict[str, Any] = json.loads((WEB / ".vite" / "manifest.json").read_text("utf-8"))

    def needed(name: str, seen: set[str]) -> set[str]:
        if name not in seen:
            seen.add(name)
            for other in manifest[name].get("imports", []):
                needed(other, seen)
        return seen

    entry = next(name for name, item in manifest.items() if item.get("isEntry"))
    sizes = {
        name: len(gzip.compress((WEB / item["file"]).read_bytes(), 9))
        for name, item in manifest.items()
        if item["file"].endswith(".js")
    }
    return {
        route: sum(
            sizes.get(name, 0)
            for name in needed(entry, set()) | needed(page, set()) | set(TEXTS[: 1 + (route in LATER)])
        )
        for route, page in ROUTES.items()
    }


@contextmanager
def service() -> Iterator[tuple[str, Path]]:
    """A running service with nothing in it: its address and its folder."""
    folder = Path(tempfile.mkdtemp(prefix="spheroseg-bench-"))
    folder.chmod(0o711)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    program = str(Path(sys.executable).with_name("spheroseg"))
    environment = os.environ | {"SPHEROSEG_PUBLIC_URL": url, "SPHEROSEG_RATE_LIMITS": "false"}
    command = [program, "serve", "--data-dir", str(folder / "data"), "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            for _ in range(240):
                time.sleep(0.5)
                try:
                    with urllib.request.urlopen(f"{url}/health/ready", timeout=5):  # noqa: S310 -- our own address
                        break
                except OSError:
                    continue
            yield url, folder
        finally:
            process.terminate()
            process.wait(60)
            shutil.rmtree(folder, ignore_errors=True)


def on_3g(page: Page) -> None:
    """Slow the page's network and processor."""
    protocol = page.context.new_cdp_session(page)
    protocol.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750},
    )
    protocol.send("Emulation.setCPUThrottlingRate", {"rate": 4})


MARK_USABLE = """
new MutationObserver((_, observer) => {
  if (![...document.querySelectorAll("button")].some((each) => each.textContent === "New project")) return;
  observer.disconnect();
  requestAnimationFrame(() => setTimeout(() => { window.usableAfterMs = performance.now(); }));
}).observe(document, { childList: true, subtree: true });
"""
"""Notes, inside the page, when the button that begins work is on the screen and the page listens again."""


def signed_in(browser: Browser, url: str) -> Any:  # noqa: ANN401 -- Playwright's own type of cookies
    """Cookies of a new person."""
    context = browser.new_context(base_url=url, locale="en-GB")
    page = context.new_page()
    page.request.post("/api/v1/auth/sign-up", data={"email": "bench@example.org", "password": "a quiet heron at dawn"})
    page.request.post("/api/v1/auth/sign-in", data={"email": "bench@example.org", "password": "a quiet heron at dawn"})
    state = context.storage_state()
    context.close()
    return state


def first_page_s(browser: Browser, url: str, state: Any) -> dict[str, float]:  # noqa: ANN401
    """Seconds until the dashboard can be used, cold and warm, on "3G"."""
    times: dict[str, list[float]] = {"cold": [], "warm": []}
    for _ in range(5):
        context = browser.new_context(base_url=url, storage_state=state, locale="en-GB")
        page = context.new_page()
        page.add_init_script(MARK_USABLE)
        on_3g(page)
        for kind in ("cold", "warm"):
            page.goto("/projects", wait_until="commit")
            after_ms = None
            while after_ms is None:
                page.wait_for_timeout(8000)  # no asking in between: that would take the slowed processor's time
                after_ms = page.evaluate("window.usableAfterMs ?? null")
            times[kind].append(float(after_ms) / 1000)
        context.close()
    return {f"dashboard_3g_{kind}_s": round(statistics.median(values), 2) for kind, values in times.items()}


def main() -> None:
    """Measure, print, keep."""
    figures: dict[str, Any] = {f"{route}_js_gzip_bytes": size for route, size in initial_bytes().items()}
    figures["max_initial_js_gzip_bytes"] = MAX_INITIAL_BYTES
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if chromium is None:
        print("no Chromium here: only sizes are measured")
    else:
        with service() as (url, folder), sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            state = signed_in(browser, url)
            figures |= first_page_s(browser, url, state)
            figures |= gallery(browser, url, folder, state)
            browser.close()
            figures |= scores(chromium, url, state["cookies"])
    figures["load_average"] = round(os.getloadavg()[0], 1)
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    for name, value in figures.items():
        print(f"{name:32} {value}")


if __name__ == "__main__":
    main()
