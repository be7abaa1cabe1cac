"""A test waits for an event: it sleeps only between two looks at what it waits for, or where time itself is its subject."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
ONLY_TIME = {
    "deploy/test_pitr.py": (1, "a moment that a backup is brought back to lies between two others"),
    "deploy/test_proxy.py": (1, "the flood before has to be over for the proxy, which says nothing of it"),
    "e2e/editing.py": (
        1,
        "a step begins a moment after the hand lets go, and nothing on the page says that there is none",
    ),
    "e2e/test_editor.py": (4, "what one window shows another hears of later, and its page does not change by it"),
    "e2e/test_editor_access.py": (1, "panels fade in"),
    "e2e/test_editor_more.py": (
        4,
        "the picture rests before it is photographed; what must not be drawn or undone has no event",
    ),
    "e2e/test_images.py": (3, "a network that is away for a while; none that is uploaded twice has no event"),
    "e2e/test_pages.py": (1, "panels fade in"),
    "faults/test_storage.py": (1, "a storage that is slow"),
    "server/events/test_relay.py": (1, "that nothing is sent while there is nobody has no event"),
    "server/uploads/test_tus_client.py": (1, "that nothing more arrives from a killed client has no event"),
}
"""How often a test sleeps without looking, and why."""


def blind_sleeps(source: str) -> list[int]:
    """Lines that sleep outside a loop that looks: one with a condition, or one that may be left before its end."""
    found: list[int] = []

    def walk(node: ast.AST, *, looks: bool) -> None:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            looks = False
        elif isinstance(node, ast.While):
            looks = True
        elif isinstance(node, ast.For | ast.AsyncFor):
            looks = any(isinstance(each, ast.Break | ast.Return) for each in ast.walk(node))
        elif isinstance(node, ast.Call) and not looks and _sleeps(node):
            found.append(node.lineno)
        for child in ast.iter_child_nodes(node):
            walk(child, looks=looks)

    walk(ast.parse(source), looks=False)
    return found


def _sleeps(call: ast.Call) -> bool:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name == "sleep":  # 0: another task's turn, no time
        return not (call.args and isinstance(call.args[0], ast.Constant) and call.args[0].value == 0)
    return name == "wait_for_timeout"


@pytest.mark.parametrize(
    ("source", "lines"),
    [
        ("while not path.exists():\n    time.sleep(0.1)", []),
        ("for _ in range(60):\n    if there():\n        break\n    time.sleep(0.1)", []),
        ("await asyncio.sleep(0)", []),
        ("time.sleep(0.5)\nassert there()", [1]),
        ("page.wait_for_timeout(700)", [1]),
        ("for _ in range(3):\n    press()\n    page.wait_for_timeout(300)", [3]),
    ],
)
def test_the_check_knows_a_blind_sleep(source: str, lines: list[int]) -> None:
    assert blind_sleeps(source) == lines


def test_tests_wait_for_events() -> None:
    found = Counter(
        {
            path.relative_to(TESTS).as_posix(): len(blind_sleeps(path.read_text(encoding="utf-8")))
            for path in sorted(TESTS.rglob("*.py"))
        }
    )
    allowed = {name: n for name, (n, _) in ONLY_TIME.items()}
    assert {name: n for name, n in found.items() if n != allowed.get(name, 0)} == {}
