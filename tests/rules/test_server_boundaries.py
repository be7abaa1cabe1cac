"""Where the service's queries and commits may stand. Each rule is shown a good and a bad example first."""

import ast
from pathlib import Path

import pytest

SERVER = Path(__file__).parents[2] / "src" / "spheroseg" / "server"
QUERIES = frozenset({"select", "insert", "update", "delete", "text"})
GROUND = frozenset({"tables", "resources", "migrations"})
"""Rooms whose subject the database is."""
BOUNDARY = frozenset({"resources/db.py", "migrations/env.py"})
"""The transaction of a request or a job, the one helper that ends it early, and migrations."""


def queries(source: str) -> list[str]:
    """Names of SQLAlchemy's query builders that a module imports or reaches through the package."""
    found = []
    packages = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "sqlalchemy":
            found += [alias.name for alias in node.names if alias.name in QUERIES]
        elif isinstance(node, ast.Import):
            packages |= {alias.asname or alias.name for alias in node.names if alias.name.startswith("sqlalchemy")}
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in packages:
            found += [node.attr] if node.attr in QUERIES else []
    return found


def commits(source: str) -> list[int]:
    """Lines that commit."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]


def may_query(path: Path) -> bool:
    """Whether queries may stand in this file."""
    return path.relative_to(SERVER).parts[0] in GROUND or path.stem == "repository" or path.stem.endswith("_repository")


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from spheroseg.server.images import repository\nrepository.get_image", []),
        ("from sqlalchemy import Select, inspect", []),
        ("from sqlalchemy import select", ["select"]),
        ("from sqlalchemy.dialects.postgresql import insert as upsert", ["insert"]),
        ("import sqlalchemy as sa\nsa.text('SELECT 1')", ["text"]),
    ],
)
def test_the_check_knows_a_query(source: str, found: list[str]) -> None:
    assert queries(source) == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("async def f(session):\n    await session.flush()", []),
        ("async def f(session):\n    await commit_early(session)", []),
        ("async def f(session):\n    await session.commit()", [2]),
    ],
)
def test_the_check_knows_a_commit(source: str, found: list[int]) -> None:
    assert commits(source) == found


def test_queries_stand_in_repositories() -> None:
    wrong = {
        str(path.relative_to(SERVER)): found
        for path in sorted(SERVER.rglob("*.py"))
        if not may_query(path) and (found := queries(path.read_text(encoding="utf-8")))
    }
    assert wrong == {}


def test_only_the_boundary_commits() -> None:
    wrong = {
        name: found
        for path in sorted(SERVER.rglob("*.py"))
        if (name := path.relative_to(SERVER).as_posix()) not in BOUNDARY
        and (found := commits(path.read_text(encoding="utf-8")))
    }
    assert wrong == {}
