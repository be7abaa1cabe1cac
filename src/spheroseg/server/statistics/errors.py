"""Errors of tables and statistics."""

from __future__ import annotations

from spheroseg.server.http.errors import Invalid


class UnknownColumn(Invalid):
    """The objects of the project have no such column, or it holds no numbers."""

    code = "unknown_column"
    title = "There is no such column of numbers"


class InvalidCondition(Invalid):
    """A condition that is not `column:operator:value`."""

    code = "invalid_condition"
    title = "The condition cannot be read"
