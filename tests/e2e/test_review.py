"""The review queue by keys alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.quick
def test_accept_exclude_and_take_back_without_a_mouse(browsing: Any, account: tuple[Path, str]) -> None:
    state, project = account
    page = browsing.open(state=state)
    summary = f"{project.replace('/projects/', '/api/v1/projects/')}/summary"
    page.goto(f"{project}/review?order=least_confident")
    page.get_by_role("button", name="Accept").wait_for()
    before = page.request.get(summary).json()["n_unreviewed_frames"]
    page.keyboard.press("a")
    browsing.wait_for(page, summary, lambda answer: answer["n_unreviewed_frames"] == before - 1, 30)
    page.keyboard.press("x")
    page.get_by_role("group", name="Why exclude this image?").wait_for()
    page.keyboard.press("1")  # out of focus
    browsing.wait_for(page, summary, lambda answer: answer["by_review_state"].get("excluded") == 1, 30)

    page.reload()  # what was said is kept, and so is the place in the queue
    page.goto(f"{project}/review?state=excluded")
    page.get_by_role("button", name="Accept").wait_for()
    page.keyboard.press("u")
    browsing.wait_for(page, summary, lambda answer: not answer["by_review_state"].get("excluded"), 30)
    page.keyboard.press("e")
    page.wait_for_url("**/images/*?frame=0")
