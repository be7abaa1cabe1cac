"""A service behind PgBouncer, whose readers go to a replica: with a real pooler and a real streaming replica that lags and dies."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.deploy.cluster import running, spheroseg
from tests.deploy.programs import DEPLOY, START_S, program, script, wait_for
from tests.fixtures.processes import free_port

from spheroseg.server.processes.embedded import EmbeddedPostgres

pytestmark = pytest.mark.slow

FAST = {"fsync": "off", "shared_buffers": "32MB"}


@dataclass(frozen=True)
class World:
    """Address of the API, the replica, what the API counts, and the API's project."""

    url: str
    primary: EmbeddedPostgres
    replica: EmbeddedPostgres
    folder: Path

    def reads(self) -> dict[str, float]:
        """Requests that were answered by each place so far."""
        text = httpx.get(f"{self.url}/metrics").text
        lines = [line for line in text.splitlines() if line.startswith("spheroseg_reads_total{")]
        return {line.split('"')[1]: float(line.split()[-1]) for line in lines}


def standby_of(primary: EmbeddedPostgres, folder: Path) -> EmbeddedPostgres:
    """A second server that follows the first one."""
    anew = EmbeddedPostgres(folder, server_settings=FAST)
    anew.start()  # makes the folder as the service does; its empty cluster is replaced by the copy
    anew.stop()
    shutil.rmtree(anew.cluster)
    assert primary.binaries is not None
    subprocess.run(
        [primary.binaries.folder / "pg_basebackup", "--dbname", primary.url(), "-D", anew.cluster, "-R", "-X", "stream", "--checkpoint=fast"],
        check=True,
    )  # fmt: skip
    shutil.copy2(primary.folder / "password", anew.folder / "password")
    owner = anew.folder.stat()
    for path in (anew.cluster, *anew.cluster.rglob("*"), anew.folder / "password"):
        os.chown(path, owner.st_uid, owner.st_gid)
    anew.start()
    return anew


def pooler(place: Path, primary: EmbeddedPostgres, replica: EmbeddedPostgres, port: int) -> list[str]:
    """PgBouncer's command, with our configuration."""
    text = (DEPLOY / "database" / "pgbouncer.ini").read_text()
    for old, new in (
        ("host=postgres port=5432", f"host={primary.folder / 'run'} port=5432"),
        ("host=replica port=5432", f"host={replica.folder / 'run'} port=5432"),
        ("listen_addr = 0.0.0.0", "listen_addr = 127.0.0.1\nunix_socket_dir ="),
        ("listen_port = 6432", f"listen_port = {port}"),
        ("/run/secrets/pgbouncer_users", str(place / "users")),
    ):
        assert old in text
        text = text.replace(old, new)
    (place / "pgbouncer.ini").write_text(text)
    password = (primary.folder / "password").read_text()
    (place / "users").write_text(f'"spheroseg" "{password}"\n')
    owner = primary.folder.stat()  # it refuses to be root, and the sockets are the database's account's
    for name in ("pgbouncer.ini", "users"):
        os.chown(place / name, owner.st_uid, owner.st_gid)
    command = [program("pgbouncer"), str(place / "pgbouncer.ini")]
    return (
        command
        if os.geteuid() != 0
        else ["setpriv", f"--reuid={owner.st_uid}", f"--regid={owner.st_gid}", "--clear-groups", *command]
    )


@pytest.fixture(scope="module")
def world(folder: Path) -> Iterator[World]:
    place = folder / "pooled"
    place.mkdir(mode=0o755)
    primary = EmbeddedPostgres(place / "primary", server_settings=FAST | {"wal_level": "replica"})
    primary.start()
    with contextlib.ExitStack() as stack:
        stack.callback(primary.stop)
        replica = standby_of(primary, place / "replica")
        stack.callback(replica.stop)
        port, api = free_port(), free_port()
        password = (primary.folder / "password").read_text()
        base = {name: value for name, value in os.environ.items() if not name.startswith("SPHEROSEG_")}
        environment = base | {
            "SPHEROSEG_DATABASE_URL": f"postgresql://spheroseg:{password}@127.0.0.1:{port}/spheroseg",
            "SPHEROSEG_DATABASE_READING_URL": f"postgresql://spheroseg:{password}@127.0.0.1:{port}/spheroseg_reading",
            "SPHEROSEG_DATABASE_DIRECT_URL": primary.url(),
            "SPHEROSEG_DATA_DIR": str(place / "data"),
            "SPHEROSEG_SECRET_KEY": "k" * 40,
            "SPHEROSEG_PORT": str(api),
            "SPHEROSEG_RATE_LIMITS": "false",
        }
        subprocess.run(spheroseg("migrate"), env=environment, check=True)
        stack.enter_context(running(pooler(place, primary, replica, port), base, place / "pgbouncer.log"))
        serving = stack.enter_context(running(spheroseg("api"), environment, place / "api.log"))
        stack.enter_context(running(spheroseg("worker"), environment, place / "worker.log"))
        wait_for(f"http://127.0.0.1:{api}/health/ready", serving, place / "api.log")
        yield World(f"http://127.0.0.1:{api}", primary, replica, place)


