"""Rules and configurations, by the checkers of the programs that will read them."""

from __future__ import annotations

import subprocess

import pytest
from tests.deploy.programs import DEPLOY, program


@pytest.mark.parametrize(
    "command",
    [
        ("promtool", "check", "config", "--syntax-only", "prometheus.yaml"),
        ("promtool", "check", "rules", "rules.yaml"),
        ("promtool", "test", "rules", "rules.test.yaml"),
        ("amtool", "check-config", "alertmanager.yaml"),
    ],
    ids=" ".join,
)
def test_the_checkers_agree(command: tuple[str, ...]) -> None:
    answer = subprocess.run(
        [program(command[0]), *command[1:]], cwd=DEPLOY / "monitoring", capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
