"""The main journey through a running service, and whether what it left is still there.

    python deploy/journey.py begin URL STATE.json     account, project, upload of two examples, run, table; writes what it saw
    python deploy/journey.py check URL STATE.json     signs in again and compares: same objects, same numbers, same bytes

Used by the tests of machines, containers and backups. Trusts the certificates of `SSL_CERT_FILE`.
"""

from __future__ import annotations

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
    """What a person would miss: the objects' count, the table's and the images' content."""
    objects = client.objects(project_id)
    with tempfile.TemporaryDirectory() as folder:
        table = client.download_table(project_id, Path(folder) / "objects.csv")
        content = hashlib.sha256(table.read_bytes()).hexdigest()
    return {"n_objects": len(objects), "table_sha256": content}


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
    if state["n_objects"] == 0:
        raise SystemExit("journey: the run found no object in the examples")
    return state


def check(url: str, state: dict[str, Any]) -> None:
    """Compare with what `begin` saw."""
    with Client(url) as client:
        client.sign_in(EMAIL, PASSWORD)
        now = {"project_id": state["project_id"]} | seen(client, state["project_id"])
    if now != state:
        raise SystemExit(f"journey: what was there has changed: {state} became {now}")


def main(arguments: list[str]) -> None:
    """Do what the first argument says."""
    match arguments:
        case ["begin", url, path]:
            state = begin(url)
            Path(path).write_text(json.dumps(state), encoding="utf-8")
            print(f"journey: {state['n_objects']} objects outlined and measured")
        case ["check", url, path]:
            check(url, json.loads(Path(path).read_text(encoding="utf-8")))
            print("journey: everything is still there")
        case _:
            raise SystemExit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
