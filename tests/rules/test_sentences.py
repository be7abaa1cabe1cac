"""What the service and the library say to people in words, the page can say in every language: code, sentence and texts belong together."""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from spheroseg.analysis.growth import REASONS
from spheroseg.imaging.other_kinds import OTHER_KINDS

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src" / "spheroseg"
WEB = ROOT / "web" / "src"
SENTENCES = json.loads((WEB / "api" / "sentences.json").read_text("utf-8"))
ENGLISH = json.loads((WEB / "i18n" / "locales" / "en.json").read_text("utf-8"))
HOLE = "{}"

NOTES = ("observations", "exclusions", "conditions", "experiment", "layout")
"""Modules of the analysis that note things in a list called `notes`."""
SAYING = {
    "analysis.observations": {"reason_lines"},
    "analysis.doses": {"doubts", "shifts"},
    "analysis.layout": {"_look_alikes"},
    "analysis.experiment": {"_absent_hours"},
}
"""Functions whose texts are notes."""


PUT_TOGETHER = {
    "{} and {} more": "a list, and what `named` adds to it",
    "relative {} at {} h": "a word that may be missing, before a sentence of its own",
    f"{REASONS['time_gap']} in {{}}": "a reason that stands in tables too",
    "no size counts; {}": "the reasons, one after the other",
}
"""Sentences that stand in no one place, and what they are made of."""


OF_NO_PAGE = {
    "there is no series {}; the file has {} (0 is the first)",
    "there is no series {}; the set has {} (0 is the first)",
    "there is no series {}; the store has {} (0 is the first)",
    "there is no series {}; this kind of file holds one image",
    "there is no series {}; of this kind of file one image is read",
    "there is no series {}; of this kind of file the main picture is read",
    "there is no series {}; a field of a plate is one image",
    "--axes states {} planes; stored are {}",
    "--axes states {} planes; the file has {}",
    "it holds {} plates ({}): give one of them",
    "no plate is recognised in here (known are {})",
    "there is no such folder",
    "there is no such file or folder",
    "there is no such folder of images",
    "this is a pipe or a device, not an image file",
    "this is no file name",
    "one file holds one image here, and there are more; give a folder",
    "is larger than {} GiB",
    "the outlines and the measures are not of the same objects",
}
"""What only the command line and the library can be asked: the page asks for series that are there, and for files."""


def sentence(node: ast.expr, module: ModuleType | None = None) -> str | None:
    """The words of a text, with holes where values come in; a constant of the module is words."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if not isinstance(node, ast.JoinedStr):
        return None
    parts = []
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        elif isinstance(part, ast.FormattedValue):
            parts.append(_constant(part.value, module) or HOLE)
    return "".join(parts)


def _constant(node: ast.expr, module: ModuleType | None) -> str | None:
    """`REASONS["time_gap"]` is known without running anything."""
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and isinstance(node.slice, ast.Constant):
        table = getattr(module, node.value.id, None)
        return None if table is None else str(table[node.slice.value])
    return None


def texts(node: ast.AST, module: ModuleType | None = None) -> Iterator[str]:
    """All texts in a piece of code that are sentences: not names of columns, nor pieces of other texts."""
    if isinstance(node, ast.expr) and (found := sentence(node, module)) is not None:
        if found.count(" ") > 1:
            yield found
        return
    if isinstance(node, ast.Subscript):
        return
    for child in ast.iter_child_nodes(node):
        yield from texts(child, module)


def noted(source: str, functions: set[str], module: ModuleType | None = None) -> set[str]:
    """What a module appends to `notes`, and what these functions say."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"append", "extend"}
        ):
            if isinstance(node.func.value, ast.Name) and node.func.value.id == "notes":
                found.update(texts(node, module))
        elif isinstance(node, ast.Assign | ast.AugAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(each, ast.Name) and each.id == "notes" for each in targets):
                found.update(texts(node.value, module))
        elif isinstance(node, ast.FunctionDef) and node.name in functions:
            for statement in node.body[1:] if ast.get_docstring(node) else node.body:
                found.update(texts(statement, module))
    return found


def known() -> set[str]:
    """The page's sentences, with the holes of the sources."""
    return {re.sub(r"{{\w+}}", HOLE, each) for each in SENTENCES.values()}


