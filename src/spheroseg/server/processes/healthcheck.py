"""Whether the process of a container works, asked from inside it."""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.request

from spheroseg.server.config import Settings, SettingsError

TIMEOUT_S = 4.0
SILENT_S = 60.0
"""A worker looks after the queue every five seconds; one that did not for so long is stuck, or its database is away."""

ALIVE = re.compile(r"^spheroseg_worker_alive_timestamp_seconds(?:\{[^}]*\})? (\S+)", re.MULTILINE)


def trouble(process: str, settings: Settings) -> str | None:
    """What is wrong with the process; None when it works.

    Args:
        process: "api" or "worker".
        settings: those that the process was started with.

    Raises:
        SettingsError: it cannot be asked.
    """
    match process:
        case "api":
            said, reason = _ask(f"http://127.0.0.1:{settings.port}/health/ready")
            return reason if said is None else None
        case "worker":
            if settings.metrics_port is None:
                raise SettingsError("setting SPHEROSEG_METRICS_PORT: is missing; a worker is asked there")
            said, reason = _ask(f"http://127.0.0.1:{settings.metrics_port}/metrics")
            if said is None:
                return reason
            found = ALIVE.search(said)
            silent_s = time.time() - float(found.group(1)) if found else float("inf")
            return None if silent_s < SILENT_S else "the worker has not looked after the queue for a minute"
        case _:
            raise SettingsError(f"there is no process {process!r}: api or worker")


def _ask(url: str) -> tuple[str | None, str]:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310 -- http, this machine
            return answer.read().decode(), ""
    except (OSError, urllib.error.URLError) as error:
        return None, f"{url}: {error}"
