"""How the command line speaks: progress and messages to stderr, results to stdout."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import NoReturn

from rich.console import Console
from rich.measure import Measurement
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

messages = Console(stderr=True, highlight=False)
results = Console(highlight=False)


def fail(message: str, code: int = 2) -> NoReturn:
    """Say in one line what is wrong, and stop."""
    messages.print(Text.assemble(("error: ", "bold red"), message), soft_wrap=True)
    sys.exit(code)


def warn(message: str) -> None:
    """Say in one line what a person should know; the work goes on."""
    messages.print(Text.assemble(("note: ", "yellow"), message), soft_wrap=True)


def cell(value: object) -> Text:
    """A value as it is, for a table: brackets are no markup, and a line break within a name breaks no line."""
    from spheroseg.errors import printable

    text = printable(str(value))
    return Text("".join(character if character.isprintable() else repr(character)[1:-1] for character in text))


def show_table(table: Table) -> None:
    """Print a table as wide as its figures need: a line that wraps can be read, a figure that is cut cannot."""
    width = Measurement.get(results, results.options.update(max_width=1000), table).maximum
    Console(highlight=False, width=width).print(table)


class RateColumn(ProgressColumn):
    """Finished files per second, or seconds per file where that reads better."""

    def render(self, task: Task) -> Text:
        """The measured rate of the whole batch so far."""
        if not task.completed or not task.elapsed:
            return Text("–", style="cyan")
        rate = task.completed / task.elapsed
        return Text(f"{rate:.1f} files/s" if rate >= 1 else f"{1 / rate:.1f} s/file", style="cyan")


def progress_bar() -> Progress:
    """A bar with count, rate and time left; silent when stderr is no terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=messages,
        disable=not messages.is_terminal,
    )


def need(module: str, extra: str) -> None:
    """Stop with one sentence where an optional part is not installed."""
    if find_spec(module) is None:
        fail(f"this needs an optional part that is not installed here: pip install 'spheroseg[{extra}]'")