def test_the_search_finds_what_is_said() -> None:
    source = (
        'notes.append(f"no size in {where}: left out")\n'
        'notes += [f"{a} is {b:g} there" for a in frame["a column here"]]\n'
        'frame.append("of no interest here")\n'
        'def doubts():\n    """What is said of it."""\n    return ["is it one or two?"]\n'
    )
    assert noted(source, {"doubts"}) == {"no size in {}: left out", "{} is {} there", "is it one or two?"}


@pytest.mark.parametrize("name", [*(f"analysis.{each}" for each in NOTES), "analysis.doses"])
def test_every_note_of_the_analysis_has_its_text(name: str) -> None:
    module = importlib.import_module(f"spheroseg.{name}")
    source = (SOURCES / f"{name.replace('.', '/')}.py").read_text("utf-8")
    sentences = noted(source, SAYING.get(name, set()), module)
    assert sentences
    assert sentences - known() == set(), "web/src/api/sentences.json and the locales' section `sentences` lack these"


def test_what_the_page_knows_is_still_said() -> None:
    all_texts: set[str] = set()
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.expr) and (found := sentence(node)) is not None:
                all_texts.add(found)
    card = json.loads((SOURCES / "segmentation" / "models" / "spheroid" / "model.json").read_text("utf-8"))
    all_texts.add(card["description"])
    assert known() - all_texts == set(PUT_TOGETHER)


def _failures() -> Iterator[str]:
    """What is said of images, sets of files and exports that failed."""
    for path in sorted((SOURCES / "server").rglob("tasks.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_fail", "_end"}:
                yield from texts(node)
            elif isinstance(node, ast.Assign) and any(
                (isinstance(each, ast.Attribute) and each.attr == "error_reason")
                or (isinstance(each, ast.Name) and each.id == "reason")
                for each in node.targets
            ):
                yield from texts(node.value)


def test_every_failure_has_its_text() -> None:
    assert set(_failures()) - known() == set()


def _read_errors(folder: str, errors: set[str]) -> Iterator[str]:
    """Why a file is not read, as far as it is said in so many words where the error is raised; the file comes first."""
    for path in sorted((SOURCES / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in errors and node.args:
                found = sentence(node.args[-1])
                if found is not None and found.count(" ") > 1:
                    yield found


def test_why_an_image_is_not_read_has_its_text() -> None:
    sentences = set(_read_errors("imaging", {"ImageReadError"}))
    # said in two parts: kind and reason
    sentences -= {each for each in sentences if re.fullmatch(r"a [\w ]+ file: .+", each)}
    assert len(sentences) > 80
    assert sentences - known() - OF_NO_PAGE == set(), (
        "web/src/api/sentences.json and the locales' section `sentences` lack these"
    )


def test_why_a_file_of_another_kind_is_not_read_has_its_text() -> None:
    assert {each.reason for each in OTHER_KINDS} - known() == set()


def test_why_a_mask_or_an_outline_is_refused_has_its_text() -> None:
    errors = {"FormatError", "GeometryError"}
    sentences = {each for folder in ("server/compute", "formats/parts") for each in _read_errors(folder, errors)}
    assert len(sentences) > 25
    assert sentences - known() - OF_NO_PAGE == set()


def _actions() -> Iterator[str]:
    """What the audit log calls the things that are done."""
    for path in sorted((SOURCES / "server").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"record", "_of_member"}:
                for part in (each for argument in node.args for each in ast.walk(argument)):
                    if isinstance(part, ast.Constant) and re.fullmatch(r"[a-z]+\.[a-z_]+", str(part.value)):
                        yield str(part.value)


def test_every_subject_of_the_audit_log_and_every_class_has_its_text() -> None:
    subjects = set()
    for path in sorted((SOURCES / "server").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "subject_type" and isinstance(node.value, ast.Constant):
                subjects.add(node.value.value)
    assert len(subjects) > 8
    assert {f"subject_{each}" for each in subjects} - set(ENGLISH["admin"]) == set()
    cards = [json.loads(path.read_text("utf-8")) for path in SOURCES.rglob("model.json")]
    classes = {name for card in cards for name in card["classes"]} | {"spheroid", "core"}  # the last two: `target`
    assert classes - set(ENGLISH["classes"]) == set()


def test_every_action_of_the_audit_log_has_its_text() -> None:
    actions = set(_actions())
    assert len(actions) > 40
    named = {each.removeprefix("action_") for each in ENGLISH["admin"] if each.startswith("action_")} - {"objects"}
    assert {each.replace(".", "_") for each in actions} - named == set()
    assert "objects" in {each.removeprefix("action_") for each in ENGLISH["admin"]}  # of all steps of the editor
