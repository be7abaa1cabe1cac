"""Back to a point in time: base backup and write-ahead log of a real PostgreSQL, by the script that operators use."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.deploy.programs import DEPLOY

from spheroseg.server.processes.embedded import EmbeddedPostgres

pytestmark = pytest.mark.slow

FAST = {"fsync": "off", "shared_buffers": "8MB"}


@pytest.fixture
def place(folder: Path) -> Iterator[Path]:
    place = Path(tempfile.mkdtemp(dir=folder))
    place.chmod(0o777)
    yield place
    shutil.rmtree(place)


def count(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM outlines").fetchone()
        assert row is not None
        return int(row[0])


def test_a_table_that_was_emptied_by_mistake_comes_back(place: Path) -> None:
    wal = place / "wal"
    wal.mkdir(mode=0o777)
    wal.chmod(0o777)
    archive = {
        "wal_level": "replica",
        "archive_mode": "on",
        "archive_command": f"test ! -f {wal}/%f && cp %p {wal}/%f.partial && mv {wal}/%f.partial {wal}/%f",
    }
    server = EmbeddedPostgres(place / "lab", server_settings=FAST | archive)
    server.start()
    assert server.binaries is not None
    environment = os.environ | {"POSTGRES_PROGRAMS": str(server.binaries.folder)}
    script = str(DEPLOY / "pitr.sh")
    try:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("CREATE TABLE outlines AS SELECT generate_series(1, 100) AS number")
            subprocess.run([script, "base", server.url(), str(place / "base")], check=True, env=environment)
            connection.execute("INSERT INTO outlines SELECT generate_series(101, 150)")
            before = connection.execute("SELECT now()::text, pg_switch_wal()").fetchone()
            assert before is not None
            time.sleep(0.1)  # the clock that tells the two moments apart
            connection.execute("DELETE FROM outlines")
            last = connection.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone()
            connection.execute("SELECT pg_switch_wal()")
            assert last is not None
            while not (wal / str(last[0])).exists():
                time.sleep(0.05)
        assert count(server.url()) == 0
    finally:
        server.stop()

    anew = EmbeddedPostgres(place / "anew", server_settings=FAST)
    anew.start()  # makes the folder as the service does; its empty cluster is replaced by the restored one
    anew.stop()
    shutil.rmtree(anew.cluster)
    shutil.copy2(place / "lab" / "postgres" / "password", anew.folder / "password")
    command = [script, "restore", str(place / "base"), str(wal), str(anew.cluster), str(before[0])]
    subprocess.run(command, check=True, env=environment)
    owner = anew.folder.stat()
    for path in (anew.cluster, *anew.cluster.rglob("*"), anew.folder / "password"):
        os.chown(path, owner.st_uid, owner.st_gid)
    anew.start()
    try:
        with psycopg.connect(anew.url()) as connection:
            while connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,):
                time.sleep(0.1)
        assert count(anew.url()) == 150
    finally:
        anew.stop()
    assert subprocess.run(command, check=False, env=environment, capture_output=True).returncode == 1
