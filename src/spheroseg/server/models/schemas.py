"""What the API says about models."""

from __future__ import annotations

import datetime as dt
import uuid

from pydantic import BaseModel, ConfigDict

from spheroseg.server.resources.json_object import JsonObject


class ModelOut(BaseModel):
    """A model that runs may use."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    name: str
    hash: str
    title: str
    description: str
    card: JsonObject
    created_at: dt.datetime
