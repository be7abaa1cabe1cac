"""The order of the tests' files, and what holds for all tests on any machine."""

import signal
from pathlib import Path

import hypothesis
import pytest

# an example that takes long, and one that is made slowly, are a busy machine's, not a fault
hypothesis.settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any machine")

# a job in the background of a shell ignores Ctrl-C, and all programs that tests start and then stop by it would, too
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

TESTS = Path(__file__).parent
LONGEST_FIRST = (
    "cli/test_analyse.py",
    "server/analysis/test_endpoints.py",
    "training/test_train.py",
    "analysis/test_bad_input.py",
    "server/runs/test_runs.py",
    "docs/test_tutorials.py",
    "batch/test_run.py",
    "server/access/test_access_walk.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files begin first: files are handed out whole, and a long one at the end would leave the other core idle."""
    order = {TESTS / name: place for place, name in enumerate(LONGEST_FIRST)}
    items.sort(key=lambda item: order.get(item.path, len(order)))
