"""A real PostgreSQL for the tests: one private cluster a run; each test is rolled back or has its own database."""

from __future__ import annotations

import asyncio
import contextlib
import io
import itertools
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import PIL.Image
import psycopg
import pytest
import structlog
import uvicorn
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from spheroseg.server.access.services import Services
from spheroseg.server.access.tokens import AccessClaims, new_access_token
from spheroseg.server.app import build_app, build_services
from spheroseg.server.compute.pool import Child, Compute
from spheroseg.server.config import Settings
from spheroseg.server.events.hub import EventHub
from spheroseg.server.migrations import upgrade
from spheroseg.server.models.repository import keep as keep_models
from spheroseg.server.processes.embedded import EmbeddedPostgres
from spheroseg.server.resources.db import Database, new_id, utc_now
from spheroseg.server.tables.accounts import Session, User
from spheroseg.server.tables.batches import UploadBatch
from spheroseg.server.tables.exports import Export
from spheroseg.server.tables.images import File, Frame, ImageRow, Upload
from spheroseg.server.tables.projects import Folder, Invitation, Member
from spheroseg.server.tables.results import Artefact, Result
from spheroseg.server.tables.runs import Run
from spheroseg.server.worker import open_queue, run_jobs

structlog.configure(processors=[structlog.processors.KeyValueRenderer(sort_keys=True)], cache_logger_on_first_use=False)

SECRET_KEY = "a key that only tests use, 32 characters or more"
UNSAFE_BUT_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


