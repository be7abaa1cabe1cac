"""Files stay small enough to be read in one sitting; drawers have no place; nothing unfinished is committed."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAX_PYTHON_LINES = 400
MAX_TYPESCRIPT_LINES = 250
MAX_PARAMETERS = 8
DRAWERS = {"utils", "util", "common", "helpers", "helper", "core", "manager", "misc"}
# a longer file, and why it is one subject
LONGER: dict[str, str] = {}


def tracked(*patterns: str) -> list[Path]:
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [ROOT / line for line in listing.stdout.splitlines() if (ROOT / line).is_file()]


def too_long(paths: list[Path], limit: int) -> list[str]:
    lengths = ((path.relative_to(ROOT).as_posix(), len(path.read_text().splitlines())) for path in paths)
    return [f"{name}: {length} lines" for name, length in lengths if length > limit and name not in LONGER]


def test_python_files_are_short() -> None:
    paths = [path for path in tracked("src/*.py", "bench/*.py") if "migrations" not in path.parts]
    assert too_long(paths, MAX_PYTHON_LINES) == []


def test_typescript_files_are_short() -> None:
    paths = [path for path in tracked("web/src/*.ts", "web/src/*.tsx") if path.name != "schema.d.ts"]
    assert too_long(paths, MAX_TYPESCRIPT_LINES) == []


def test_exceptions_are_still_needed() -> None:
    for name in LONGER:
        limit = MAX_PYTHON_LINES if name.endswith(".py") else MAX_TYPESCRIPT_LINES
        assert len((ROOT / name).read_text().splitlines()) > limit, f"{name} is short now: drop its exception"


def drawers(paths: list[Path]) -> list[str]:
    return [
        path.relative_to(ROOT).as_posix()
        for path in paths
        if DRAWERS & {part.removesuffix(path.suffix).lower() for part in path.relative_to(ROOT).parts}
    ]


def test_no_drawers() -> None:
    assert drawers(tracked("*.py", "*.ts", "*.tsx")) == []


def test_the_drawer_rule_sees_one() -> None:
    assert drawers([ROOT / "src/spheroseg/utils.py", ROOT / "src/spheroseg/imaging/image.py"]) == [
        "src/spheroseg/utils.py"
    ]


def crowded(source: str) -> list[str]:
    """Names of functions with more parameters than a reader can hold."""
    functions = (
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return [
        node.name
        for node in functions
        if len(node.args.posonlyargs + node.args.args + node.args.kwonlyargs)
        - ("self" in {a.arg for a in node.args.args})
        > MAX_PARAMETERS
    ]


def test_functions_take_few_parameters() -> None:
    # a command of the command line has one parameter an option; a web endpoint one a query parameter or dependency
    paths = [
        path
        for path in tracked("src/*.py")
        if "cli" not in path.parts and path.name not in {"endpoints.py", "client.py"}
    ]
    found = [f"{path.relative_to(ROOT)}: {name}" for path in paths for name in crowded(path.read_text())]
    assert found == []


@pytest.mark.parametrize(("parameters", "expected"), [("a, b, c", []), ("a, b, c, d, e, f, g, h, i", ["f"])])
def test_the_parameter_rule_sees_a_crowd(parameters: str, expected: list[str]) -> None:
    assert crowded(f"def f({parameters}): ...") == expected


UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b|raise NotImplemented|except:\s*$")


def test_nothing_unfinished_is_committed() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in tracked("src/*.py", "tests/*.py", "bench/*.py", "web/src/*.ts", "web/src/*.tsx")
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if path != Path(__file__) and UNFINISHED.search(line)
    ]
    assert found == []


def test_no_package_host_or_machine_path_is_committed() -> None:
    secret = re.compile(
        r"--(extra-)?index-url|\"resolved\": *\"https?:|^registry *=|(?<![\w.])/(root|home/\w+)/", re.MULTILINE
    )
    texts = tracked("*.py", "*.txt", "*.toml", "*.json", "*.sh", "*.yml", "*.yaml", "Makefile", "*.md", "*.ts", "*.tsx")
    found = [
        path.relative_to(ROOT).as_posix()
        for path in texts
        if path != Path(__file__) and secret.search(path.read_text(errors="replace"))
    ]
    assert found == []
