"""One spelling of -ise in what we write: comments, docstrings, documentation and the English texts of the page."""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OTHER = re.compile(
    r"\b(?:un|re|de)?(?:raster|normal|optim|recogn|summar|organ|quant|equal|synchron|linear|serial|initial|visual|minim|maxim"
    r"|general|categor|character|emphas|standard|util|analy)(?:iz|yz)(?:e|ed|er|es|ing|ation|ations|able)\b"
)


def prose_of_python(code: str) -> Iterator[str]:
    """Comments and docstrings; names of others' functions are code, and stay as they are."""
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.COMMENT:
            yield token.string
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield without_code(ast.get_docstring(node) or "")


def without_code(text: str) -> str:
    """A text without what stands in backticks."""
    return re.sub(r"```.*?```|`[^`]*`", "", text, flags=re.DOTALL)


def texts_of(values: object) -> Iterator[str]:
    """All texts of a locale, however deep."""
    if isinstance(values, dict):
        for value in values.values():
            yield from texts_of(value)
    else:
        yield str(values)


@pytest.mark.parametrize("text", ["# normalized", '"""We optimize it."""'])
def test_the_check_sees_the_other_spelling(text: str) -> None:
    assert [found for each in prose_of_python(text + "\n") for found in OTHER.findall(each)]


def test_the_check_leaves_names_alone() -> None:
    code = '"""By `scipy.optimize`."""\nfrom scipy import optimize\n'
    assert not any(OTHER.search(each) for each in prose_of_python(code))


def test_there_is_one_spelling() -> None:
    found = []
    for folder, ending in (
        ("src", "*.py"),
        ("tests", "*.py"),
        ("bench", "*.py"),
        ("docs", "*.md"),
        ("web/src", "*.json"),
    ):
        for path in sorted((ROOT / folder).rglob(ending)):
            text = path.read_text()
            if path == Path(__file__) or (ending == "*.json" and path.name != "en.json"):
                continue
            prose = {"*.py": prose_of_python, "*.md": lambda md: [without_code(md)]}.get(
                ending, lambda locale: texts_of(json.loads(locale))
            )(text)
            found += [f"{path.relative_to(ROOT)}: {word.group()}" for each in prose for word in OTHER.finditer(each)]
    assert found == []