def until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + START_S
    while not holds():
        assert time.monotonic() < deadline, what
        time.sleep(0.1)


def test_the_journey_goes_through_the_pooler_and_readers_to_the_replica(world: World) -> None:
    state = world.folder / "journey.json"
    script("journey.py", "begin", world.url, str(state))
    script("journey.py", "check", world.url, str(state))
    assert world.reads()["replica"] > 10
    with psycopg.connect(world.primary.url()) as db:
        names = db.execute(
            "SELECT DISTINCT application_name FROM pg_stat_activity WHERE datname = 'spheroseg'"
        ).fetchall()
        # what listens or holds locks is there itself, not through the pooler
        assert {"spheroseg-events", "spheroseg-queue"} <= {name for (name,) in names}
    with psycopg.connect(world.replica.url()) as db:
        row = db.execute(
            "SELECT current_setting('server_version_num')::int, count(*) FROM pg_stat_activity WHERE application_name LIKE 'spheroseg%'"
        ).fetchone()
        assert row is not None
        assert row[1] >= 1


def test_nobody_sees_the_past_while_the_replica_lags(world: World) -> None:
    with httpx.Client(base_url=f"{world.url}/api/v1", timeout=60) as web:
        project = sign_in(web, world)
        with psycopg.connect(world.replica.url(), autocommit=True) as db:
            db.execute("SELECT pg_wal_replay_pause()")
            until(
                lambda: db.execute("SELECT pg_get_wal_replay_pause_state()").fetchone() == ("paused",), "replay pauses"
            )
            before = world.reads()
            for number in range(5):
                changed = web.patch(f"/projects/{project}", json={"name": f"Lag {number}"}, headers={"If-Match": "*"})
                assert changed.status_code == 200, changed.text
                assert web.get(f"/projects/{project}").json()["name"] == f"Lag {number}"
            after = world.reads()
            assert after.get("primary", 0) >= before.get("primary", 0) + 5
            assert after.get("replica") == before.get("replica")
            db.execute("SELECT pg_wal_replay_resume()")

        def reads_there() -> bool:
            count = world.reads()["replica"]
            assert web.get(f"/projects/{project}").json()["name"] == "Lag 4"
            return world.reads()["replica"] > count

        until(reads_there, "readers go to the replica again")


def test_a_replica_that_dies_is_missed_by_nobody(world: World) -> None:
    with httpx.Client(base_url=f"{world.url}/api/v1", timeout=60) as web:
        project = sign_in(web, world)
        world.replica.stop()
        for number in range(10):
            answers = [
                web.get(f"/projects/{project}") for _ in range(2)
            ]  # what was under way when it died may be asked again
            assert 200 in {answer.status_code for answer in answers}, answers[-1].text
            assert {answer.status_code for answer in answers} <= {200, 503}
            if number:
                assert answers[1].status_code == 200
        world.replica.start()

        def reads_there() -> bool:
            count = world.reads()["replica"]
            assert web.get(f"/projects/{project}").status_code == 200
            return world.reads()["replica"] > count

        until(reads_there, "readers go to the replica again")


def sign_in(web: httpx.Client, world: World) -> str:
    """Sign in as the person of the journey; the id of the project."""
    from deploy.journey import EMAIL, PASSWORD  # noqa: PLC0415 -- a script beside the tests

    answer = web.post("/auth/sign-in", json={"email": EMAIL, "password": PASSWORD, "cookies": False})
    web.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    project: str = json.loads((world.folder / "journey.json").read_text())["project_id"]
    return project
