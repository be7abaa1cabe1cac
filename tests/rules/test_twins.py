"""Each thing is written once: no function of the package, nor of the tests, has the same body as one elsewhere."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "src" / "spheroseg"
TESTS = Path(__file__).parents[1]
SMALL = 20
"""Nodes of the syntax tree; a body of fewer is one expression, which a name of its own would not make clearer."""
APART = {
    ("formats/geojson.py:read", "formats/imagej.py:read"): "the front of a format, with what it reads in its docstring",
}
"""Twins that stay, and why."""


def twins(sources: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Functions with one body in several modules, whatever their names, docstrings and comments are."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for place, source in sources.items():
        for node in ast.walk(ast.parse(source)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            body = node.body[1:] if ast.get_docstring(node) is not None else node.body
            if sum(1 for part in body for _ in ast.walk(part)) >= SMALL or len(body) > 3:
                found["\n".join(map(ast.dump, body))].add(f"{place}:{node.name}")
    return sorted(tuple(sorted(each)) for each in found.values() if len({one.split(":")[0] for one in each}) > 1)


def test_the_check_knows_a_twin() -> None:
    body = "    a = open(x)\n    b = a.read()\n    c = b.strip()\n    return c\n"
    same = {"one.py": f"def f(x):\n    'Reads.'\n{body}", "two.py": f"async def g(x):\n{body}"}
    assert twins(same) == [("one.py:f", "two.py:g")]
    assert twins(same | {"two.py": "def g(x):\n    return x\n"}) == []


def test_no_function_has_a_twin() -> None:
    sources = {
        path.relative_to(PACKAGE).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(PACKAGE.rglob("*.py"))
        if "migrations" not in path.parts
    }
    assert [each for each in twins(sources) if each not in APART] == []


def test_no_function_of_the_tests_has_a_twin() -> None:
    sources = {
        path.relative_to(TESTS).as_posix(): path.read_text(encoding="utf-8") for path in sorted(TESTS.rglob("*.py"))
    }
    assert twins(sources) == []
