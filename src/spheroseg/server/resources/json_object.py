"""The type of JSON whose shape is told elsewhere: run cards, events, preferences, answers of other services."""

from __future__ import annotations

from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]
"""An object of plain JSON."""
