"""The key that signs tokens: from the settings, else stored in the data folder."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from spheroseg.server.config import Settings
from spheroseg.server.resources import durable


def secret_key_of(settings: Settings) -> str:
    """The key from the settings, else the one stored in the data folder, made there the first time."""
    if settings.secret_key is not None:
        return settings.secret_key.get_secret_value()
    path = settings.data_dir / "secret_key"
    settings.data_dir.mkdir(mode=0o711, parents=True, exist_ok=True)
    partial = path.with_name(f"secret_key.{os.getpid()}")
    if not path.exists():
        _write_private(partial, secrets.token_urlsafe(48))
        try:
            durable.keep(partial)
            os.link(partial, path)  # the first of several processes wins, and nobody reads half a key
            durable.keep(path)
        except FileExistsError:
            pass
        finally:
            partial.unlink()
    return path.read_text(encoding="ascii")


def _write_private(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
