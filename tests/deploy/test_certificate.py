"""The measure behind the alerts on certificates: the real prober, and what nginx hands out."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from tests.deploy.cluster import running
from tests.deploy.conftest import Proxy, nginx_before
from tests.deploy.programs import DEPLOY, program, wait_for
from tests.fixtures.processes import free_port


@pytest.fixture
def proxy(folder: Path) -> Iterator[Proxy]:
    """nginx with a certificate of our own authority, and no service behind it."""
    with nginx_before(
        folder / "certificate", f"map $host $api_backend {{ default 127.0.0.1:{free_port()}; }}\n"
    ) as proxy:
        yield proxy


def test_the_end_of_the_proxys_certificate_is_measured(proxy: Proxy, folder: Path) -> None:
    trust = ssl.create_default_context(cafile=proxy.authority)
    with (
        socket.create_connection(("localhost", proxy.https)) as plain,
        trust.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        served = secured.getpeercert()
    assert served
    ends = ssl.cert_time_to_seconds(str(served["notAfter"]))
    port, log = free_port(), folder / "prober.log"
    command = [
        program("prometheus-blackbox-exporter"),
        f"--config.file={DEPLOY / 'monitoring' / 'blackbox.yaml'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    with running(command, {}, log) as process:
        wait_for(f"http://127.0.0.1:{port}/-/healthy", process, log)

        def measured(target: str) -> dict[str, float]:
            query = urlencode({"module": "https", "target": target})
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/probe?{query}", timeout=60) as answer:
                lines = answer.read().decode().splitlines()
            return {
                name: float(value)
                for name, value in (line.rsplit(" ", 1) for line in lines if line.startswith("probe_s"))
            }

        there = measured(f"{proxy.url}/nginx-health")
        assert there["probe_success"] == 1
        assert there["probe_ssl_earliest_cert_expiry"] == ends
        without_service = measured(f"{proxy.url}/health/ready")
        assert without_service["probe_success"] == 0
        assert without_service["probe_ssl_earliest_cert_expiry"] == ends
        assert measured(f"https://localhost:{free_port()}/health/ready")["probe_success"] == 0


def test_a_new_certificate_is_of_the_same_authority(tmp_path: Path) -> None:
    shutil.copy(DEPLOY / "secrets.sh", tmp_path)
    secrets = tmp_path / "secrets"

    def made() -> tuple[str, str]:
        subprocess.run([tmp_path / "secrets.sh", "lab.example.org"], check=True, capture_output=True)
        command = ["openssl", "verify", "-CAfile", secrets / "authority_certificate", secrets / "tls_certificate"]
        subprocess.run(command, check=True, capture_output=True)
        return (secrets / "authority_certificate").read_text(), (secrets / "tls_certificate").read_text()

    first = made()
    assert made() == first  # what is there is kept
    for name in ("tls_certificate", "tls_key"):
        (secrets / name).unlink()
    authority, certificate = made()
    assert authority == first[0]
    assert certificate != first[1]