@pytest.fixture(scope="session")
def open_folder() -> Generator[Path]:
    """A folder that the database's account may enter (pytest's own are private to root)."""
    folder = Path(tempfile.mkdtemp(prefix="spheroseg-tests-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def cluster(open_folder: Path) -> Generator[EmbeddedPostgres]:
    """The cluster, with the migrated databases `template` (to be copied) and `spheroseg` (for tests that roll back)."""
    server = EmbeddedPostgres(open_folder / "shared", server_settings=UNSAFE_BUT_FAST)
    server.start()
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE template TEMPLATE template0")
        upgrade(server.url("template"))
        connection.execute("DROP DATABASE spheroseg")
        connection.execute("CREATE DATABASE spheroseg TEMPLATE template")
    yield server
    server.stop()


@pytest.fixture
def settings(cluster: EmbeddedPostgres, tmp_path: Path) -> Settings:
    """Settings of a service on the shared database."""
    return Settings(
        _env_file=None,
        data_dir=tmp_path,
        database_url=cluster.url(),
        secret_key=SECRET_KEY,
        rate_limits=False,
        database_pool_size=5,
        password_memory_mib=1,  # fast
    )


@pytest.fixture
async def database(settings: Settings) -> AsyncGenerator[Database]:
    """The shared database on one connection whose transaction is rolled back; commits are savepoints."""
    database, holder = Database(settings), Database(settings)  # closing the first leaves the connection alone
    async with holder.engine.connect() as connection:
        transaction = await connection.begin()
        database.sessions = database.reading_sessions = async_sessionmaker(
            connection, expire_on_commit=False, join_transaction_mode="create_savepoint"
        )
        yield database
        await transaction.rollback()
    await holder.close()


@pytest.fixture
async def session(database: Database) -> AsyncGenerator[AsyncSession]:
    """A session on the database that is rolled back."""
    async with database.sessions() as session:
        yield session


@pytest.fixture(scope="session")
def application(cluster: EmbeddedPostgres, open_folder: Path) -> FastAPI:
    """The application, built once; each test gives it its own parts."""
    return build_app(
        Settings(_env_file=None, data_dir=open_folder / "app", database_url=cluster.url(), secret_key=SECRET_KEY)
    )


@pytest.fixture
async def state(settings: Settings, database: Database) -> AsyncGenerator[Services]:
    """Parts of a process on the database that is rolled back."""
    state = build_services(settings)
    await state.database.close()
    state.database = database
    yield state
    await state.close()


@pytest.fixture
def app(application: FastAPI, state: Services) -> FastAPI:
    """The application with this test's parts."""
    application.state.parts = state
    return application


class Client(httpx.AsyncClient):
    """A caller of the application: nobody, or a person with an access token."""

    user_id: uuid.UUID
    email: str
    token: str

    def __init__(self, app: FastAPI, headers: dict[str, str] | None = None) -> None:
        super().__init__(
            transport=httpx.ASGITransport(app=app, client=("203.0.113.7", 40000)),
            base_url="http://testserver",
            headers={"User-Agent": "tests", **(headers or {})},
        )


@pytest.fixture
async def client(app: FastAPI) -> AsyncGenerator[Client]:
    """Nobody."""
    async with Client(app) as client:
        yield client


async def new_person(app: FastAPI, name: str, **fields: Any) -> Client:
    """A person with a verified account, signed in by bearer token."""
    state: Services = app.state.parts
    email = f"{name}@example.org"
    user = User(id=new_id(), email=email, email_key=email.casefold(), name=name, email_verified_at=utc_now(), **fields)
    row = Session(id=new_id(), user_id=user.id, expires_at=utc_now().replace(year=2100))
    async with state.database.session() as session:
        session.add(user)
        await session.flush()
        session.add(row)
    token = new_access_token(SECRET_KEY, AccessClaims(user.id, row.id), 900)
    person = Client(app, {"Authorization": f"Bearer {token}"})
    person.user_id, person.email, person.token = user.id, email, token
    return person


MakeUser = Callable[..., Awaitable[Client]]


@pytest.fixture
async def make_user(app: FastAPI) -> AsyncGenerator[MakeUser]:
    """`await make_user("alice", role="user")`: a person with a verified account, signed in by bearer token."""
    clients: list[Client] = []

    async def make(name: str = "alice", **fields: Any) -> Client:
        person = await new_person(app, name, **fields)
        clients.append(person)
        return person

    yield make
    for person in clients:
        await person.aclose()


@pytest.fixture
async def alice(make_user: MakeUser) -> Client:
    """A person with an account."""
    return await make_user("alice")


@pytest.fixture
async def bob(make_user: MakeUser) -> Client:
    """Another one."""
    return await make_user("bob")


@pytest.fixture
async def admin(make_user: MakeUser) -> Client:
    """An administrator."""
    return await make_user("admin", role="admin")


MakeProject = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def make_project() -> MakeProject:
    """`await make_project(alice, name="…")`: a project of this person, made by the API."""

    async def make(person: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
        answer = await person.post("/api/v1/projects", json={"name": "Spheroids", **fields})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    return make


@pytest.fixture
def add_member(app: FastAPI) -> Callable[..., Awaitable[None]]:
    """`await add_member(project_id, person, "viewer")`, without an invitation."""

    async def add(project_id: str, person: Client, role: str) -> None:
        state: Services = app.state.parts
        async with state.database.session() as session:
            session.add(Member(project_id=uuid.UUID(project_id), user_id=person.user_id, role=role))

    return add


@pytest.fixture(scope="session")
def make_things() -> Callable[..., Awaitable[dict[str, str]]]:
    """`await make_things(session, project_id, owner_id)`: one of each thing that a path can name, in one project."""
    return things


async def things(session: AsyncSession, project_id: uuid.UUID, owner_id: uuid.UUID) -> dict[str, str]:
    """One of each thing that a path can name, all in one project."""
    file = File(id=new_id(), sha256=b"1" * 32, size_bytes=10, storage_key="files/x", media_type="image/png")
    # still in preparation, so that nobody has to wait for pixels: that is another matter than who may see them
    image = ImageRow(
        id=new_id(),
        project_id=project_id,
        file_id=file.id,
        uploaded_by=owner_id,
        name="a.png",
        name_key="a.png",
        state="processing",
    )
    run = Run(id=new_id(), project_id=project_id, created_by=owner_id, model_name="spheroid", model_hash="0" * 64)
    artefact = Artefact(id=new_id(), cache_key=b"2" * 32, storage_prefix="artefacts/x")
    result = Result(
        id=new_id(), run_id=run.id, project_id=project_id, image_id=image.id, state="done", artefact_id=artefact.id
    )
    export = Export(
        id=new_id(),
        project_id=project_id,
        created_by=owner_id,
        formats=["csv"],
        expires_at=utc_now().replace(year=2100),
    )
    upload = Upload(
        id=new_id(),
        user_id=owner_id,
        project_id=project_id,
        name="b.png",
        length=10,
        received=0,
        expires_at=utc_now().replace(year=2100),
    )
    batch = UploadBatch(id=new_id(), project_id=project_id, created_by=owner_id, n_files=1)
    folder = Folder(id=new_id(), owner_id=owner_id, name="F")
    invitation = Invitation(
        id=new_id(),
        project_id=project_id,
        email="guest@example.org",
        email_key="guest@example.org",
        role="viewer",
        invited_by=owner_id,
        expires_at=utc_now().replace(year=2100),
    )
    for row in (file, image, run, artefact, result, export, upload, batch, folder, invitation):
        session.add(row)
        await session.flush()
    session.add(Frame(image_id=image.id, frame=0, result_id=result.id))
    await session.flush()
    return {
        "project_id": str(project_id),
        "image_id": str(image.id),
        "run_id": str(run.id),
        "result_id": str(result.id),
        "export_id": str(export.id),
        "upload_id": str(upload.id),
        "batch_id": str(batch.id),
        "folder_id": str(folder.id),
        "invitation_id": str(invitation.id),
        "frame": "0",
        "level": "0",
        "column": "0",
        "row": "0",
        "provider": "none",
    }


_numbers = itertools.count()


@pytest.fixture
def own_database_url(cluster: EmbeddedPostgres) -> Generator[str]:
    """URL of a database of this test alone, migrated and empty: for real commits, NOTIFY, workers, concurrency."""
    name = f"own_{next(_numbers)}"
    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template")
        yield make_url(cluster.url()).set(database=name).render_as_string(hide_password=False)
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def live_state(settings: Settings, own_database_url: str) -> AsyncGenerator[Services]:
    """Parts of a process on a database of this test alone."""
    own = settings.model_copy(update={"database_url": SecretStr(own_database_url)})
    state = build_services(own)
    yield state
    await state.close()


@pytest.fixture
def live_app(application: FastAPI, live_state: Services) -> FastAPI:
    """The application on a database of this test alone; `Client(live_app)` calls it."""
    application.state.parts = live_state
    return application


# images, runs, exports: with real commits, real jobs and real pixel work in one warm compute child


@pytest.fixture(scope="session")
def warm_children() -> Generator[list[Child]]:
    """The compute children of all tests, the last one for models: loading the pixel libraries takes longer than a test."""
    children = [Child(), Child(calls=2)]
    yield children
    for child in children:
        child.end()


@dataclass
class Lab:
    """The service as its users know it: an API, a worker, people and their images."""

    app: FastAPI
    state: Services
    people: list[Client] = field(default_factory=list)

    async def person(self, name: str = "alice") -> Client:
        """Somebody with an account, signed in."""
        person = await new_person(self.app, name)
        self.people.append(person)
        return person

    async def project(self, person: Client, **fields: Any) -> str:
        """A project of this person."""
        answer = await person.post("/api/v1/projects", json={"name": "Spheroids", **fields})
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])

    async def member(self, project_id: str, person: Client, role: str) -> None:
        """Somebody gets a role in a project, without an invitation."""
        async with self.state.database.session() as session:
            session.add(Member(project_id=uuid.UUID(project_id), user_id=person.user_id, role=role))

    async def upload(self, person: Client, project_id: str, **files: bytes) -> list[dict[str, Any]]:
        """Images by form; names are given with "__" for the dot."""
        parts = [("files", (name.replace("__", "."), data)) for name, data in files.items()]
        answer = await person.post(f"/api/v1/projects/{project_id}/images", files=parts)
        assert answer.status_code == 201, answer.text
        return [item["image"] for item in answer.json()["items"]]

    async def work(self) -> None:
        """Run all jobs that are ready, by a real worker."""
        async with open_queue(self.state) as app:
            await run_jobs(self.state, app, until_idle=True)

    @contextlib.asynccontextmanager
    async def serving(self, *, with_worker: bool = True) -> AsyncGenerator[str]:
        """The URL of the API on a real socket, with live events and a worker beside it."""
        config = uvicorn.Config(self.app, port=0, lifespan="off", log_config=None, ws="websockets-sansio")
        server = uvicorn.Server(config)
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        hub = EventHub(self.state)
        self.app.state.events.asgi.engineio_server = hub.server
        serving = asyncio.create_task(server._serve())
        await hub.start()
        await hub.is_listening.wait()
        while not server.started:
            await asyncio.sleep(0.01)
        async with contextlib.AsyncExitStack() as stack:
            working = None
            if with_worker:
                queue = await stack.enter_async_context(open_queue(self.state))
                working = asyncio.create_task(run_jobs(self.state, queue))
            try:
                yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
            finally:
                if working is not None:
                    working.cancel()
                    await asyncio.gather(working, return_exceptions=True)
                await hub.close()
                server.should_exit = True
                await serving


@pytest.fixture
async def lab(live_app: FastAPI, live_state: Services, warm_children: list[Child]) -> AsyncGenerator[Lab]:
    """An API and a worker on a database of this test alone."""
    compute = Compute(warm_children[:1], models=warm_children[1])
    compute.children = []  # they outlive this test
    await live_state.compute.close()
    live_state.compute = compute
    async with live_state.database.session() as session:
        await keep_models(session, await compute.run("list_models"))
    made = Lab(live_app, live_state)
    yield made
    for person in made.people:
        await person.aclose()


@pytest.fixture(scope="session")
def s3_server(open_folder: Path) -> Generator[str]:
    """The address of a server that speaks S3 over HTTP (it checks no signatures: nothing here is about access)."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (open_folder / "s3.log").open("wb")
    program = Path(sys.executable).with_name("moto_server")
    server = subprocess.Popen([program, "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log)
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait()
    log.close()


@pytest.fixture
def bucket(s3_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The storage URL of an empty bucket of this test alone."""
    name = f"bucket-{next(_numbers)}"
    for variable, value in {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
    }.items():
        monkeypatch.setenv(variable, value)
    httpx.put(f"{s3_server}/{name}").raise_for_status()
    return f"s3://{name}/lab"


def spheroid_png(*, size_px: int = 200, radius_px: float = 40.0, seed: int = 0) -> bytes:
    """A dark disc on a bright noisy ground, 8-bit grey, as PNG."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size_px, :size_px]
    middle = size_px / 2
    disc = 1 / (1 + np.exp(np.hypot(y - middle, x - middle) - radius_px))
    plane = 190 - 110 * disc + rng.normal(0, 3, (size_px, size_px))
    stream = io.BytesIO()
    PIL.Image.fromarray(plane.clip(0, 255).astype(np.uint8)).save(stream, "PNG")
    return stream.getvalue()


@pytest.fixture(scope="session")
def make_png() -> Callable[..., bytes]:
    """`make_png(size_px=…, radius_px=…, seed=…)`: a picture of one spheroid."""
    return spheroid_png
