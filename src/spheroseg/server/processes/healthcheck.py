"""Whether the process of a container works, asked from inside it: `python -m spheroseg.server.processes.healthcheck api`.

Every container asks every few seconds, so this loads nothing but what asks: a tenth of a second of a processor, where the
command `spheroseg healthcheck`, which says the same, takes eight.
"""

from __future__ import annotations

import http.client
import os
import re
import sys
import time
import urllib.request
from collections.abc import Mapping

from spheroseg.errors import ParameterError

TIMEOUT_S = 4.0
SILENT_S = 60.0
"""A worker looks after the queue every five seconds; one that did not for so long is stuck, or its database is away."""

ALIVE = re.compile(r"^spheroseg_worker_alive_timestamp_seconds(?:\{[^}]*\})? (\S+)", re.MULTILINE)


def trouble(process: str, environment: Mapping[str, str]) -> str | None:
    """What is wrong with the process; None when it works.

    Args:
        process: "api" or "worker".
        environment: that the process was started with; its ports count.

    Raises:
        ParameterError: it cannot be asked.
    """
    match process:
        case "api":
            answer, reason = _ask(f"http://127.0.0.1:{environment.get('SPHEROSEG_PORT', '8000')}/health/ready")
            return reason if answer is None else None
        case "worker":
            if "SPHEROSEG_METRICS_PORT" not in environment:
                raise ParameterError("SPHEROSEG_METRICS_PORT is missing; a worker is asked there")
            answer, reason = _ask(f"http://127.0.0.1:{environment['SPHEROSEG_METRICS_PORT']}/metrics")
            if answer is None:
                return reason
            found = ALIVE.search(answer)
            silent_s = time.time() - float(found.group(1)) if found else float("inf")
            return None if silent_s < SILENT_S else "the worker has not looked after the queue for a minute"
        case _:
            raise ParameterError(f"there is no process {process!r}: api or worker")


def _ask(url: str) -> tuple[str | None, str]:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310 -- http, this machine
            return answer.read().decode(), ""
    except (OSError, http.client.HTTPException) as error:
        return None, f"{url}: {error}"


def main(arguments: list[str]) -> int:
    """Ask after the process that the first argument names; 0 when it works, else 1 and the reason."""
    try:
        reason = trouble(" ".join(arguments), os.environ)
    except ParameterError as error:
        reason = str(error)
    if reason is not None:
        sys.stderr.write(f"healthcheck: {reason}\n")
    return int(reason is not None)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
