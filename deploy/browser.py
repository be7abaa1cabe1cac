"""A person signs in at a running service in a real browser and sees the project of deploy/journey.py.

python deploy/browser.py URL
"""

from __future__ import annotations

import os
import shutil
import sys

from journey import EMAIL, PASSWORD
from playwright.sync_api import expect, sync_playwright

WITHIN_MS = 60_000


def main(url: str) -> None:
    """Sign in; any error of the page ends it."""
    browser_path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    flags = ["--no-sandbox", "--disable-gpu", "--ignore-certificate-errors", "--no-first-run", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=flags)
        page = browser.new_page(ignore_https_errors=True)
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{url}/sign-in", timeout=WITHIN_MS)
        page.get_by_label("E-mail").first.fill(EMAIL, timeout=WITHIN_MS)
        page.get_by_label("Password", exact=False).first.fill(PASSWORD)
        page.get_by_label("Password", exact=False).first.press("Enter")
        expect(page.get_by_text("Journey").first).to_be_visible(timeout=WITHIN_MS)
        browser.close()
    if errors:
        raise SystemExit("browser: " + "; ".join(errors))
    print("browser: signed in, the project is there")


if __name__ == "__main__":
    main(sys.argv[1])
