"""`spheroseg serve`, and the parts of the service for clusters: `api`, `worker`, `migrate`, `healthcheck`, `openapi`."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from spheroseg.cli.console import fail, need


def serve(
    data_dir: Annotated[
        Path | None,
        typer.Option("--data-dir", help="Folder of database and files.", show_default="your own data folder"),
    ] = None,
    host: Annotated[
        str | None, typer.Option("--host", help="Address to listen on.", show_default="127.0.0.1, this machine only")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="TCP port; 0 takes any free one.", show_default="8000")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Open the page in the browser when it is ready.")] = False,
) -> None:
    """Start the web service on this machine: database, API, worker and web page, nothing to configure.

    Ctrl-C stops all of it. Everything is kept in --data-dir. Settings: docs/reference/settings.md.
    """
    need("fastapi", "server")
    from spheroseg.server.processes.supervise import serve as run

    sys.exit(run(data_dir, host, port, opens_browser=open_))


def api() -> None:
    """Run one API process of a cluster; SPHEROSEG_DATABASE_URL and others say where things are."""
    need("fastapi", "server")
    from spheroseg.server.config import load_settings
    from spheroseg.server.processes.entry import run_api

    run_api(load_settings())


def worker() -> None:
    """Run one worker process of a cluster: thumbnails, segmentation, exports."""
    need("fastapi", "server")
    from spheroseg.server.config import load_settings
    from spheroseg.server.processes.entry import run_worker

    run_worker(load_settings())


def migrate() -> None:
    """Bring the database of a cluster to the schema of this version; before its API and workers start."""
    need("fastapi", "server")
    from spheroseg.server.config import load_settings
    from spheroseg.server.processes.entry import run_migrations

    run_migrations(load_settings())


def healthcheck(
    process: Annotated[str, typer.Argument(help="api or worker.", show_default=False)],
) -> None:
    """Exit with 0 when the process of this container works, else 1 and the reason: for health checks of containers."""
    need("fastapi", "server")
    from spheroseg.server.processes.healthcheck import trouble

    if (reason := trouble(process, os.environ)) is not None:
        fail(reason, code=1)


def openapi() -> None:
    """Print the OpenAPI document of the service."""
    need("fastapi", "server")
    from spheroseg.server.app import openapi_document

    typer.echo(json.dumps(openapi_document(), indent=1, ensure_ascii=False))
