"""The first pages stay small: what a phone on a slow network waits for."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest
from tests.fixtures.tools import missing

ROOT = Path(__file__).parents[2]


@pytest.mark.quick
def test_the_first_pages_keep_their_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    if not (ROOT / "src/spheroseg/server/web/.vite/manifest.json").is_file():
        missing("the web app is not built (web/build.sh)")
    monkeypatch.syspath_prepend(ROOT / "bench")
    spec = importlib.util.spec_from_file_location("bench_web", ROOT / "bench" / "web.py")
    assert spec
    assert spec.loader
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    sizes = bench.initial_bytes()
    assert {name: sizes[name] for name in ("landing", "sign_in", "dashboard") if sizes[name] > 180_000} == {}
