"""The main journey through a running service, and whether what it left is still there.

    python deploy/journey.py begin URL STATE.json     account, project, upload of two examples, run, table; writes what it saw
    python deploy/journey.py check URL STATE.json     signs in again and compares: the same files, the same table; a newer version may add columns

Used by the tests of machines, containers and backups. Trusts the certificates of `SSL_CERT_FILE`.
"""

from __future__ import annotations

import csv
import hashlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import spheroseg
from spheroseg.client import Client

EMAIL, PASSWORD = "journey@example.org", "a quiet heron at dawn"
EXAMPLES = Path(spheroseg.__file__).parent / "examples"
RUN_WITHIN_S = 900.0  # the first run compiles and loads the model; on a busy machine that takes minutes


def seen(client: Client, project_id: str) -> dict[str, Any]:
    """What a person would miss: the images' bytes and the table of their objects, as it is downloaded."""
    with tempfile.TemporaryDirectory() as folder:
        table = client.download_table(project_id, Path(folder) / "objects.csv")
        with table.open(encoding="utf-8-sig", newline="") as file:
            objects = list(csv.DictReader(line for line in file if not line.startswith("#")))
    service = client._service  # noqa: SLF001 -- the client fetches results, not the images that a person has anyway
    files = {
        image["name"]: hashlib.sha256(service.ask("GET", f"/images/{image['id']}/file").content).hexdigest()
        for image in service.pages(f"/projects/{project_id}/images")
    }
    return {"objects": objects, "files": files}


def begin(url: str) -> dict[str, Any]:
    """Make an account, a project and a run."""
    with Client(url) as client:
        client.sign_up(EMAIL, PASSWORD)
        client.sign_in(EMAIL, PASSWORD)
        project = client.create_project("Journey", 1.3)
        client.upload(project, [EXAMPLES / "example_compact_A01.tif", EXAMPLES / "example_touching_B01.tif"])
        run = client.wait(client.segment(project), RUN_WITHIN_S)
        if run.n_done != 2:
            raise SystemExit(f"journey: the run ended as {run.state}: {client.failures(run)}")
        state = {"project_id": project.id} | seen(client, project.id)
    if not state["objects"]:
        raise SystemExit("journey: the run found no object in the examples")
    return state


def check(url: str, state: dict[str, Any]) -> None:
    """Compare with what `begin` saw."""
    with Client(url) as client:
        client.sign_in(EMAIL, PASSWORD)
        now = seen(client, state["project_id"])
    if now["files"] != state["files"]:
        raise SystemExit(f"journey: files have changed: {state['files']} became {now['files']}")
    if len(now["objects"]) != len(state["objects"]):
        raise SystemExit(f"journey: {len(state['objects'])} objects became {len(now['objects'])}")
    for number, (was, is_now) in enumerate(zip(state["objects"], now["objects"], strict=True), start=1):
        changed = [
            f"{name}: {value!r} became {is_now.get(name)!r}" for name, value in was.items() if is_now.get(name) != value
        ]
        if changed:
            raise SystemExit(f"journey: row {number} of the table has changed: {'; '.join(changed)}")


def main(arguments: list[str]) -> None:
    """Do what the first argument says."""
    match arguments:
        case ["begin", url, path]:
            state = begin(url)
            Path(path).write_text(json.dumps(state), encoding="utf-8")
            print(f"journey: {len(state['objects'])} objects outlined and measured")
        case ["check", url, path]:
            check(url, json.loads(Path(path).read_text(encoding="utf-8")))
            print("journey: everything is still there")
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
