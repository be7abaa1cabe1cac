"""The address that a service is reached at."""

from __future__ import annotations

import errno
import socket
import time

from spheroseg.errors import SpheroSegError


class ServeError(SpheroSegError):
    """The service cannot be started or kept up, and why, in one line."""


def listen(host: str, port: int, *, patience_s: float = 0.0) -> socket.socket:
    """A listening socket; made before anything else, so that a port in use is told at once.

    Args:
        host: name or address.
        port: TCP port, 0 for any free one.
        patience_s: how long to wait for a port in use: for a service that was killed and whose processes just end.

    Raises:
        ServeError: the address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    deadline = time.monotonic() + patience_s
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    while True:
        try:
            listener.bind((host, port))
            break
        except (OSError, OverflowError) as error:
            in_use = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
            if in_use and time.monotonic() < deadline:
                time.sleep(0.05)
                continue
            listener.close()
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            hint = " (another SpheroSeg? --port takes another one)" if in_use else ""
            raise ServeError(f"cannot listen on {host}:{port}: {reason}{hint}") from None
    listener.listen(2048)
    listener.set_inheritable(True)
    return listener
