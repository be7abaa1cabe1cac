"""Libraries that other libraries load if they are installed, and that a service has no use for.

They are here for the command line or for a test; loading them takes a tenth of a service's start.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def without(*names: str) -> Iterator[None]:
    """Within it, these packages are not found by what is imported, unless they are loaded already.

    Source: the reference of Python's import system ("The module cache"): a name whose entry is None is not found.
    """
    hidden = [name for name in names if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None is what the import system asks for
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
