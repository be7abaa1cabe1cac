"""Who a child process runs as, and that it ends with us."""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from spheroseg.server.processes.postgres_programs import EmbeddedDatabaseError


@dataclass(frozen=True)
class Account:
    """Who the server runs as."""

    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """Whether we have to become somebody else for it."""
        return self.uid != os.geteuid()


def unprivileged_account(folder: Path) -> Account:
    """Ourselves, or when we are root the owner of the cluster so far, else `postgres`, else `nobody`."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if folder.exists() and folder.stat().st_uid != 0:
        stat = folder.stat()
        return Account(stat.st_uid, stat.st_gid)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise EmbeddedDatabaseError(
        "PostgreSQL does not run as root, and there is neither a `postgres` nor a `nobody` account"
    )


def die_with_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    """What a child runs before its program: the kernel sends it `death_signal` when the parent's thread is gone.

    The kernel forgets the wish when the user changes, so it has to come after that (`subprocess` calls it last).
    """
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)  # loaded here: after fork nothing may be imported
    parent = os.getpid()
    number = int(death_signal)

    def before_exec() -> None:
        libc.prctl(1, number, 0, 0, 0)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it died in between
            os._exit(1)

    return before_exec
