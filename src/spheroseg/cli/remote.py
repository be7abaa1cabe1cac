"""`spheroseg remote …`: a service on another machine, from the command line."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from spheroseg.cli.console import cell, messages, need, progress_bar, results, warn
from spheroseg.cli.segment import parse_diameter, parse_formats
from spheroseg.records import RESULT_FORMATS

if TYPE_CHECKING:
    from spheroseg.client import Client, UploadedImage

app = typer.Typer(
    help="Use a SpheroSeg service on another machine: upload, segment, download.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
Url = Annotated[str, typer.Option("--url", envvar="SPHEROSEG_REMOTE_URL", help="Address of the service.")]
Token = Annotated[
    str,
    typer.Option(
        "--token",
        envvar="SPHEROSEG_REMOTE_TOKEN",
        help="Personal token (settings page of the service).",
        show_default=False,
    ),
]
ProjectId = Annotated[
    str, typer.Argument(help="Id of the project, see 'spheroseg remote projects'.", show_default=False)
]
LOCAL = "http://127.0.0.1:8000"


def _client(url: str, token: str) -> Client:
    need("httpx", "server")
    from spheroseg.client import Client

    return Client(url, token)


@app.command()
def projects(token: Token, url: Url = LOCAL) -> None:
    """List the projects that you can see."""
    table = Table("id", "name")
    with _client(url, token) as client:
        for project in client.projects():
            table.add_row(str(project.id), cell(project.name))
    results.print(table)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Name of the project.", show_default=False)],
    token: Token,
    pixel_size: Annotated[
        float | None, typer.Option("--pixel-size", metavar="UM", help="µm per pixel of images that do not say it.")
    ] = None,
    url: Url = LOCAL,
) -> None:
    """Make a project and print its id."""
    with _client(url, token) as client:
        typer.echo(client.create_project(name, pixel_size).id)


@app.command()
def upload(
    project: ProjectId,
    paths: Annotated[list[Path], typer.Argument(help="Images and folders.", show_default=False)],
    token: Token,
    url: Url = LOCAL,
) -> None:
    """Upload images and folders; what the project has already is not doubled.

    A folder whose files belong together (a plate, OME-TIFF sets, OME-Zarr, images with an index beside them) goes as a whole.
    What is left out, what the service refuses and what it cannot read is named; the rest is done. Exit code 1: something failed.
    """
    from spheroseg.client import ServiceError
    from spheroseg.client.folders import belongs_together
    from spheroseg.errors import ParameterError, printable
    from spheroseg.imaging import images_below

    n_images = n_known = n_failed = 0
    with _client(url, token) as client, progress_bar() as bar:
        task = bar.add_task("Uploading", total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        sent: list[UploadedImage] = []
        for path in paths:
            if path.is_dir() and not belongs_together(path):
                for sentence in images_below(path).sentences():
                    warn(f"{printable(path)}: {printable(sentence)}")
            try:
                if path.is_dir() and belongs_together(path):
                    made = client.upload_folder(project, path, show)
                    n_images += made["n_added"]
                    n_failed += _report_set(made["found"])
                    continue
                uploaded = client.upload(project, path, show)
            except (ServiceError, ParameterError, OSError) as error:
                warn(f"{printable(path)}: {printable(str(error))}")
                n_failed += 1
                continue
            sent += [image for image in uploaded if not image.is_duplicate]
            n_known += sum(image.is_duplicate for image in uploaded)
        unread = client.unreadable(project, sent) if sent else []
    for image in unread:
        warn(f"{printable(image['name'])}: {image['failure_reason']}")
    n_images += len(sent) - sum(image["series"] == 0 for image in unread)
    n_failed += len(unread)
    known = f", {n_known} were there already" if n_known else ""
    failed = f", {n_failed} failed" if n_failed else ""
    messages.print(f"Done: {n_images} images{known}{failed}.")
    if n_failed:
        sys.exit(1)


def _report_set(found: dict[str, Any]) -> int:
    """Say what the service understood of a folder; how many of its images it cannot read."""
    for plate in found["plates"]:
        messages.print(plate["summary"], soft_wrap=True, markup=False)
    for note in found["notes"]:
        warn(note)
    for entry in found["left_out"]:
        warn(f"{entry['name']}: {entry['reason']}")
    for image in found["images"]:
        if image.get("reason"):
            warn(f"{image['source']}: {image['reason']}")
    return int(found["n_unreadable"])


@app.command()
def segment(
    project: ProjectId,
    token: Token,
    model: Annotated[
        str | None, typer.Option("--model", "-m", help="A model of the service.", show_default="its default")
    ] = None,
    diameter: Annotated[
        str | None, typer.Option("--diameter", metavar="SIZE", help="Typical diameter, as in 400um or 85px.")
    ] = None,
    threshold: Annotated[
        float | None, typer.Option("--threshold", "-t", help="Probability (0 to 1) at the outline.")
    ] = None,
    url: Url = LOCAL,
) -> None:
    """Segment all images of a project and wait for the end."""
    diameter_um, diameter_px = parse_diameter(diameter)
    stated: dict[str, Any] = {"diameter_um": diameter_um, "diameter_px": diameter_px, "threshold": threshold}
    with _client(url, token) as client, progress_bar() as bar:
        run = client.segment(project, model, **{name: value for name, value in stated.items() if value is not None})
        task = bar.add_task("Segmenting", total=None)
        run = client.wait(run, progress=lambda done, total: bar.update(task, completed=done, total=total))
        for failure in client.failures(run):
            warn(f"{failure['image_id']}: {failure['error_reason']}")
    messages.print(f"{run.state}: {run.n_done} images done, {run.n_failed} failed.")
    if run.n_failed or run.state != "done":
        sys.exit(1)


@app.command()
def download(
    project: ProjectId,
    token: Token,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the files.")],
    formats: Annotated[
        str, typer.Option("--formats", "-f", help=f"Separated by commas: {', '.join(RESULT_FORMATS)}.")
    ] = "csv",
    url: Url = LOCAL,
) -> None:
    """Fetch a project's results as files."""
    chosen = sorted(parse_formats(formats, RESULT_FORMATS))
    with _client(url, token) as client:
        files = client.download(project, out, chosen)
    for path in files:
        messages.print(f"Written: {path}", soft_wrap=True)
