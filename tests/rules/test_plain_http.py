"""What browsers grant to HTTPS and loopback addresses alone is asked for in one file each, which knows what to do without it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WEB = Path(__file__).parents[2] / "web" / "src"
SECURE_ONLY = {
    r"crypto\.randomUUID": set(),  # store/newId.ts does without
    r"crypto\.subtle": set(),
    r"navigator\.locks": {"store/locks.ts"},
    r"navigator\.clipboard": {"ui/copy.ts"},
}


def users(pattern: str, files: dict[str, str]) -> set[str]:
    """Names of the files whose code has a pattern; comments may speak of it."""
    return {
        name
        for name, text in files.items()
        if re.search(pattern, "\n".join(line for line in text.splitlines() if not line.lstrip().startswith(("*", "/"))))
    }


@pytest.mark.parametrize("pattern", SECURE_ONLY)
def test_pages_work_by_plain_http(pattern: str) -> None:
    files = {
        path.relative_to(WEB).as_posix(): path.read_text("utf-8")
        for end in ("ts", "tsx")
        for path in WEB.rglob(f"*.{end}")
    }
    assert users(pattern, files) == SECURE_ONLY[pattern]


def test_a_use_is_found_and_a_comment_is_not() -> None:
    files = {
        "a.ts": "const id = crypto.randomUUID();",
        "b.ts": "/** `crypto.randomUUID` is missing */",
        "c.ts": "newId()",
    }
    assert users(r"crypto\.randomUUID", files) == {"a.ts"}
