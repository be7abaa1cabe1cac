"""What the API says and hears about upload batches."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from spheroseg.server.http.fields import Input
from spheroseg.server.runs.schemas import RunParameters, Urgency

MAX_FILES = 100_000


class WantedRun(Input):
    """The run that is to follow an upload."""

    model: Annotated[str, Field(max_length=100, examples=["spheroid"])] | None = Field(
        default=None, description="null: the project's or the installation's default"
    )
    parameters: RunParameters = RunParameters()
    only_missing: bool = Field(default=True, description="Leave out images that have outlines already")
    urgency: Urgency = "now"


class BatchRequest(Input):
    """Files that are going to be uploaded together."""

    n_files: Annotated[int, Field(ge=1, le=MAX_FILES)]
    run: WantedRun | None = Field(default=None, description="What is to follow when all files are in; null: nothing")
    set: uuid.UUID | None = Field(
        default=None,
        description="An own upload set, whose files need name no batch: the run follows when the images that are made of it "
        "are prepared. The batch then has the set's id",
    )


class BatchChange(Input):
    """What is different now; what is not sent stays."""

    run: WantedRun | None = Field(default=None, description="What is to follow; null: nothing any more")
    given_up: Annotated[list[Annotated[int, Field(ge=0, lt=MAX_FILES)]], Field(max_length=10_000)] = Field(
        default=[], description="Numbers of files that will not come: refused, or taken out of the upload"
    )


class BatchOut(BaseModel):
    """A batch and how far it is."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    project_id: uuid.UUID
    created_by: uuid.UUID
    n_files: int
    n_arrived: int = Field(description="Files that are here")
    n_given_up: int = Field(description="Files that will not come")
    n_prepared: int = Field(description="Images that can be looked at, or that cannot be read")
    n_images: int = Field(description="Images of the files that are here; a file may hold several")
    state: Literal["arriving", "preparing", "starting", "ended"] = Field(
        description="ended: all files are in, and the run that was wanted, if any, was begun"
    )
    run: WantedRun | None = Field(description="The run that is to follow when all files are in")
    run_id: uuid.UUID | None = Field(description="The run that followed")
    reason: str | None = Field(description="Why no run could follow")
    created_at: dt.datetime
