"""The structure's figure, counted from the imports: arrows that run up, and rooms that need each other.

The contracts of `lint-imports` and the rules of `npm run floors` name the line that breaks them; this counts by itself,
so that neither an exception there nor a room that they do not list changes the figure unseen.
"""

from __future__ import annotations

import ast
import os.path
import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SERVER = ROOT / "src" / "spheroseg" / "server"
WEB = ROOT / "web" / "src"
MOST_UP = {"server": 0, "web": 0}

Arrow = tuple[str, str]


def rooms_imported(source: str) -> set[str]:
    """Rooms of the server that a module imports, wherever in it the import stands."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found |= {name.split(".")[2] for name in names if re.match(r"spheroseg\.server\.\w", name)}
    return found


def arrows_of_server() -> set[Arrow]:
    found = set()
    for path in SERVER.rglob("*.py"):
        room = path.relative_to(SERVER).parts[0].removesuffix(".py")
        found |= {(room, other) for other in rooms_imported(path.read_text(encoding="utf-8")) if other != room}
    return found


def arrows_of_web() -> set[Arrow]:
    found = set()
    for path in WEB.rglob("*.ts*"):
        parts = path.relative_to(WEB).parts
        if len(parts) == 1:
            continue  # what puts the rooms together
        for target in re.findall(
            r"""(?:from|import|import\()\s*["'](\.[^"']*)["']""", path.read_text(encoding="utf-8")
        ):
            inner = Path(os.path.normpath(path.parent / target)).relative_to(WEB).parts
            if inner[0] != parts[0]:
                found.add((parts[0], inner[0] if (WEB / inner[0]).is_dir() else "top"))
    return found


def floors_of_server() -> dict[str, int]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    (layers,) = (each["layers"] for each in contracts if each.get("containers") == ["spheroseg.server"])
    return {room.strip(): -at for at, layer in enumerate(layers) for room in re.split("[|:]", layer)}


def floors_of_web() -> dict[str, int]:
    text = (ROOT / "web" / ".dependency-cruiser.js").read_text(encoding="utf-8")
    names = re.findall(r'"([a-z0-9]+)"', text[text.index("FLOORS = [") : text.index("];")])
    return {name: at for at, name in enumerate([*names, "top"])}


def upward(arrows: Iterable[Arrow], floors: dict[str, int]) -> list[Arrow]:
    """Arrows from a floor to one above it."""
    return sorted(arrow for arrow in arrows if floors[arrow[1]] > floors[arrow[0]])


def pairs(arrows: set[Arrow]) -> list[Arrow]:
    """Rooms that import each other, whatever the floors say."""
    return sorted((one, other) for one, other in arrows if one < other and (other, one) in arrows)


def test_the_count_sees_an_arrow_up_and_a_pair() -> None:
    floors = {"app": 2, "runs": 1, "tables": 0}
    good = {("app", "runs"), ("runs", "tables")}
    assert upward(good, floors) == []
    assert pairs(good) == []
    bad = good | {("tables", "runs")}
    assert upward(bad, floors) == [("tables", "runs")]
    assert pairs(bad) == [("runs", "tables")]
    assert rooms_imported("def f():\n    from spheroseg.server.runs import service\n") == {"runs"}
    assert rooms_imported("from spheroseg.server import app\nimport spheroseg.server.api") == {"app", "api"}


def test_the_server_has_no_arrow_up_and_no_circle() -> None:
    arrows = arrows_of_server()
    assert len(arrows) > 100
    assert len(upward(arrows, floors_of_server())) <= MOST_UP["server"]
    assert pairs(arrows) == []


def test_the_web_has_no_arrow_up_and_no_circle() -> None:
    arrows = arrows_of_web()
    assert len(arrows) > 60
    assert len(upward(arrows, floors_of_web())) <= MOST_UP["web"]
    assert pairs(arrows) == []


@pytest.mark.parametrize("kind", ["package", "server", "web"])
def test_the_documents_say_where_every_room_is(kind: str) -> None:
    page, rooms = {
        "package": (
            "architecture.md",
            {path.name for path in SERVER.parent.iterdir() if (path / "__init__.py").is_file()},
        ),
        "server": ("service.md", set(floors_of_server())),
        "web": ("web.md", set(floors_of_web()) - {"top"}),
    }[kind]
    text = (ROOT / "docs" / "explanation" / page).read_text(encoding="utf-8")
    named = {word.removesuffix(".py") for span in re.findall(r"`([^`\n]+)`", text) for word in re.split(r"[/ ]", span)}
    assert rooms
    assert rooms - named == set()
