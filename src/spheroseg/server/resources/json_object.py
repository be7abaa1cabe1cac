"""The type of JSON that others decide on: preferences, cards, answers. Whoever reads a value checks what it is."""

from __future__ import annotations

from typing import TypeAlias

from pydantic import JsonValue

JsonObject: TypeAlias = dict[str, JsonValue]
"""An object of plain JSON."""
