"""The command line: one command a file, each a thin shell over the rooms.

Exit codes: 0 everything worked; 1 something failed (a file, a format, a score) and the rest was done;
2 the command itself was wrong (option, path, model); 130 stopped by Ctrl-C, finished work is valid.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from spheroseg.cli import (
    analyse,
    backup,
    convert,
    doctor,
    evaluate,
    examples,
    info,
    measure,
    models,
    remote,
    segment,
    serve,
    train,
)
from spheroseg.cli.console import fail
from spheroseg.errors import SpheroSegError, printable, refused_file, system_reason
from spheroseg.version import __version__

EXIT_CODES = (
    "Exit codes: 0 all worked · 1 something failed, the rest was done · "
    "2 the command was wrong · 130 stopped by Ctrl-C, finished work is valid."
)

SERVICE, MODELS = "Service", "Making models"

app = typer.Typer(
    name="spheroseg",
    help="Outline and measure spheroids and cells in microscope images.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("segment")(segment.segment)
app.command("measure")(measure.measure)
app.command("evaluate")(evaluate.evaluate)
app.command("analyse")(analyse.analyse)
app.command("info")(info.info)
app.command("doctor")(doctor.doctor)
app.command("models")(models.models)
app.command("convert")(convert.convert)
app.command("examples")(examples.examples)
app.command("serve", rich_help_panel=SERVICE)(serve.serve)
app.add_typer(remote.app, name="remote", rich_help_panel=SERVICE)
app.command("api", rich_help_panel=SERVICE)(serve.api)
app.command("worker", rich_help_panel=SERVICE)(serve.worker)
app.command("migrate", rich_help_panel=SERVICE)(serve.migrate)
app.command("backup", rich_help_panel=SERVICE)(backup.backup)
app.command("restore", rich_help_panel=SERVICE)(backup.restore)
app.command("healthcheck", rich_help_panel=SERVICE)(serve.healthcheck)
app.command("openapi", rich_help_panel=SERVICE)(serve.openapi)
app.command("train", rich_help_panel=MODELS)(train.train)
app.command("export", rich_help_panel=MODELS)(train.export)


def _print_version(*, value: bool) -> None:
    if value:
        typer.echo(f"SpheroSeg {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Outline and measure spheroids and cells in microscope images."""


def command() -> None:
    """The `spheroseg` command as a process of its own: `main`, and an end that nothing can break.

    The threads of obstore may still be letting go of their last answer; where the interpreter is torn down under them they
    abort the process, and a backup that is whole looks as if it had failed (PyO3/pyo3-async-runtimes issue 40). So a process that
    has loaded it does what is due at its end, and leaves without that.
    """
    try:
        main()
    finally:
        if "obstore" in sys.modules:
            ended = sys.exception()
            if ended is None or isinstance(ended, SystemExit):
                _leave(ended.code if ended else None)


def _leave(code: str | int | None) -> NoReturn:
    """Ends the process with what is registered for its end, and without tearing the interpreter down."""
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
    atexit._run_exitfuncs()  # noqa: SLF001 -- it has no public name; logging and temporary folders wait for it
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):  # closed, or nobody reads any more
            stream.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def main() -> None:
    """Runs the command that the arguments name; whatever goes wrong is one line."""
    try:
        app()
    except SpheroSegError as error:
        fail(str(error))
    except KeyboardInterrupt:  # where no command takes it: while help or a mistake is told
        sys.stderr.write("spheroseg: stopped\n")
        sys.exit(130)
    except BrokenPipeError:
        # the reader of our output (head, less) has what it wanted
        sys.stderr.close()
        sys.exit(0)
    except OSError as error:
        folder = Path(error.filename).parent if error.filename else Path()
        named = f"{printable(folder / refused_file(error))}: " if error.filename else ""
        fail(f"{named}{system_reason(error)}", code=1)
    except MemoryError:
        fail("there is not enough memory for this", code=1)
    except Exception as error:
        if os.environ.get("SPHEROSEG_TRACEBACK"):
            raise
        fail(
            f"this is a defect of SpheroSeg, please report it: {type(error).__name__}: {error} "
            "(SPHEROSEG_TRACEBACK=1 shows where)",
            code=1,
        )
