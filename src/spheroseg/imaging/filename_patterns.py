r"""Own patterns for file names: templates ("{plate}_{well}_{time:d}h.tif") and regular expressions with named groups."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from spheroseg.errors import FileNameError

FIELDS = ("plate", "well", "row", "column", "field", "channel", "z", "time", "time_unit")
"""Names that a pattern may use."""

_NUMBERS = {"column", "field", "z"}
_MAX_PATTERN_LENGTH = 300
_MAX_NAME_LENGTH = 1_000
_PLACEHOLDER = re.compile(r"\{(?P<name>[^{}:]*)(?::(?P<kind>[^{}]*))?\}")
_UNIT_AFTER = re.compile(r"(?P<unit>hours|hour|hr|h|days|day|d|min|sec|s)(?![A-Za-z])")
_TEXT = r"[^_\-\s./]+"
_REPEATED_GROUP = re.compile(r"(?<!\\)\)[*+{]")


@dataclass(frozen=True, slots=True)
class FileNamePattern:
    """A pattern that can be used; `compile_pattern` makes it.

    Attributes:
        expression: matched against the name with its ending, then without.
        is_template: templates take a time that grows slowly with the name's length, whatever is in them; a regular
            expression can be written so that it never ends, so a service should take templates only.
        n_folders: folders in front of the name that the pattern speaks of.
        time_unit: unit that the template writes after {time}, or "".
    """

    expression: re.Pattern[str]
    is_template: bool
    n_folders: int
    time_unit: str

    def match(self, path: PurePath) -> dict[str, str] | None:
        """Text by field, for a path that matches as a whole (template) or anywhere (regular expression)."""
        folders = path.parts[-1 - self.n_folders : -1] if self.n_folders else ()
        if len(folders) < self.n_folders:
            return None
        for name in (path.name, path.stem):
            text = "/".join((*folders, name))
            if len(text) > _MAX_NAME_LENGTH:
                return None
            match = self.expression.fullmatch(text) if self.is_template else self.expression.search(text)
            if match is not None:
                return {key: value for key, value in match.groupdict().items() if value is not None}
        return None


Engine = Callable[[str], "re.Pattern[str]"]
"""Makes an expression ready for matching; `re.compile`, or one with the same methods that needs linear time only."""


@functools.lru_cache(maxsize=64)
def compile_pattern(pattern: str, engine: Engine = re.compile) -> FileNamePattern:
    r"""Makes a pattern ready for use.

    A pattern with a named group ("(?P<") is a regular expression, any other a template: text as it is, "{well}",
    "{plate}", "{field}", "{channel}", "{z}", "{row}", "{column}", "{time}" for fields, "{time:d}" for whole
    numbers, "{}" for anything.

    Args:
        pattern: up to 300 characters; "/" separates folders.
        engine: what matches; it raises `ValueError` or `re.error` for what it does not know.

    Returns:
        The pattern; the same object for the same text.

    Raises:
        FileNameError: the pattern cannot be used; the message says what is wrong and where.
    """
    if not pattern.strip():
        raise FileNameError("the file-name pattern is empty")
    if len(pattern) > _MAX_PATTERN_LENGTH:
        raise FileNameError(f"the file-name pattern is longer than {_MAX_PATTERN_LENGTH} characters")
    return _regular_expression(pattern, engine) if "(?P<" in pattern else _template(pattern, engine)


def _regular_expression(pattern: str, engine: Engine) -> FileNamePattern:
    try:
        expression = engine(pattern)
    except (re.error, ValueError, RecursionError, OverflowError) as error:
        position = getattr(error, "pos", None)
        where = f" at character {position + 1}" if isinstance(position, int) else ""
        reason = getattr(error, "msg", str(error))
        raise FileNameError(f"the file-name pattern {pattern!r} is no regular expression: {reason}{where}") from None
    for name in expression.groupindex:
        if name not in FIELDS:
            raise _unknown(name, pattern, pattern.index(f"(?P<{name}>") + 4)
    repeated = _REPEATED_GROUP.search(pattern)
    if repeated is not None:
        raise FileNameError(
            f"the file-name pattern {pattern!r} repeats a group at character {repeated.start() + 1}; "
            "that can take for ever, repeat single characters instead"
        )
    return FileNamePattern(expression, is_template=False, n_folders=pattern.count("/"), time_unit="")


def _template(pattern: str, engine: Engine) -> FileNamePattern:
    parts: list[str] = []
    seen: set[str] = set()
    time_unit = ""
    end = 0
    previous_was_field = False
    for match in _PLACEHOLDER.finditer(pattern):
        literal = pattern[end : match.start()]
        _check_literal(literal, end, pattern)
        if previous_was_field and not literal:
            raise FileNameError(
                f"the file-name pattern {pattern!r} needs some text between two fields at character {match.start() + 1}"
            )
        parts.append(re.escape(literal))
        parts.append(_placeholder(match, pattern, seen))
        end = match.end()
        previous_was_field = True
        unit = _UNIT_AFTER.match(pattern, end)
        if match["name"] == "time" and unit is not None:
            time_unit = unit["unit"]
    _check_literal(pattern[end:], end, pattern)
    if not seen:
        raise FileNameError(f"the file-name pattern {pattern!r} names no field; write for example {{well}}")
    parts.append(re.escape(pattern[end:]))
    return FileNamePattern(engine("".join(parts)), is_template=True, n_folders=pattern.count("/"), time_unit=time_unit)


def _placeholder(match: re.Match[str], pattern: str, seen: set[str]) -> str:
    name, kind = match["name"], match["kind"]
    if not name and kind is None:
        return ".*?"
    if name not in FIELDS:
        raise _unknown(name, pattern, match.start() + 1)
    if name in seen:
        raise FileNameError(f"the file-name pattern {pattern!r} has {{{name}}} twice, at character {match.start() + 1}")
    if kind not in {None, "d"}:
        raise FileNameError(
            f"the file-name pattern {pattern!r} has {{{name}:{kind}}} at character {match.start() + 1}; "
            "only :d (a whole number) may follow a field's name"
        )
    seen.add(name)
    if kind == "d" or name in _NUMBERS:
        shape = r"\d+"
    elif name == "well":
        shape = r"[A-Za-z]{1,2}\d{1,3}"
    elif name == "time":
        shape = r"\d+(?:[.,]\d+)?"
    elif name == "plate":
        shape = "[^/]+?"  # names of plates have underscores
    else:
        shape = _TEXT
    return f"(?P<{name}>{shape})"


def _check_literal(literal: str, start: int, pattern: str) -> None:
    for brace in "{}":
        if brace in literal:
            position = start + literal.index(brace) + 1
            raise FileNameError(f"the file-name pattern {pattern!r} has a lone {brace} at character {position}")


def _unknown(name: str, pattern: str, position: int) -> FileNameError:
    return FileNameError(
        f"the file-name pattern {pattern!r} has an unknown field {name!r} at character {position}; "
        f"known are {', '.join(FIELDS)}"
    )
