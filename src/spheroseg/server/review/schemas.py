"""What the API says and hears about reviews."""

from __future__ import annotations

import uuid
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from spheroseg.server.http.fields import Input, Prose
from spheroseg.server.images.schemas import FrameOut, ReviewState

ReviewReason = Literal["out_of_focus", "debris", "wrong_outline", "empty", "damaged", "other"]
ReviewOrder = Literal["next", "least_confident", "flagged"]


class ReviewChange(Input):
    """What a person found when looking at a frame."""

    state: ReviewState
    reason: ReviewReason | None = Field(default=None, description="Why it is excluded; null for the other states")
    note: Annotated[Prose, StringConstraints(max_length=500)] = ""

    @model_validator(mode="after")
    def _reason_of_exclusion(self) -> ReviewChange:
        if (self.state == "excluded") != (self.reason is not None):
            raise ValueError("a reason is needed to exclude a frame, and only then")
        return self


class ReviewItem(FrameOut):
    """A frame of the queue."""

    image_id: uuid.UUID
    image: str = Field(description="Name of the image")
    relative_path: str
    plate: str
    well: str
    n_frames: int
