"""Lighthouse over the first pages: performance as on a telephone and at a desk, accessibility, best practices.

Called by bench/web.py. Lighthouse itself is fetched into bench/lighthouse/ (its package-lock.json says which) the first time.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "lighthouse"
PAGES = {"landing": "/", "sign_in": "/sign-in", "dashboard": "/projects"}
KINDS = {"phone": [], "desk": ["--preset=desktop"]}
TIMES = 3  # the median of so many: one run is off by several points


def scores(chromium: str, url: str, cookies: list[dict[str, Any]]) -> dict[str, int]:
    """Points of 100: performance of each page and kind, and the lowest accessibility and best practices of all."""
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "CHROME_PATH": chromium,
    }
    if not (FOLDER / "node_modules" / "lighthouse").is_dir():
        print("installing Lighthouse into bench/lighthouse")
        subprocess.run(["npm", "ci", "--loglevel=error"], cwd=FOLDER, env=environment, check=True)
    header = json.dumps({"Cookie": "; ".join(f"{each['name']}={each['value']}" for each in cookies)})
    found: dict[str, int] = {}
    lowest = {"accessibility": 100, "best-practices": 100}
    for page, path in PAGES.items():
        for kind, options in KINDS.items():
            points = []
            for _ in range(TIMES):
                report = _report(f"{url}{path}", [*options, f"--extra-headers={header}"], environment)
                points.append(report["performance"])
                lowest = {name: min(value, report[name]) for name, value in lowest.items()}
            found[f"lighthouse_{page}_{kind}"] = round(statistics.median(points))
    return found | {f"lighthouse_{name.replace('-', '_')}": value for name, value in lowest.items()}


def _report(address: str, options: list[str], environment: dict[str, str]) -> dict[str, int]:
    program = FOLDER / "node_modules" / "lighthouse" / "cli" / "index.js"
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "report.json"
        subprocess.run(
            [
                "node", str(program), address, "--quiet", "--output=json", f"--output-path={output}",
                "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
                "--only-categories=performance,accessibility,best-practices", *options,
            ],
            env=environment, check=True, timeout=180, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        categories = json.loads(output.read_text("utf-8"))["categories"]
    return {name: round(100 * each["score"]) for name, each in categories.items()}
