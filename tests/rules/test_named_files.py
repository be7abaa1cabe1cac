"""A source file that a document or a comment names in backticks is there: what moves takes its name along."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Collection, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
HISTORY = {"CHANGELOG.md"}
"""Says what was, too."""


def named(name: str, text: str) -> Iterator[str]:
    """Paths of source files in backticks: anywhere in a document, in code in its comments and docstrings."""
    parts = [text] if name.endswith(".md") else re.findall(r'(?:#|//|\*|""").*', text)
    for part in parts:
        yield from re.findall(r"`([\w.-]+/[\w./-]+\.(?:py|tsx?|sh|mjs|yaml|conf))(?:::\w+)?`", part)


def missing(texts: dict[str, str], files: Collection[str]) -> list[str]:
    """What is named and is no file, nor the end of the path of one."""
    ends = {"/".join(parts[at:]) for file in files for parts in [file.split("/")] for at in range(len(parts))}
    return [f"{name}: {path}" for name, text in texts.items() for path in named(name, text) if path not in ends]


def test_the_check_sees_a_file_that_is_gone() -> None:
    files = ["src/a/b.py", "tests/a/test_b.py"]
    good = {"docs/x.md": "see `a/b.py` and `tests/a/test_b.py::test_c`", "src/a/b.py": 'there = "`no/where.py`"'}
    assert missing(good, files) == []
    bad = {"docs/x.md": "see `b/a.py`", "web/c.ts": "/** as in `c/b.py` */"}
    assert missing(bad, files) == ["docs/x.md: b/a.py", "web/c.ts: c/b.py"]


def test_every_source_file_that_is_named_is_there() -> None:
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    files = [file for file in listing.stdout.splitlines() if (ROOT / file).is_file()]
    texts = {
        file: (ROOT / file).read_text("utf-8")
        for file in files
        if file.endswith((".md", ".py", ".ts", ".tsx", ".sh")) and file not in HISTORY and ROOT / file != Path(__file__)
    }
    assert missing(texts, files) == []
