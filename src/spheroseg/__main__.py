"""`python -m spheroseg` is the `spheroseg` command, and this is where both begin."""

from __future__ import annotations

import os
import signal

TYPE_CHECKING = False  # as in the package: what loads before Ctrl-C is heard is as little as can be
if TYPE_CHECKING:
    from types import FrameType


def _leave(number: int, stack: FrameType | None) -> None:
    del number, stack
    os.write(2, b"spheroseg: stopped\n")
    os._exit(130)


def command() -> None:
    """The `spheroseg` command; Ctrl-C while it still loads ends it with one line and status 130.

    A second or so goes by before the first of our commands can answer for itself. Until then there is nothing to finish, and an
    exception would go through the loading of other people's modules, which tell of it at length or as something else. What
    comes before this, Python's own start and `signal`, takes some hundredths of a second, and answers in Python's way.
    """
    is_heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # a shell's background job ignores Ctrl-C
    if is_heard:
        signal.signal(signal.SIGINT, _leave)
    from spheroseg.cli.app import command as run  # noqa: PLC0415 -- what takes the time

    if is_heard:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


if __name__ == "__main__":
    command()
