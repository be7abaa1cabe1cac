"""What the API says and hears about corrections of outlines."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from spheroseg.server.results.schemas import ObjectOut, ResultOut

MAX_DRAWN = 2_000
MAX_REMOVED = 50_000
MAX_SENT = 2_000
"""Objects that an answer names; after the undo of a huge removal the outlines are read anew instead."""

Point = tuple[
    Annotated[float, Field(ge=-1, le=1e6, allow_inf_nan=False)],
    Annotated[float, Field(ge=-1, le=1e6, allow_inf_nan=False)],
]
RingIn = Annotated[list[Point], Field(min_length=3, max_length=20_000)]
PartIn = Annotated[list[RingIn], Field(min_length=1, max_length=1000, description="Outer ring, then holes")]
ClassName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Number = Annotated[int, Field(ge=1, lt=2**31)]


class Add(BaseModel):
    """A new object."""

    model_config = ConfigDict(extra="forbid")

    op: Literal["add"]
    class_name: ClassName = "spheroid"
    parts: Annotated[list[PartIn], Field(min_length=1, max_length=1000)]


class Replace(BaseModel):
    """Another outline or class for an object; with a class alone its outline and measures stay as they are."""

    model_config = ConfigDict(extra="forbid")

    op: Literal["replace"]
    number: Number
    class_name: ClassName | None = None
    parts: Annotated[list[PartIn], Field(min_length=1, max_length=1000)] | None = None


class Remove(BaseModel):
    """No such object."""

    model_config = ConfigDict(extra="forbid")

    op: Literal["remove"]
    number: Number


class EditRequest(BaseModel):
    """One step of a person's work: done, undone and redone as a whole."""

    model_config = ConfigDict(extra="forbid")

    id: uuid.UUID | None = Field(
        default=None, description="The client's own id of the step: sent again, it is answered and not done again"
    )
    kind: Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,39}$", examples=["split"])] = "edit"
    operations: Annotated[
        list[Annotated[Add | Replace | Remove, Field(discriminator="op")]],
        Field(
            min_length=1,
            max_length=MAX_REMOVED,
            description=f"Up to {MAX_DRAWN}; up to {MAX_REMOVED} when all of them remove",
        ),
    ]

    @model_validator(mode="after")
    def _sensible(self) -> EditRequest:
        numbers = [one.number for one in self.operations if not isinstance(one, Add)]
        if len(numbers) != len(set(numbers)):
            raise ValueError("an object may be changed once in a step")
        if len(self.operations) > MAX_DRAWN and not all(isinstance(one, Remove) for one in self.operations):
            raise ValueError(f"a step that does not only remove objects has at most {MAX_DRAWN} operations")
        return self


class EditAnswer(BaseModel):
    """What a step changed."""

    result_id: uuid.UUID
    version: int
    sequence: int = Field(description="Of the step that was done, undone or redone")
    objects: list[ObjectOut] = Field(description="Objects that are new or changed")
    is_complete: bool = Field(
        description=f"False: more than {MAX_SENT} objects are new or changed and `objects` is empty; read the outlines again"
    )
    removed: list[int] = Field(description="Numbers of objects that are gone")
    can_undo: bool
    can_redo: bool


class EditOut(BaseModel):
    """One step of the journal."""

    sequence: int
    previous: int = Field(description="The step that this one follows; 0: the outlines as they were first")
    kind: str
    author_id: uuid.UUID | None
    author_name: str | None = Field(description="null when the account is deleted")
    is_undone: bool = Field(description="Whether the outlines of now are without it")
    created_at: dt.datetime
    n_added: int
    n_changed: int
    n_removed: int
    added: list[int] = Field(description="Numbers of objects, at most 100")
    changed: list[int] = Field(description="Numbers of objects, at most 100")
    removed: list[int] = Field(description="Numbers of objects, at most 100")


class RestoreRequest(BaseModel):
    """Back to how the outlines were after a step of the journal."""

    model_config = ConfigDict(extra="forbid")

    sequence: Annotated[int, Field(ge=0, lt=2**31, description="0: as they were first")]


class NewVersion(BaseModel):
    """A version of a frame's outlines that a person draws."""

    model_config = ConfigDict(extra="forbid")

    frame: Annotated[int, Field(ge=0, lt=2**31)] = 0
    copy_from: uuid.UUID | None = Field(
        default=None, description="Begin with the outlines of this result, of any frame of any image of the project"
    )


class ImportAnswer(BaseModel):
    """What came of a file of outlines."""

    result: ResultOut
    is_shown: bool = Field(description="False: the frame goes on showing what a person drew; this is another version")
    notes: list[str] = Field(description="What was repaired, cut off or left out, at most 20")


class PairingRequest(BaseModel):
    """Names of files of outlines, of which the images are wanted."""

    model_config = ConfigDict(extra="forbid")

    names: Annotated[list[Annotated[str, Field(min_length=1, max_length=1000)]], Field(min_length=1, max_length=10_000)]
    image_ids: Annotated[list[uuid.UUID], Field(max_length=10_000)] | None = Field(
        default=None, description="Only of these; null: of the whole project"
    )


class PairedOutlines(BaseModel):
    """A file of outlines and the image that its name means."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    image_id: uuid.UUID | None
    image_name: str | None
    reason: str | None = Field(description="Why there is no image; null where there is one")


class CopyRequest(BaseModel):
    """Outlines for another frame."""

    model_config = ConfigDict(extra="forbid")

    numbers: Annotated[list[Number], Field(min_length=1, max_length=MAX_REMOVED)] | None = Field(
        default=None, description="Objects to copy; null: all"
    )
    to_image_id: uuid.UUID = Field(description="An image of the same project; may be the same image")
    to_frame: Annotated[int, Field(ge=0, lt=2**31)] = 0
