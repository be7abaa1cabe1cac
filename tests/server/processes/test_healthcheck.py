"""The health checks of containers, against real answers over HTTP."""

from __future__ import annotations

import os
import subprocess
import sys

import prometheus_client
import pytest
from tests.fixtures.processes import free_port

from spheroseg.errors import ParameterError
from spheroseg.server.admin import gauges
from spheroseg.server.processes.healthcheck import trouble


def test_a_worker_is_well_while_it_looks_after_the_queue() -> None:
    server, thread = prometheus_client.start_http_server(0, addr="127.0.0.1")
    asked = {"SPHEROSEG_METRICS_PORT": str(server.server_port)}
    try:
        gauges.alive()
        assert trouble("worker", asked) is None
        gauges.ALIVE.set(1.0)
        assert "has not looked after the queue" in str(trouble("worker", asked))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert "refused" in str(trouble("worker", asked))


def test_an_api_process_that_is_not_there() -> None:
    assert "refused" in str(trouble("api", {"SPHEROSEG_PORT": str(free_port())}))
    assert "nonnumeric" in str(trouble("api", {"SPHEROSEG_PORT": "eighty"}))


def test_what_cannot_be_asked_is_said() -> None:
    with pytest.raises(ParameterError, match="SPHEROSEG_METRICS_PORT"):
        trouble("worker", {})
    with pytest.raises(ParameterError, match="no process 'database'"):
        trouble("database", {})


def test_the_check_of_a_container_loads_nothing_but_what_asks() -> None:
    """It runs every few seconds in every container."""
    command = "import sys, spheroseg.server.processes.healthcheck; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=True).stdout.split()
    assert not {"numpy", "pydantic", "typer", "fastapi", "sqlalchemy"} & set(loaded)
    environment = os.environ | {"SPHEROSEG_PORT": str(free_port())}
    module = [sys.executable, "-m", "spheroseg.server.processes.healthcheck"]
    answer = subprocess.run([*module, "api"], env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 1
    assert answer.stderr.startswith("healthcheck: http://127.0.0.1:")
    assert len(answer.stderr.splitlines()) == 1
    answer = subprocess.run(module, env=environment, capture_output=True, text=True, check=False)
    assert (answer.returncode, "no process ''" in answer.stderr) == (1, True)
