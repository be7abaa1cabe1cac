"""Every panel of the dashboard, its query run by a real Prometheus that scrapes the real parts of a cluster."""

from __future__ import annotations

import json
import socket
import subprocess
from pathlib import Path

import httpx
import pytest
from tests.deploy.cluster import Cluster, spheroseg
from tests.deploy.programs import DEPLOY, script

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
