"""What is written is used: no function, class or constant of the package that no code and no document names, no export of the web that no other file takes."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "spheroseg"
WEB = ROOT / "web" / "src"
PLAIN = {"dataclass", "property", "cached_property", "staticmethod", "classmethod", "cache", "lru_cache", "compiled", "contextmanager", "asynccontextmanager"}  # fmt: skip
"""Decorators that call nothing by themselves; others (routes, tasks, validators) do."""
CALLED_BY_OTHERS = {
    "seekable": "io.IOBase",
    "process_bind_param": "SQLAlchemy",
    "process_result_value": "SQLAlchemy",
    "get_retry_decision": "procrastinate",
    "settings_customise_sources": "pydantic-settings",
    "TABLES": "the import of each module of tables",
    "FrameSizes": "the declared schema; its queries are written as text",
    "OutboxEvent": "the declared schema; its queries are written as text",
    "intersect": "people who write Python: `geometry.edit`",
    "fill_holes": "people who write Python: `geometry.edit`",
    "add_hole": "people who write Python: `geometry.edit`",
    "to_review": "people who write Python: the client",
}


def definitions(source: str) -> Iterator[tuple[int, str]]:
    """Functions, classes, methods and constants of a module, without those that a decorator hands on."""

    def walk(node: ast.Module | ast.ClassDef) -> Iterator[tuple[int, str]]:
        for each in node.body:
            if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                called = {re.split(r"[(]", ast.unparse(by))[0].rpartition(".")[2] for by in each.decorator_list}
                if called <= PLAIN:
                    yield each.lineno, each.name
                if isinstance(each, ast.ClassDef):
                    yield from walk(each)
            elif isinstance(node, ast.Module) and isinstance(each, ast.Assign | ast.AnnAssign):
                targets = each.targets if isinstance(each, ast.Assign) else [each.target]
                yield from ((each.lineno, target.id) for target in targets if isinstance(target, ast.Name))

    yield from walk(ast.parse(source))


def unnamed(sources: Mapping[str, str], others: Iterable[str]) -> list[str]:
    """Definitions whose name is written once: where they stand."""
    written: Counter[str] = Counter()
    for text in (*sources.values(), *others):
        written.update(re.findall(r"\w+", text))
    return [
        f"{place}:{line}: {name}"
        for place, source in sources.items()
        for line, name in definitions(source)
        if written[name] == 1 and not name.startswith("__") and name not in CALLED_BY_OTHERS
    ]


def exported(source: str) -> list[str]:
    """What a TypeScript file declares for others."""
    return re.findall(
        r"^export (?:default )?(?:async )?(?:const|let|function|class|interface|type)\s+(\w+)", source, re.MULTILINE
    )


def untaken(sources: Mapping[str, str], others: Iterable[str]) -> list[str]:
    """Exports that no other file names: dead, or of one file alone, where the compiler sees whether they are."""
    words = {place: set(re.findall(r"\w+", text)) for place, text in sources.items()}
    elsewhere = set().union(*(re.findall(r"\w+", text) for text in others))
    files = Counter(word for each in words.values() for word in each)
    return [
        f"{place}: {name}"
        for place, source in sources.items()
        for name in exported(source)
        if files[name] == 1 and name not in elsewhere
    ]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f(): ...\nf()", []),
        ("def f(): ...", ["a.py:1: f"]),
        ("@router.get('/')\nasync def f(): ...", []),
        ("@dataclass(frozen=True)\nclass A:\n    def b(self): ...", ["a.py:2: A", "a.py:3: b"]),
        ("LIMIT = 3", ["a.py:1: LIMIT"]),
    ],
)
def test_the_check_sees_what_nothing_names(source: str, found: list[str]) -> None:
    assert unnamed({"a.py": source}, []) == found


def test_the_check_sees_an_export_that_nobody_takes() -> None:
    files = {"a.ts": "export const a = 1;\nexport type B = string;\n", "b.ts": 'import { a } from "./a";\n'}
    assert untaken(files, []) == ["a.ts: B"]
    assert untaken(files, ["expect(B)"]) == []


def test_the_package_holds_nothing_dead() -> None:
    paths = [path for path in sorted(PACKAGE.rglob("*.py")) if "migrations" not in path.parts]
    sources = {path.relative_to(PACKAGE).as_posix(): path.read_text("utf-8") for path in paths}
    places = (
        "bench/*.py",
        "web/scripts/*.py",
        "src/spheroseg/server/migrations/*.py",
        "pyproject.toml",
        "docs/**/*.md",
    )
    beside = [path.read_text("utf-8") for place in places for path in ROOT.glob(place)]
    assert unnamed(sources, beside) == []


def test_the_web_exports_what_others_take() -> None:
    paths = [path for path in sorted(WEB.rglob("*.ts*")) if path.name != "schema.d.ts"]
    sources = {path.relative_to(WEB).as_posix(): path.read_text("utf-8") for path in paths}
    tests = [path.read_text("utf-8") for path in (ROOT / "web/tests").rglob("*.ts*")]
    assert untaken(sources, [*tests, (ROOT / "web/vite.config.ts").read_text("utf-8")]) == []
