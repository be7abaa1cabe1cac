"""No test is in no target: `make test-all` runs every one, `make test` a small form, the hosted workflow what `make test-all` does."""

from __future__ import annotations

import ast
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from _pytest.mark.expression import Expression

ROOT = Path(__file__).parents[2]
KINDS = [frozenset[str](), frozenset({"slow"}), frozenset({"slow", "quick"})]
"""Marks of tests that targets choose by."""


@dataclass(frozen=True)
class Selection:
    """What one call of pytest takes.

    Attributes:
        paths: folders and files, relative to the root.
        left_out: the same, of `--ignore`.
        marks: the expression of `-m`.
    """

    paths: tuple[str, ...]
    left_out: tuple[str, ...]
    marks: str

    def takes(self, path: str, marks: frozenset[str]) -> bool:
        """Whether a test with these marks in this file is run."""
        if not _lies_in(path, self.paths) or _lies_in(path, self.left_out):
            return False
        return not self.marks or Expression.compile(self.marks).evaluate(lambda name, **_: name in marks)


def _lies_in(path: str, places: tuple[str, ...]) -> bool:
    return any(path == place or path.startswith(f"{place}/") for place in places)


def parts_of(makefile: str, target: str) -> list[str]:
    """What a target needs, in the order of the file."""
    lines = re.findall(rf"^{target}:(?!.*:=)([^#\n]*)", makefile, re.MULTILINE)
    return [part for line in lines for part in line.split()]


def selections(makefile: str, target: str) -> list[Selection]:
    """The calls of pytest by a target's own recipe."""
    recipe = re.search(rf"^{target}:(?!.*:=).*\n((?:\t.*\n?)+)", makefile, re.MULTILINE)
    lines = recipe[1].replace("\\\n", " ").splitlines() if recipe else []
    found = []
    for line in lines:
        words = shlex.split(line.replace("$(TESTS)", "tests").replace("$(BIN)/", ""))
        if not words or words[0].lstrip("@") != "pytest":
            continue
        found.append(
            Selection(
                tuple(word for word in words if word.startswith("tests")),
                tuple(word.removeprefix("--ignore=") for word in words if word.startswith("--ignore=")),
                words[words.index("-m") + 1] if "-m" in words else "",
            )
        )
    return found


def unreached(makefile: str, target: str, files: list[str]) -> list[str]:
    """Files with tests of a kind that the target runs nowhere."""
    taken = [each for part in parts_of(makefile, target) for each in selections(makefile, part)]
    return [
        f"{path} {sorted(marks)}"
        for path in files
        for marks in KINDS
        if not any(each.takes(path, marks) for each in taken)
    ]


def files_with_tests() -> list[str]:
    """All files with tests."""
    return sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py"))


SOME = """
all: fast slow rest
fast: setup ## what is quick
\t@$(BIN)/pytest $(TESTS) -q -m "not slow" --ignore=tests/e2e
slow: setup
\t@$(BIN)/pytest $(TESTS) -q -m slow {left_out}
rest: setup
\t@tool one two
\t@$(BIN)/pytest tests/e2e {marks}
"""


@pytest.mark.parametrize(
    ("left_out", "marks", "missed"),
    [
        ("--ignore=tests/e2e", "", []),
        ("--ignore=tests/e2e --ignore=tests/a", "", ["tests/a/test_a.py ['slow']", "tests/a/test_a.py ['quick', 'slow']"]),
        ("--ignore=tests/e2e", "-m quick", ["tests/e2e/test_b.py []", "tests/e2e/test_b.py ['slow']"]),
    ],
)  # fmt: skip
def test_the_check_sees_a_test_that_nothing_runs(left_out: str, marks: str, missed: list[str]) -> None:
    makefile = SOME.format(left_out=left_out, marks=marks)
    assert sorted(unreached(makefile, "all", ["tests/a/test_a.py", "tests/e2e/test_b.py"])) == sorted(missed)


@pytest.fixture(scope="module")
def makefile() -> str:
    return (ROOT / "Makefile").read_text(encoding="utf-8")


def test_every_test_is_run_by_all_targets_together(makefile: str) -> None:
    files = files_with_tests()
    assert len(files) > 200
    assert unreached(makefile, "test-all", files) == []


def test_make_test_runs_a_small_form_of_each_whole_suite(makefile: str) -> None:
    part_of = {each.removesuffix("-quick") for each in parts_of(makefile, "test")}
    # faults are killed, filled and fuzzed for half an hour; their tests of the service are slow ones as well
    assert set(parts_of(makefile, "test-all")) - part_of == {"test-faults"}


def test_the_small_form_is_made_of_slow_tests_and_of_each_journey() -> None:
    quick = {
        path
        for path in files_with_tests()
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and ast.unparse(node) == "pytest.mark.quick"
    }
    journeys = {path for path in quick if path.startswith("tests/e2e/")}
    assert {f"tests/e2e/test_{name}.py" for name in ("journey", "editor", "upload_sets", "account")} <= journeys
    assert len(quick - journeys) >= 3


def test_the_hosted_workflow_runs_all_targets(makefile: str) -> None:
    workflow = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))
    legs = workflow["jobs"]["test"]["strategy"]["matrix"]["targets"]
    assert sorted(word for line in legs for word in line.split()) == sorted(parts_of(makefile, "test-all"))
