"""What the service offers somebody uses: the page, the client or the command line; else it is on the list, with who does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "web" / "src" / "api" / "schema.d.ts"

CALLED_BY_OTHERS = {
    ("get", "/health/live"): "what watches over the processes",
    ("get", "/health/ready"): "what watches over the processes",
    ("get", "/metrics"): "Prometheus",
    ("get", "/api/v1/auth/providers/{provider}/start"): "a browser that follows a link which the service wrote",
    ("get", "/api/v1/auth/providers/{provider}/callback"): "a provider's page",
    ("head", "/api/v1/uploads/{upload_id}"): "any client of tus",
    ("patch", "/api/v1/uploads/{upload_id}"): "any client of tus",
    ("delete", "/api/v1/uploads/{upload_id}"): "any client of tus",
}


def endpoints(schema: str) -> Iterator[tuple[str, str]]:
    """(method, path) of the service's description as the page has it."""
    path = ""
    for line in schema.splitlines():
        if line.startswith("export interface components"):
            return
        if found := re.match(r'    "(/[^"]*)": \{$', line):
            path = found[1]
        elif found := re.match(r"        (get|put|post|delete|head|patch): operations", line):
            yield found[1], path


def is_called(method: str, path: str, code: str) -> bool:
    """Whether the typed client calls it by this method, or some address is built that looks like it."""
    if re.search(rf'\.{method.upper()}\(\s*"{re.escape(path)}"', code):
        return True
    return re.search(rf"{_bare(path)}(?![A-Za-z_{{/-])", _bare(code)) is not None


def _bare(text: str) -> str:
    return re.sub(r"\$?\{[^{}]*\}", "_", text).replace("/api/v1", "")


CALLS = 'api.GET("/api/v1/runs/{run_id}", x); ask("POST", f"/runs/{_id(run)}/cancel")'


@pytest.mark.parametrize(
    ("method", "path", "wanted"),
    [
        ("get", "/api/v1/runs/{run_id}", True),
        ("post", "/api/v1/runs/{run_id}/cancel", True),
        ("get", "/api/v1/runs/{run_id}/results", False),
    ],
)
def test_the_check_tells_them_apart(method: str, path: str, wanted: bool) -> None:
    assert is_called(method, path, CALLS) == wanted


def test_every_endpoint_has_a_caller() -> None:
    files = [
        *(path for path in (ROOT / "web" / "src").rglob("*.ts*") if path != SCHEMA),
        *(path for folder in ("client", "cli") for path in (ROOT / "src" / "spheroseg" / folder).rglob("*.py")),
    ]
    code = "\n".join(path.read_text(encoding="utf-8") for path in files)
    offered = list(endpoints(SCHEMA.read_text(encoding="utf-8")))
    assert len(offered) > 100
    nobodys = [f"{method.upper()} {path}" for method, path in offered if not is_called(method, path, code)]
    assert [one for one in nobodys if tuple(one.lower().split(" ", 1)) not in CALLED_BY_OTHERS] == []
