"""What an operator mistypes or finds away: one line that says what is wrong, and nothing made or lost."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest

from spheroseg.server.migrations import upgrade
from spheroseg.server.processes.embedded import EmbeddedPostgres

FAST = {"fsync": "off", "shared_buffers": "8MB"}


@pytest.fixture
def closed_port() -> Generator[int]:
    """A TCP port of this machine that nobody listens on and nobody else is given."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        yield int(nobody.getsockname()[1])


def spheroseg(*arguments: str, **settings: str) -> tuple[int, list[str]]:
    """Exit status, and the lines of what a command says."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("SPHEROSEG_")}
    answer = subprocess.run(
        [sys.executable, "-m", "spheroseg", *arguments],
        env=environment | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    return answer.returncode, answer.stderr.strip().splitlines()


def test_a_folder_without_data_is_not_backed_up(folder: Path) -> None:
    (folder / "empty").mkdir()
    for name in ("empty", "mistyped"):
        status, lines = spheroseg("backup", str(folder / "backups"), "--data-dir", str(folder / name))
        assert status == 2
        assert lines[-1].endswith("is no data folder of SpheroSeg: there is nothing to back up")
        assert len(lines) == 1
    assert not list((folder / "empty").iterdir())
    assert not (folder / "mistyped").exists()


def test_a_place_without_backups_is_not_made(folder: Path) -> None:
    status, lines = spheroseg("restore", str(folder / "mistyped"), "--data-dir", str(folder / "new"))
    assert (status, len(lines)) == (2, 1)
    assert lines[0].endswith("mistyped: there is no such folder")
    assert not list(folder.iterdir())


def test_a_bucket_that_is_away_is_told_in_one_line(folder: Path, closed_port: int) -> None:
    status, lines = spheroseg(
        *("restore", "s3://bucket/backups", "--data-dir", str(folder / "new")),
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{closed_port}",
        AWS_ALLOW_HTTP="true",
        AWS_ACCESS_KEY_ID="somebody",
        AWS_SECRET_ACCESS_KEY="a-word-that-nobody-may-read",
    )
    assert (status, len(lines)) == (2, 1)
    assert f"127.0.0.1:{closed_port}" in lines[0]
    assert "nobody-may-read" not in lines[0]


@pytest.mark.parametrize("process", ["api", "worker", "migrate"])
def test_a_process_of_a_cluster_names_the_setting_that_is_missing(process: str, folder: Path) -> None:
    status, lines = spheroseg(process, SPHEROSEG_DATA_DIR=str(folder))
    assert status == 2
    assert lines[-1].startswith("error: setting SPHEROSEG_DATABASE_URL: is missing")


def test_a_database_that_is_away(folder: Path, closed_port: int) -> None:
    url = f"postgresql://lab:a-word-that-nobody-may-read@127.0.0.1:{closed_port}/lab"
    for command in ("migrate", "serve"):  # the data folder is not there yet
        status, lines = spheroseg(
            command, SPHEROSEG_DATABASE_URL=url, SPHEROSEG_DATA_DIR=str(folder / command), SPHEROSEG_PORT="0"
        )
        output = "\n".join(lines)
        assert status != 0
        assert "the database cannot be brought to this version's schema: " in output
        assert "Traceback" not in output
        assert "defect" not in output
        assert "nobody-may-read" not in output


def test_a_database_of_a_newer_version_is_left_as_it_is(folder: Path) -> None:
    server = EmbeddedPostgres(folder / "lab", server_settings=FAST)
    server.start()
    try:
        upgrade(server.url())
        with psycopg.connect(server.url()) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '29991231_01'")
        status, lines = spheroseg("migrate", SPHEROSEG_DATABASE_URL=server.url(), SPHEROSEG_DATA_DIR=str(folder))
        assert status == 2
        assert "a newer version has worked with it" in lines[-1]
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("29991231_01",)]
    finally:
        server.stop()
