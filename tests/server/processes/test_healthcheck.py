"""The health checks of containers, against real answers over HTTP."""

from __future__ import annotations

import socket

import prometheus_client
import pytest

from spheroseg.server.admin import gauges
from spheroseg.server.config import Settings, SettingsError
from spheroseg.server.processes.healthcheck import trouble


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_worker_is_well_while_it_looks_after_the_queue(settings: Settings) -> None:
    server, thread = prometheus_client.start_http_server(0, addr="127.0.0.1")
    asked = settings.model_copy(update={"metrics_port": server.server_port})
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


def test_an_api_process_that_is_not_there(settings: Settings) -> None:
    assert "refused" in str(trouble("api", settings.model_copy(update={"port": free_port()})))


def test_what_cannot_be_asked_is_said(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="SPHEROSEG_METRICS_PORT"):
        trouble("worker", settings)
    with pytest.raises(SettingsError, match="no process 'database'"):
        trouble("database", settings)
