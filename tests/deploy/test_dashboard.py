"""Every panel of the dashboard, its query run by a real Prometheus that scrapes the real parts of a cluster."""

from __future__ import annotations

import json
import socket
import subprocess
import time
from pathlib import Path

import httpx
import psycopg
import pytest
from tests.deploy.cluster import Cluster, spheroseg
from tests.deploy.programs import DEPLOY, script

from spheroseg.server.resources.queue import BACKGROUND

PANELS_WITHIN_S = 300


@pytest.mark.slow
@pytest.mark.timeout(1500)
def test_every_panel_has_data_once_somebody_worked(cluster: Cluster, journey: Path) -> None:
    script("journey.py", "check", cluster.api, str(journey))
    script("panels.py", cluster.prometheus, str(PANELS_WITHIN_S))


@pytest.mark.slow
def test_every_part_is_scraped(cluster: Cluster) -> None:
    targets = httpx.get(f"{cluster.prometheus}/api/v1/targets").json()["data"]["activeTargets"]
    assert {(each["labels"]["job"], each["health"]) for each in targets} == {
        (job, "up") for job in ("api", "worker", "backup", "postgres", "redis", "node", "nginx")
    }


@pytest.mark.slow
def test_the_first_failures_of_a_service_are_seen(cluster: Cluster) -> None:
    """One job and one request, the first of their kinds to fail: a series that begins with them would show no rise."""
    job = 'spheroseg_jobs_total{task="exports:remove_old",outcome="failed"}'
    request = 'spheroseg_requests_total{route="/api/v1/auth/sign-in",status="500"}'
    for series in (job, request):
        wait_for_data(cluster, f"{series} == 0")
    with psycopg.connect(cluster.environment["SPHEROSEG_DATABASE_URL"], autocommit=True) as database:
        database.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args) VALUES (%s, 'exports:remove_old', '{\"unknown\": 1}')",
            (BACKGROUND,),
        )
        database.execute("ALTER TABLE users RENAME TO users_away")
        try:
            account = {"email": "me@example.org", "password": "correct horse battery"}
            answer = httpx.post(f"{cluster.api}/api/v1/auth/sign-in", json=account)
        finally:
            database.execute("ALTER TABLE users_away RENAME TO users")
    assert answer.status_code == 500
    for query in (f"increase({job}[5m]) > 0", f"increase({request}[5m]) > 0", "spheroseg:errors:ratio_5m > 0"):
        wait_for_data(cluster, query)


def wait_for_data(cluster: Cluster, query: str) -> None:
    deadline = time.monotonic() + 100
    while not httpx.get(f"{cluster.prometheus}/api/v1/query", params={"query": query}).json()["data"]["result"]:
        assert time.monotonic() < deadline, query
        time.sleep(1)


@pytest.mark.slow
def test_the_health_checks_of_the_containers_say_that_all_is_well(cluster: Cluster) -> None:
    for process in ("api", "worker"):
        subprocess.run(spheroseg("healthcheck", process), env=cluster.environment, check=True)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        elsewhere = cluster.environment | {"SPHEROSEG_PORT": str(nobody.getsockname()[1])}
        answer = subprocess.run(
            spheroseg("healthcheck", "api"), env=elsewhere, capture_output=True, text=True, check=False
        )
    assert answer.returncode == 1
    assert len(answer.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("name", ["spheroseg", "gpu"])
def test_the_dashboard_is_one_that_grafana_reads(name: str) -> None:
    dashboard = json.loads((DEPLOY / "monitoring" / "grafana" / "dashboards" / f"{name}.json").read_text())
    ids = [panel["id"] for panel in dashboard["panels"]]
    assert len(ids) == len(set(ids))
    assert {panel["type"] for panel in dashboard["panels"]} <= {"row", "timeseries"}
