"""Run every panel's query of the dashboard against a Prometheus: each must answer, and with data.

python deploy/panels.py http://127.0.0.1:9090 [WAIT_S [DASHBOARD]]      DASHBOARD: spheroseg (default) or gpu
"""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path

import httpx

DASHBOARDS = Path(__file__).parent / "monitoring" / "grafana" / "dashboards"


def queries(dashboard: str) -> list[tuple[str, str]]:
    """Title and PromQL of each query."""
    panels = json.loads((DASHBOARDS / f"{dashboard}.json").read_text(encoding="utf-8"))["panels"]
    return [(panel["title"], target["expr"]) for panel in panels for target in panel.get("targets", [])]


def empty(prometheus: httpx.Client, dashboard: str) -> list[str]:
    """The queries that fail or say nothing."""
    wrong = []
    for title, query in queries(dashboard):
        answer = prometheus.get("/api/v1/query", params={"query": query}).json()
        values = [float(each["value"][1]) for each in answer.get("data", {}).get("result", [])]
        if answer["status"] != "success" or not any(math.isfinite(value) for value in values):
            wrong.append(f"{title}: {query}: {answer.get('error', 'no data')}")
    return wrong


def main(url: str, wait_s: str = "0", dashboard: str = "spheroseg") -> None:
    """Ask until all have data, at most for so long."""
    deadline = time.monotonic() + float(wait_s)
    with httpx.Client(base_url=url, timeout=20) as prometheus:
        while (wrong := empty(prometheus, dashboard)) and time.monotonic() < deadline:
            time.sleep(5)
    if wrong:
        raise SystemExit("panels without data:\n" + "\n".join(wrong))
    print(f"panels: all {len(queries(dashboard))} queries answer with data")


if __name__ == "__main__":
    main(*sys.argv[1:])
