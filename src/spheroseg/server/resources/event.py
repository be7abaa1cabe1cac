"""The type of what is told of a change, from the transaction that makes it to browsers and streams."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import NotRequired, TypedDict

Id = str | uuid.UUID


class CursorJson(TypedDict):
    """Where somebody's cursor is on an image (x, y in px, None when away), and the numbers of the objects that they hold."""

    connection_id: str
    user_id: str
    name: str
    frame: int
    position: Sequence[float] | None
    numbers: Sequence[int]
    result_id: str | None


class Event(TypedDict):
    """What changed, so that who follows reads it again; nothing may depend on its arriving.

    Attributes:
        type: what happened to which kind of thing: `image.ready`, `run.done`, `objects.edited`, …
        id: of that thing; of the project where it is many images.
        project_id: of the thing's project.
        image_id: of the image that a result is of.
        version: of the thing after the change.
        state: of the thing after the change.
        reason: why something failed.
        frame: time point of an image, from 0.
        sequence, kind, author_id: of a correction; nobody's where everything was measured again.
        numbers: of the objects that a correction changed; None where they are many or all.
        n_images, n_objects, n_items: how many are concerned.
        n_queued, n_running, n_done, n_failed, n_cancelled: results of a run in each state.
        process, people, connection_id, user_id, name, cursor: who looks at a topic, between our processes.
        is_cut: the event was too long, and is told without the rest.
    """

    type: str
    id: Id
    project_id: NotRequired[Id]
    image_id: NotRequired[Id]
    version: NotRequired[int]
    state: NotRequired[str]
    reason: NotRequired[str]
    frame: NotRequired[int]
    sequence: NotRequired[int]
    kind: NotRequired[str]
    author_id: NotRequired[str | None]
    numbers: NotRequired[list[int] | None]
    n_images: NotRequired[int]
    n_objects: NotRequired[int | None]
    n_items: NotRequired[int]
    n_queued: NotRequired[int]
    n_running: NotRequired[int]
    n_done: NotRequired[int]
    n_failed: NotRequired[int]
    n_cancelled: NotRequired[int]
    process: NotRequired[str]
    people: NotRequired[list[list[str]]]
    connection_id: NotRequired[str]
    user_id: NotRequired[str]
    name: NotRequired[str]
    cursor: NotRequired[CursorJson | None]
    is_cut: NotRequired[bool]
