"""JSON: files from other tools are read whole, with the line of an error; what we write is strict."""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spheroseg.errors import FormatError

MAX_BYTES = 2 * 2**30


def load_json(path: Path) -> Any:  # noqa: ANN401 -- JSON
    """The value of a JSON file, plain or gzipped, UTF-8 with or without a byte order mark.

    Raises:
        FormatError: missing, unreadable, larger than 2 GiB, or not JSON, with the line and column.
    """
    try:
        with path.open("rb") as stream:
            is_gzip = stream.read(2) == b"\x1f\x8b"
        with gzip.open(path, "rb") if is_gzip else path.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise FormatError(path, f"is larger than {MAX_BYTES // 2**30} GiB")
        return json.loads(data.decode("utf-8-sig"))
    except OSError as error:
        raise FormatError(path, (error.strerror or str(error)).lower()) from error
    except (EOFError, zlib.error) as error:
        raise FormatError(path, f"the gzip file is damaged ({error})") from error
    except UnicodeDecodeError as error:
        raise FormatError(path, f"is no UTF-8 text (byte {error.start})") from error
    except json.JSONDecodeError as error:
        raise FormatError(path, f"is no JSON: line {error.lineno}, column {error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise FormatError(path, "is nested too deeply") from error


def json_text(value: Any, *, indent: int | None = None) -> str:  # noqa: ANN401 -- JSON
    """Strict JSON of any value: NaN and infinity, which JSON has not, become null; a name of no UTF-8 is escaped.

    NumPy's numbers become plain ones, paths, dates and whatever else is no JSON their text.
    """
    separators = None if indent else (",", ":")
    text = json.dumps(_plain(value), indent=indent, ensure_ascii=False, allow_nan=False, separators=separators)
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _plain(value: Any) -> Any:  # noqa: ANN401 -- JSON
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    if hasattr(value, "tolist"):  # NumPy's numbers and arrays
        return _plain(value.tolist())
    return None if type(value).__name__ in {"NAType", "NaTType"} else str(value)  # pandas would take a second to load


def as_mapping(value: Any) -> dict[str, Any]:  # noqa: ANN401 -- JSON
    """The value if it is an object, else an empty one: a missing member and one of a wrong kind say the same."""
    return value if isinstance(value, dict) else {}
