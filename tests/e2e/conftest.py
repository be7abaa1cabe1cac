"""A real service and a real browser: `spheroseg serve` on a free port of this machine, and the host's Chromium."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, expect, sync_playwright
from tests.e2e.editing import Hand, open_blank
from tests.fixtures.processes import free_port
from tests.fixtures.tools import missing

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "src" / "spheroseg" / "server" / "web" / "index.html"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
OTHER_NAME = "lab.test"
"""This machine as another one sees it: browsers trust loopback addresses by plain HTTP, and no others."""
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", f"--host-resolver-rules=MAP {OTHER_NAME} 127.0.0.1",
)  # fmt: skip
PASSWORD = "a quiet heron at dawn"
START_S = 120
PATIENCE_MS = 120_000
"""How long a page, an expectation and a request are waited for: each is awaited as an event, and a busy machine takes its time."""
expect.set_options(timeout=PATIENCE_MS)
N_EXAMPLES = 11
"""Eight rendered images and three real ones."""
OWN_DOING = "Service Worker registration blocked by Playwright"
"""A warning that the browser gives because we told it to."""


@pytest.fixture(scope="session")
def service_folder() -> Iterator[Path]:
    """Where the service keeps everything, its logs as well."""
    folder = Path(tempfile.mkdtemp(prefix="spheroseg-e2e-"))  # pytest's own folder is closed to the database's account
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def service(service_folder: Path) -> Iterator[str]:
    """The address of a service with nothing in it."""
    if not BUILT.is_file():
        missing("the web app is not built (web/build.sh)")
    folder = service_folder
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPHEROSEG_")}
    # longer than all journeys together, on a busy machine too
    environment |= {"SPHEROSEG_PUBLIC_URL": url, "SPHEROSEG_RATE_LIMITS": "false", "SPHEROSEG_ACCESS_TOKEN_S": "7200"}
    program = str(Path(sys.executable).with_name("spheroseg"))
    command = [program, "serve", "--data-dir", str(folder / "data"), "--port", str(port)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_until_ready(url, process, folder / "log")
            yield url
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Wait for the service; fail with its last words when it ends instead."""
    for _ in range(START_S * 2):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{url}/health/ready", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            pass
        time.sleep(0.5)
    pytest.fail(f"the service did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-3000:]}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium."""
    if CHROMIUM is None:
        missing("no Chromium here")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def mailed_link(service_folder: Path) -> Callable[[str, str], str]:
    """The newest link to a page that was mailed to somebody; without a mail server the service prints its mails."""

    def find(email: str, page: str) -> str:
        for _ in range(60):
            for log in sorted(service_folder.rglob("*log")):
                if not log.is_file():
                    continue
                text = log.read_text("utf-8", errors="replace")
                mails = re.findall(rf"--- mail to {re.escape(email)}: .*?\n---\n", text, re.DOTALL)
                links = [link for mail in mails for link in re.findall(rf"https?://\S+/{page}#\S+", mail)]
                if links:
                    return str(links[-1])
            time.sleep(0.5)
        pytest.fail(f"no mail to {email} with a link to {page}")

    return find


class Console:
    """What windows say to nobody: errors that no page caught, and what is written on the console as error or warning."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def listen(self, context: BrowserContext) -> None:
        """Hear all pages of a window, also those that open later."""
        context.on("weberror", lambda error: self.messages.append(f"uncaught: {error.error}"))
        context.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and OWN_DOING not in message.text:
            self.messages.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def unexpected(self, allowed: Sequence[str]) -> list[str]:
        """What was said but for what a test allows (regular expressions)."""
        return [each for each in self.messages if not any(re.search(pattern, each) for pattern in allowed)]


class Browsing:
    """Opens windows of people; checks at the end that no page broke."""

    def __init__(self, browser: Browser, service: str) -> None:
        self.browser = browser
        self.service = service
        self.contexts: list[BrowserContext] = []
        self.console = Console()

    def open(
        self, *, width: int = 1440, dark: bool = False, state: str | Path | None = None, touch: bool = False
    ) -> Page:
        """A new window with cookies of its own (or those kept in `state`)."""
        size: ViewportSize = {"width": width, "height": 900}
        context = self.browser.new_context(
            base_url=self.service,
            viewport=size,
            color_scheme="dark" if dark else "light",
            locale="en-GB",
            bypass_csp=True,  # axe is injected; that the page works under its policy, test_journey.py checks
            service_workers="block",
            storage_state=state,
            accept_downloads=True,
            has_touch=touch,
        )
        self.take(context)
        return context.new_page()

    def take(self, context: BrowserContext) -> None:
        """Listen to a window that a test opened by itself, and close it in the end."""
        context.set_default_timeout(PATIENCE_MS)
        self.contexts.append(context)
        self.console.listen(context)

    def sign_up(self, page: Page, email: str) -> None:
        """Make an account by the form; ends on the dashboard."""
        page.goto("/sign-up")
        page.get_by_label("Name").fill("Ada Test")
        page.get_by_label("E-mail").fill(email)
        page.get_by_label("Password", exact=False).first.fill(PASSWORD)
        page.get_by_role("button", name="Create account").click()
        page.wait_for_url("**/projects")

    def wait_for(self, page: Page, url: str, is_so: Callable[[Any], bool], seconds: int = 240) -> None:
        """Ask the service until it says so."""
        for _ in range(seconds):
            if is_so(page.request.get(url).json()):
                return
            page.wait_for_timeout(1000)
        pytest.fail(f"it did not become so within {seconds} s: {page.request.get(url).text()[:500]}")

    def close(self) -> None:
        """Close all windows."""
        for context in self.contexts:
            context.close()


def why(folder: Path) -> str:
    """What a service wrote about requests that it failed, and its database about anything: the reason of a complaint."""
    logs = {
        log: log.read_text("utf-8", errors="replace").splitlines() for log in folder.rglob("*.log") if log.is_file()
    }
    marks = ("request_failed", "ERROR:", "FATAL:", "DETAIL:")
    return "\n".join(line for lines in logs.values() for line in lines if any(mark in line for mark in marks))[-8000:]


@pytest.fixture
def browsing(
    browser: Browser, service: str, service_folder: Path, request: pytest.FixtureRequest
) -> Iterator[Browsing]:
    """Windows of this test; what its marks `console` do not allow, no console may have said by the end."""
    browsing = Browsing(browser, service)
    yield browsing
    browsing.close()
    allowed = [pattern for mark in request.node.iter_markers("console") for pattern in mark.args]
    complaints = browsing.console.unexpected(allowed)
    assert not complaints, "\n".join([*complaints, why(service_folder)])


@pytest.fixture(scope="session")
def account(
    browser: Browser, service: str, service_folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str]:
    """(cookies of a signed-in person, address of a segmented project): made once, by hand as a person would."""
    browsing = Browsing(browser, service)
    page = browsing.open()
    browsing.sign_up(page, "pages@example.org")
    page.get_by_role("button", name="Example images").click()
    page.wait_for_url("**/projects/*-*")
    project = page.url
    page.get_by_text(f"{N_EXAMPLES} of {N_EXAMPLES} files uploaded").wait_for(timeout=60_000)
    api = project.replace("/projects/", "/api/v1/projects/")
    browsing.wait_for(page, f"{api}/summary", lambda answer: answer["by_state"].get("ready") == N_EXAMPLES)
    page.reload()
    page.get_by_role("button", name="Segment all").click()
    page.get_by_role("button", name="Segment", exact=True).click()
    browsing.wait_for(page, f"{api}/summary", lambda answer: answer["by_segmentation_state"].get("done") == N_EXAMPLES)
    kept = tmp_path_factory.mktemp("account") / "state.json"
    page.context.storage_state(path=kept)
    browsing.close()
    assert browsing.console.messages == [], why(service_folder)
    return kept, project


@pytest.fixture
def hand(browsing: Browsing, account: tuple[Path, str]) -> Hand:
    """A hand on an image without outlines."""
    state, project = account
    return open_blank(browsing.open(state=state), project, "example_several_A03.tif")
