"""What the API says about models."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from pydantic import BaseModel, ConfigDict


class ModelOut(BaseModel):
    """A model that runs may use."""

    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    name: str
    hash: str
    title: str
    description: str
    card: dict[str, Any]
    created_at: dt.datetime
