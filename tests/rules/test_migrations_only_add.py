"""A new version migrates while the old one still serves: `upgrade` adds, and takes nothing away that the old one uses.

What is no longer used goes in a later release, and then stands in `CONTRACTED` with the release that stopped using it.
"""

from __future__ import annotations

import ast
from pathlib import Path

VERSIONS = Path(__file__).parents[2] / "src" / "spheroseg" / "server" / "migrations" / "versions"
TAKES_AWAY = {"drop_table", "drop_column", "rename_table"}
CONTRACTED = {
    "20261123_11_journal": "before the first release",
    "20261123_13_layouts": "before the first release",
}
"""Migrations that take away, and why no running version misses it."""


def taken_away(source: str) -> list[str]:
    """What `upgrade` of a migration would take from a version that still runs."""
    found = []
    for function in ast.parse(source).body:
        if not (isinstance(function, ast.FunctionDef) and function.name == "upgrade"):
            continue
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
            keywords = {keyword.arg: keyword.value for keyword in call.keywords}
            if name in TAKES_AWAY or (name == "alter_column" and {"new_column_name", "type_"} & set(keywords)):
                found.append(f"{name} in line {call.lineno}")
            if name == "add_column" and _must_be_given(call):
                found.append(f"a column that old versions do not fill, in line {call.lineno}")
    return found


def _must_be_given(call: ast.Call) -> bool:
    columns = [node for node in ast.walk(call) if isinstance(node, ast.Call) and node is not call]
    for column in columns:
        keywords = {keyword.arg: keyword.value for keyword in column.keywords}
        nullable = keywords.get("nullable")
        if isinstance(nullable, ast.Constant) and nullable.value is False and "server_default" not in keywords:
            return True
    return False


def test_every_migration_can_be_made_under_the_version_before() -> None:
    files = sorted(path for path in VERSIONS.glob("*.py") if path.name != "__init__.py")
    assert files
    wrong = {path.name: taken_away(path.read_text(encoding="utf-8")) for path in files if path.stem not in CONTRACTED}
    assert {name: what for name, what in wrong.items() if what} == {}


def test_the_rule_itself() -> None:
    good = 'def upgrade():\n    op.add_column("images", sa.Column("note", sa.Text(), nullable=True))\ndef downgrade():\n    op.drop_column("images", "note")\n'
    assert taken_away(good) == []
    filled = 'def upgrade():\n    op.add_column("images", sa.Column("n", sa.Integer(), nullable=False, server_default="0"))\n'
    assert taken_away(filled) == []
    assert taken_away('def upgrade():\n    op.drop_column("images", "note")\n') == ["drop_column in line 2"]
    assert taken_away('def upgrade():\n    op.alter_column("images", "a", new_column_name="b")\n')
    assert taken_away('def upgrade():\n    op.add_column("images", sa.Column("n", sa.Integer(), nullable=False))\n')
