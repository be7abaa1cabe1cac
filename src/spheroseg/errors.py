"""Every error that SpheroSeg raises on purpose.

* SpheroSegError
  * ImageReadError      (`imaging`)       a file that cannot be read as an image
  * FileNameError       (`imaging`)       a file-name pattern that cannot be used
  * ModelError          (`segmentation`)  a model that is missing, damaged or does not run
  * ParameterError                        a value that the caller gave and that makes no sense
  * GeometryError       (`geometry`)      an outline that cannot be repaired or used
  * FormatError         (`formats`)       a results file that cannot be read or written

One line each: `str(error)` names the thing and the reason, and is fit to be shown to a biologist.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

#: what stands in front of the name of a file that is being written
_BEING_WRITTEN = re.compile(r"^\.\d+-")


class SpheroSegError(Exception):
    """Base of all errors that SpheroSeg raises on purpose."""


class ParameterError(SpheroSegError, ValueError):
    """A value that the caller gave makes no sense."""


class FileError(SpheroSegError):
    """A file and why it cannot be used.

    Attributes:
        path: the file.
        reason: why, in one sentence without the file's name.
    """

    def __init__(self, path: Path | str, reason: str) -> None:
        self.path = Path(path)
        self.reason = reason
        super().__init__(f"{printable(self.path)}: {reason}")

    def __reduce__(self) -> tuple[type[FileError], tuple[Path, str]]:
        # exceptions are pickled by their formatted message, which would lose path and reason
        return type(self), (self.path, self.reason)


class ImageReadError(FileError):
    """A file that cannot be read as an image."""


class FormatError(FileError):
    """A results file that cannot be read or written."""


class FileNameError(SpheroSegError):
    """A file-name pattern that cannot be used."""


class ModelError(SpheroSegError):
    """A model that is missing, damaged or does not run here."""


class GeometryError(SpheroSegError):
    """An outline that cannot be repaired or used."""


def printable(name: str | Path) -> str:
    r"""A file's name as text that any table, terminal and JSON file takes: bytes that are no UTF-8 become `\xNN`."""
    try:
        return os.fsencode(name).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # half a surrogate pair that no file system wrote
        return str(name).encode("utf-8", "backslashreplace").decode()


def system_reason(error: OSError) -> str:
    """Why the system refused, in words: "no space left on device"."""
    return os.strerror(error.errno).lower() if error.errno else str(error) or type(error).__name__


def refused_file(error: OSError) -> str:
    """The file that the system refused: of one that was being written, the name that it would have got; "" for none."""
    return _BEING_WRITTEN.sub("", printable(Path(error.filename).name)) if error.filename else ""
