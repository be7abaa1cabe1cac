"""What travels within the server has a type: an object of which nothing is said stands only where others decide what is in it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[2] / "src" / "spheroseg" / "server"
AT_MOST = 15


def open_objects(source: str) -> list[int]:
    """Lines with `dict[str, Any]`, under whatever name: an alias of it is one too."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Subscript) and ast.unparse(node) == "dict[str, Any]"
    ]


@pytest.mark.parametrize(
    ("source", "n"),
    [
        ("def f(card: dict[str, Any]) -> list[dict[str, Any]]: ...", 2),
        ("Json: TypeAlias = dict[str, Any]", 1),
        ("def f(card: RunCard, about: dict[str, JsonValue]) -> None: ...", 0),
    ],
)
def test_they_are_found(source: str, n: int) -> None:
    assert len(open_objects(source)) == n


def test_the_server_has_few_of_them() -> None:
    found = [
        f"{path.relative_to(SERVER).as_posix()}:{line}"
        for path in sorted(SERVER.rglob("*.py"))
        for line in open_objects(path.read_text(encoding="utf-8"))
    ]
    assert len(found) <= AT_MOST, found
