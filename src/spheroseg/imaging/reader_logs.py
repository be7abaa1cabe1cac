"""The readers' libraries say in logs and warnings what a person should see as one line, or not at all."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_LOGGERS = (
    "tifffile", "nd2", "liffile", "oirfile", "PIL", "PIL.PngImagePlugin", "PIL.TiffImagePlugin", "PIL.Image",
)  # fmt: skip
_messages: ContextVar[list[str] | None] = ContextVar("messages of the libraries while a file is read", default=None)


class _Collector(logging.Filter):
    """Takes a record out of the log and into the list of the read that is under way in this thread."""

    def filter(self, record: logging.LogRecord) -> bool:
        messages = _messages.get()
        if messages is None:
            return True
        if record.levelno >= logging.WARNING:
            messages.append(record.getMessage())
        return False


_COLLECTOR = _Collector()


class _Warnings:
    """Ignores warnings while any thread reads.

    `warnings.catch_warnings` alone is not enough: two threads that overlap leave each other's filters behind.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._n_readers = 0
        self._catcher = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            if self._n_readers == 0:
                self._catcher = warnings.catch_warnings()
                self._catcher.__enter__()
                warnings.simplefilter("ignore")
            self._n_readers += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._n_readers -= 1
            if self._n_readers == 0:
                self._catcher.__exit__(None, None, None)


_WARNINGS = _Warnings()


@contextmanager
def quiet_libraries() -> Iterator[list[str]]:
    """Collects what the libraries log while a file is read.

    Yields:
        The messages of level WARNING and above so far, in order; the list grows while the block runs.
    """
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_COLLECTOR)  # adding it again changes nothing
    messages: list[str] = []
    token = _messages.set(messages)
    try:
        with _WARNINGS:
            yield messages
    finally:
        _messages.reset(token)
