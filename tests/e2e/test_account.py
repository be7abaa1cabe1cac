"""One's own account: a forgotten password, a token for scripts, the end."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

NEW_PASSWORD = "three herons before noon"


def status_with(token: str, service: str) -> int:
    """What the service answers a script that shows a token."""
    request = urllib.request.Request(f"{service}/api/v1/users/me", headers={"Authorization": f"Bearer {token}"})
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.mark.quick
def test_a_forgotten_password(browsing: Any, mailed_link: Callable[[str, str], str]) -> None:
    page = browsing.open()
    browsing.sign_up(page, "forgetful@example.org")
    page.context.clear_cookies()
    page.goto("/sign-in")
    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_role("heading", name="Forgot your password?").wait_for()
    page.get_by_label("E-mail").fill("forgetful@example.org")
    page.get_by_role("button", name="Mail me a link").click()
    page.get_by_text("a link is on its way").wait_for()
    page.goto(mailed_link("forgetful@example.org", "reset-password"))
    page.reload()  # the link still works: opening it uses nothing up
    page.get_by_label("New password", exact=False).first.fill(NEW_PASSWORD)
    page.locator("form button[type=submit]").click()
    page.get_by_text("The new password is set.").first.wait_for()
    page.reload()  # used now: said before anybody types, and not on the console
    page.get_by_text("This link was used already or is too old.").wait_for()
    page.get_by_role("link", name="Mail me a link").wait_for()
    page.context.clear_cookies()
    page.goto("/sign-in?to=/settings")
    page.get_by_label("E-mail").fill("forgetful@example.org")
    page.get_by_label("Password", exact=False).first.fill(NEW_PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).last.click()
    page.get_by_role("heading", name="Settings").wait_for()


@pytest.mark.console("status of 401")  # the sign-in that is refused in the end
def test_a_token_and_the_end(browsing: Any, service: str) -> None:
    page = browsing.open()
    browsing.sign_up(page, "leaving@example.org")
    page.goto("/settings")
    page.get_by_label("What is it for?").fill("a script")
    page.get_by_role("button", name="Create", exact=True).click()
    token = page.get_by_role("alert").locator("code").inner_text()
    assert status_with(token, service) == 200
    page.reload()
    assert page.get_by_text(token).count() == 0  # it was shown once
    page.get_by_role("button", name="Revoke").click()
    page.get_by_role("button", name="Revoke").wait_for(state="detached")
    assert status_with(token, service) == 401

    page.get_by_role("button", name="Delete account").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Repeat your e-mail address").fill("leaving@example.org")
    dialog.get_by_label("Password", exact=False).first.fill("a quiet heron at dawn")
    dialog.get_by_role("button", name="Delete account").click()
    page.get_by_role("link", name="Start now").wait_for()
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("leaving@example.org")
    page.get_by_label("Password", exact=False).first.fill("a quiet heron at dawn")
    page.get_by_role("button", name="Sign in", exact=True).last.click()
    page.get_by_text("The e-mail address or the password is wrong.").wait_for()
