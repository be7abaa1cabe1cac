"""The dashboard of GPUs by a real Prometheus, from measures as NVIDIA's exporter gives them. A real GPU is not needed, and not tried."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.deploy.cluster import running
from tests.deploy.programs import DEPLOY, program, script, wait_for
from tests.fixtures.processes import free_port

LABELS = 'gpu="0",UUID="GPU-1",pci_bus_id="00000000:01:00.0",device="nvidia0",modelName="NVIDIA L4",Hostname="gpu-1"'
MEASURES = {
    "DCGM_FI_DEV_SM_CLOCK": 2040, "DCGM_FI_DEV_GPU_TEMP": 61, "DCGM_FI_DEV_POWER_USAGE": 52.1, "DCGM_FI_DEV_GPU_UTIL": 83,
    "DCGM_FI_DEV_FB_FREE": 18_400, "DCGM_FI_DEV_FB_USED": 4_100, "DCGM_FI_DEV_XID_ERRORS": 0,
}  # fmt: skip
"""The names are those of the exporter's default counters."""


class Exporter(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = "".join(
            f"# TYPE {name} gauge\n{name}{{{LABELS}}} {value}\n" for name, value in MEASURES.items()
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def exporter() -> Iterator[int]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Exporter) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def test_every_panel_of_the_gpu_dashboard_has_data(exporter: int, tmp_path: Path) -> None:
    configuration = yaml.safe_load((DEPLOY / "monitoring" / "prometheus.yaml").read_text())
    (job,) = (job for job in configuration["scrape_configs"] if job["job_name"] == "gpu")
    del job["dns_sd_configs"]
    (tmp_path / "prometheus.yaml").write_text(
        yaml.safe_dump({
            "global": {"scrape_interval": "1s"},
            "scrape_configs": [job | {"static_configs": [{"targets": [f"127.0.0.1:{exporter}"]}]}],
        })
    )  # fmt: skip
    port, log = free_port(), tmp_path / "log"
    command = [
        program("prometheus"),
        f"--config.file={tmp_path}/prometheus.yaml",
        f"--storage.tsdb.path={tmp_path}/metrics",
    ]
    with running([*command, f"--web.listen-address=127.0.0.1:{port}"], {}, log) as process:
        wait_for(f"http://127.0.0.1:{port}/-/ready", process, log)
        script("panels.py", f"http://127.0.0.1:{port}", "60", "gpu")
