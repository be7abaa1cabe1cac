"""What the site shows besides the files of docs/: the README, benchmarks' results, commands, and the library's reference."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import typer
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from typer.cli import get_docs_for_click

from spheroseg.cli.app import app

ROOT = Path(__file__).parents[2]
#: Rooms whose `__all__` is the library's public face, in the order of the corridor.
ROOMS = ("imaging", "segmentation", "geometry", "measurement", "analysis", "formats", "records")
FOLDERS = ("how-to", "reference", "explanation", "decisions", "bench")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Write each folder's pages into the navigation, so that a new page needs no second list."""
    generated = {"reference": ["reference/commands.md", "reference/library.md"]}
    navigation: list[dict[str, Any]] = []
    for entry in config.nav or []:
        (title, target), *_ = entry.items()
        folder = target.rstrip("/") if isinstance(target, str) else ""
        if folder in FOLDERS:
            source = ROOT / "bench/results" if folder == "bench" else ROOT / "docs" / folder
            names = [f"{folder}/{path.name}" for path in sorted(source.glob("*.md"))]
            navigation.append({title: [*generated.get(folder, []), *names]})
        else:
            navigation.append(entry)
    config.nav = navigation
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are not files of docs/."""
    pages = {
        "index.md": (ROOT / "README.md")
        .read_text(encoding="utf-8")
        .replace("](docs/decisions)", "](docs/decisions/001-pipeline-batch-evaluation.md)"),
        "reference/commands.md": _commands(),
        "reference/library.md": _library(),
    }
    for path in sorted((ROOT / "bench/results").glob("*.md")):
        pages[f"bench/{path.name}"] = path.read_text(encoding="utf-8")
    for name, text in pages.items():
        files.append(File.generated(config, name, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001 -- the hook's signature
    """Links that are right in the repository lead to the same pages of the site."""
    if page.file.src_uri == "index.md":
        markdown = markdown.replace("](docs/", "](")
    return re.sub(
        r"\]\((?:\.\./)*bench/results/", "](bench/" if page.file.src_uri == "index.md" else "](../bench/", markdown
    )


def _commands() -> str:
    command = typer.main.get_command(app)
    text = get_docs_for_click(obj=command, ctx=typer.Context(command, info_name="spheroseg"), name="spheroseg")
    # its options are written in angle brackets, which Markdown takes for HTML
    return text.replace("# `spheroseg`", "# Commands", 1)


def _library() -> str:
    lines = ["# The library", "", "Everything here may be relied on; what is not here may change.", ""]
    for room in ("spheroseg", "spheroseg.pipeline", *(f"spheroseg.{room}" for room in ROOMS)):
        module = importlib.import_module(room)
        lines += [f"## {room}", "", (module.__doc__ or "").strip() if room != "spheroseg" else "", ""]
        for name in getattr(module, "__all__", ["Parameters"]):
            home = getattr(getattr(module, name), "__module__", None)
            # values without a home of their own are described where they are defined
            if isinstance(home, str) and home.startswith("spheroseg."):
                lines.append(f"::: {home}.{name}\n")
    return "\n".join(lines)
