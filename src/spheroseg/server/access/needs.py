"""What each route asks of its caller, stated beside it."""

from __future__ import annotations

from typing import Literal

from spheroseg.server.resources.json_object import JsonObject

Need = Literal["public", "signed-in", "session", "viewer", "editor", "owner", "admin"]
"""Who may use a route: anybody; anyone signed in; a person in a browser (no personal token); a role in the project; an admin."""


def needs(need: Need) -> JsonObject:
    """`openapi_extra=` of a route: who may use it. `tests/server/access/test_access_walk.py` proves that it is true."""
    return {"x-access": need}
