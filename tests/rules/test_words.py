"""Words that once stood for many things are names of nothing, or of one thing in the rooms where it lives (see the glossary)."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENGLISH = ROOT / "web" / "src" / "i18n" / "locales" / "en.json"
NOBODYS = {"said", "told", "settle", "settles", "settled", "desk", "easel", "workbench", "ledger", "heavy"}
AT_HOME = {
    # a place in the fair order of the queue
    "turn": ("server/images/", "server/runs/", "server/tables/", "server/migrations/"),
    "turns": ("server/runs/", "server/migrations/"),
    # of a frame's results the one that tables and exports are of
    "shown": ("server/",),
}
"""Words with one meaning, and the rooms of the package that have it."""
OF_NO_PAGE = NOBODYS | {"turn", "turns"}
"""In the web app, where what is on the screen is shown."""
OTHERS = {"onSettled"}
"""Names that a library gives to what it calls."""


def names(source: str) -> Iterator[tuple[int, str]]:
    """What a module names: functions, classes, parameters, variables and attributes."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr


def names_of_typescript(source: str) -> Iterator[tuple[int, str]]:
    """What a module declares; fields and parameters with their types."""
    for number, line in enumerate(source.splitlines(), 1):
        if not line.lstrip().startswith(("//", "*", "/*")):
            for name in re.findall(r"\b(?:const|let|function|class|interface|type)\s+(\w+)|\b(\w+)\??:\s", line):
                yield number, name[0] or name[1]


def words(name: str) -> set[str]:
    """The words of a name, in either way of writing them together."""
    return set(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().split("_"))


def is_wrong(name: str, place: str) -> bool:
    """Whether a name uses one of the words where it has no meaning."""
    used = words(name) if name not in OTHERS else set()
    return bool(used & NOBODYS) or any(word in used and not place.startswith(home) for word, home in AT_HOME.items())


@pytest.mark.parametrize(
    ("name", "place", "wrong"),
    [
        ("answer", "client/service.py", False),
        ("said", "client/service.py", True),
        ("_told_to_stop", "server/processes/supervise.py", True),
        ("saidOf", "client/service.py", True),
        ("next_turn", "server/runs/repository.py", False),
        ("turn", "geometry/rings.py", True),
        ("turned", "geometry/rings.py", False),
        ("is_shown", "server/results/repository.py", False),
        ("shown_place", "imaging/image.py", True),
    ],
)
def test_the_check_knows_them(name: str, place: str, wrong: bool) -> None:
    assert is_wrong(name, place) == wrong


def test_each_word_means_one_thing_in_the_package() -> None:
    package = ROOT / "src" / "spheroseg"
    found = [
        f"{place}:{line}: {name}"
        for path in sorted(package.rglob("*.py"))
        for line, name in [(0, path.stem), *names(path.read_text(encoding="utf-8"))]
        if is_wrong(name, place := path.relative_to(package).as_posix())
    ]
    assert found == []


@pytest.mark.parametrize("room", ["tests", "bench", "deploy"])
def test_what_tests_and_measurements_hold_is_called_by_its_own_name(room: str) -> None:
    """A test may be a sentence: its own name is left alone, what it holds is not."""
    found = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in sorted((ROOT / room).rglob("*.py"))
        for line, name in [(0, path.stem), *names(path.read_text(encoding="utf-8"))]
        if words(name) & NOBODYS and not name.startswith("test_")
    ]
    assert found == []


def test_each_word_means_one_thing_in_the_page() -> None:
    folder = ROOT / "web" / "src"
    found = [
        f"{path.relative_to(folder)}:{line}: {name}"
        for path in sorted(folder.rglob("*.ts*"))
        if path.name != "schema.d.ts"
        for line, name in [(0, path.stem), *names_of_typescript(path.read_text(encoding="utf-8"))]
        if words(name) & OF_NO_PAGE and name not in OTHERS
    ]
    sections = {
        name for name, texts in json.loads(ENGLISH.read_text(encoding="utf-8")).items() for name in (name, *texts)
    }
    assert found == []
    assert [name for name in sorted(sections) if words(name) & OF_NO_PAGE] == []
