"""Memory of the API while large files come in, and how fast a folder of very many small ones does.

    python bench/uploads.py                         3 GB by tus, 2 GB by form, a folder of 10,000 files
    python bench/uploads.py --gigabytes 0.3 --files 500

The large files are made on the way: a TIFF's first bytes, then noise that no disk folds together. The API's resident
memory is read from the system twenty times a second; what counts is by how much it grew beyond that before the upload.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import httpx
import numpy as np
import psutil
import tifffile

from api import service
from spheroseg.client import Client
from spheroseg.server.migrations import upgrade
from spheroseg.server.processes.embedded import EmbeddedPostgres
from spheroseg.server.resources.db import utc_now

RESULTS = Path(__file__).parent / "results"
AIM_GROWTH_MB = 100
BLOCK_BYTES = 1024 * 1024
PIECE_BYTES = 64 * BLOCK_BYTES  # of a resumable upload, as the web app sends them
EMAIL, PASSWORD = "bench@example.org", "correct horse battery"


class Memory:
    """The largest resident memory of a process while it is looked at, in MB."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self.before_mb = self.highest_mb = self._now_mb()
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._look)

    def _now_mb(self) -> float:
        return float(self._process.memory_info().rss) / 1e6

    def _look(self) -> None:
        while not self._is_over.wait(0.05):
            self.highest_mb = max(self.highest_mb, self._now_mb())

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def figures(self, n_bytes: int, seconds: float) -> dict[str, float]:
        """Size, rate and memory."""
        return {
            "megabytes": round(n_bytes / 1e6),
            "mb_s": round(n_bytes / 1e6 / seconds, 1),
            "rss_before_mb": round(self.before_mb, 1),
            "rss_highest_mb": round(self.highest_mb, 1),
            "rss_growth_mb": round(self.highest_mb - self.before_mb, 1),
        }


def noise(n_bytes: int, seed: int) -> Iterator[bytes]:
    """So many bytes in blocks: what begins like a TIFF."""
    block = bytearray(np.random.default_rng(seed).bytes(BLOCK_BYTES))
    block[:4] = b"II*\0"
    for start in range(0, n_bytes, BLOCK_BYTES):
        block[8:16] = start.to_bytes(8, "little")
        yield bytes(block[: min(BLOCK_BYTES, n_bytes - start)])


def by_tus(http: httpx.Client, project_id: str, n_bytes: int) -> None:
    """One file by the resumable protocol."""
    tus = {"Tus-Resumable": "1.0.0"}
    name = base64.b64encode(b"large.tif").decode()
    headers = tus | {"Upload-Length": str(n_bytes), "Upload-Metadata": f"filename {name}"}
    made = http.post(f"/api/v1/projects/{project_id}/uploads", headers=headers)
    made.raise_for_status()
    blocks = noise(n_bytes, 1)
    for start in range(0, n_bytes, PIECE_BYTES):
        length = min(PIECE_BYTES, n_bytes - start)
        piece = (next(blocks) for _ in range(-(-length // BLOCK_BYTES)))
        sent = http.patch(
            made.headers["Location"],
            content=piece,
            headers=tus
            | {
                "Upload-Offset": str(start),
                "Content-Type": "application/offset+octet-stream",
                "Content-Length": str(length),
            },
        )
        sent.raise_for_status()
    if "SpheroSeg-Image" not in sent.headers:
        raise SystemExit("the upload made no image")


def by_form(http: httpx.Client, project_id: str, n_bytes: int) -> None:
    """One file by a form, streamed."""
    head = (
        b'--spheroid\r\nContent-Disposition: form-data; name="files"; filename="form.tif"\r\n'
        b"Content-Type: image/tiff\r\n\r\n"
    )
    tail = b"\r\n--spheroid--\r\n"

    def body() -> Iterator[bytes]:
        yield head
        yield from noise(n_bytes, 2)
        yield tail

    sent = http.post(
        f"/api/v1/projects/{project_id}/images",
        content=body(),
        headers={
            "Content-Type": "multipart/form-data; boundary=spheroid",
            "Content-Length": str(len(head) + n_bytes + len(tail)),
        },
    )
    sent.raise_for_status()


def folder_of(client: Client, api: psutil.Process, folder: Path, n_files: int) -> dict[str, Any]:
    """A folder of small different images through the client."""
    for number in range(n_files):
        (folder / f"{number // 1000:02d}").mkdir(exist_ok=True)
        plane = np.full((16, 16), number, dtype=np.uint16)
        tifffile.imwrite(folder / f"{number // 1000:02d}" / f"{number:05d}.tif", plane)
    project = client.create_project("Folder")
    with Memory(api) as memory:
        started = time.perf_counter()
        uploaded = client.upload(project, folder)
        seconds = time.perf_counter() - started
    n_new = len({image.id for image in uploaded if not image.is_duplicate})
    if n_new != n_files:
        raise SystemExit(f"{n_new} of {n_files} files became images")
    figures = memory.figures(0, seconds)
    return {
        "files": n_files,
        "seconds": round(seconds, 1),
        "files_s": round(n_files / seconds, 1),
        "rss_growth_mb": figures["rss_growth_mb"],
    }


def measure(tus_bytes: int, form_bytes: int, n_files: int) -> dict[str, Any]:
    """All figures."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="spheroseg-bench-")))
        folder.chmod(0o711)
        database = EmbeddedPostgres(folder / "database")
        database.start()
        stack.callback(database.stop)
        upgrade(database.url())
        limits = {"SPHEROSEG_MAX_UPLOAD_BYTES": str(max(tus_bytes, form_bytes) + BLOCK_BYTES)}
        url, process = stack.enter_context(service(database.url(), folder, **limits))
        api = psutil.Process(process.pid)
        client = stack.enter_context(Client(url))
        client.sign_up(EMAIL, PASSWORD)
        client.sign_in(EMAIL, PASSWORD)
        http = stack.enter_context(httpx.Client(base_url=url, timeout=600))
        answer = http.post("/api/v1/auth/sign-in", json={"email": EMAIL, "password": PASSWORD, "cookies": False})
        http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        project = client.create_project("Large")
        result: dict[str, Any] = {"when": utc_now().isoformat(timespec="seconds"), "aim_growth_mb": AIM_GROWTH_MB}
        result["rss_idle_mb"] = round(api.memory_info().rss / 1e6, 1)
        for name, send, n_bytes in (("tus", by_tus, tus_bytes), ("form", by_form, form_bytes)):
            with Memory(api) as memory:
                started = time.perf_counter()
                send(http, project.id, n_bytes)
                seconds = time.perf_counter() - started
            result[name] = memory.figures(n_bytes, seconds)
        pictures = folder / "pictures"
        pictures.mkdir()
        result["folder"] = folder_of(client, api, pictures, n_files)
    return result


def main() -> None:
    """Measure, print, and keep the figures in bench/results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--gigabytes", type=float, default=3.0, help="of the file by tus; the form's is two thirds of it"
    )
    parser.add_argument("--files", type=int, default=10_000, help="in the folder")
    chosen = parser.parse_args()
    tus_bytes = int(chosen.gigabytes * 1e9)
    result = json.dumps(measure(tus_bytes, tus_bytes * 2 // 3, chosen.files), indent=1)
    print(result)
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "uploads.json").write_text(result + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
