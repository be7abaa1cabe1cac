"""The client that the web app uses, tus-js-client, against the service on a real socket that is cut again and again."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import shutil
import signal
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import pytest
import tifffile
from tests.fixtures.tools import missing

WEB_PACKAGE = Path(__file__).parents[3] / "web" / "package.json"
SCRIPT = Path(__file__).with_name("tus_upload.mjs")
SIDE_PX = 2400  # 11 MB: three requests of the client


class Line:
    """A connection to the service that breaks.

    Attributes:
        cuts: after how many bytes from the client each of the next connections is cut.
        n_bytes: what went through to the service.
        holds_at: after how many bytes a connection is stuck, and lost once `is_lost` is set.
    """

    def __init__(self, url: str) -> None:
        self._port = urlsplit(url).port
        self.cuts: list[int] = []
        self.n_bytes = 0
        self.n_connections = 0
        self.holds_at: int | None = None
        self.is_lost = asyncio.Event()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, to its end or its cut."""
        self.n_connections += 1
        left = self.cuts.pop(0) if self.cuts else None
        beyond_reader, beyond = await asyncio.open_connection("127.0.0.1", self._port)

        async def back() -> None:
            while data := await beyond_reader.read(65_536):
                writer.write(data)
                await writer.drain()
            writer.close()  # an idle connection that the service ends is not used again by the client

        answering = asyncio.create_task(back())
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                if left is not None:
                    data, left = data[:left], left - len(data)
                self.n_bytes += len(data)
                beyond.write(data)
                await beyond.drain()
                if left is not None and left <= 0:
                    break
                if self.holds_at is not None and self.n_bytes >= self.holds_at:
                    self.holds_at = None
                    await self.is_lost.wait()
                    break
        answering.cancel()
        beyond.close()  # what had come through arrives
        writer.transport.abort()  # and the client hears no goodbye


@contextlib.asynccontextmanager
async def breaking(url: str) -> AsyncGenerator[tuple[Line, str]]:
    """A breaking line to a service, and the address at its near end."""
    line = Line(url)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    async with server:
        yield line, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def start(endpoint: str, token: str, file: Path) -> asyncio.subprocess.Process:
    """The client as a process of its own."""
    node = shutil.which("node") or str(Path(shutil.which("python") or "").with_name("node"))
    arguments = [str(SCRIPT), endpoint, token, str(file), str(file.with_suffix(".resume"))]
    environment = os.environ | {"WEB_PACKAGE": str(WEB_PACKAGE)}
    return await asyncio.create_subprocess_exec(
        node,
        *arguments,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # `node` may be a program that starts the real one
    )


@pytest.fixture
def large(tmp_path: Path) -> tuple[Path, bytes]:
    """A file of several requests, and what is in it."""
    if not (WEB_PACKAGE.parent / "node_modules" / "tus-js-client").is_dir():
        missing("the web app's packages are not installed (make web)")
    path = tmp_path / "B02.tif"
    tifffile.imwrite(path, np.random.default_rng(0).integers(0, 4000, (SIDE_PX, SIDE_PX), dtype=np.uint16))
    return path, path.read_bytes()


async def the_image(person: Any, project_id: str) -> dict[str, Any]:
    """The project's one image, with everything known about it."""
    (image,) = (await person.get(f"/api/v1/projects/{project_id}/images")).json()["items"]
    detail: dict[str, Any] = (await person.get(f"/api/v1/images/{image['id']}")).json()
    return detail


async def test_cut_connections_cost_only_what_was_on_its_way(lab: Any, large: tuple[Path, bytes]) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    path, data = large
    n_bytes = len(data)
    async with lab.serving(with_worker=False) as url, breaking(url) as (line, near):
        line.cuts = [1_500_000, 3_000_000, 700_000, 2_000_000]
        client = await start(f"{near}/api/v1/projects/{project_id}/uploads", alice.token, path)
        output, errors = await asyncio.wait_for(client.communicate(), 120)
    assert (client.returncode, output.decode().split()) == (0, ["done"]), errors.decode()
    assert (line.cuts, line.n_connections) == ([], 5)
    assert n_bytes < line.n_bytes < n_bytes + 700_000, "what had arrived was sent again"
    await lab.work()
    image = await the_image(alice, project_id)
    assert (image["state"], image["relative_path"], image["width"]) == ("ready", "plate", SIDE_PX)
    assert image["sha256"] == hashlib.sha256(data).hexdigest()


async def test_a_page_that_is_loaded_again_goes_on(lab: Any, large: tuple[Path, bytes]) -> None:
    alice = await lab.person()
    project_id = await lab.project(alice)
    path, data = large
    n_bytes = len(data)
    async with lab.serving(with_worker=False) as url, breaking(url) as (line, near):
        endpoint = f"{near}/api/v1/projects/{project_id}/uploads"
        line.holds_at = n_bytes // 2
        client = await start(endpoint, alice.token, path)
        while line.holds_at is not None:
            await asyncio.sleep(0.01)
        os.killpg(client.pid, signal.SIGKILL)
        await client.communicate()
        line.is_lost.set()
        await asyncio.sleep(0.5)
        sent_before = line.n_bytes
        client = await start(endpoint, alice.token, path)
        output, errors = await asyncio.wait_for(client.communicate(), 120)
    assert (client.returncode, output.decode().split()) == (0, ["resumed", "done"]), errors.decode()
    assert n_bytes * 0.3 < line.n_bytes - sent_before < n_bytes * 0.7, "it began anew"
    await lab.work()
    assert (await the_image(alice, project_id))["sha256"] == hashlib.sha256(data).hexdigest()
