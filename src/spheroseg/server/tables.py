"""All tables, so that the declared schema is whole wherever this is imported."""

from __future__ import annotations

from spheroseg.server.audit import tables as audit
from spheroseg.server.auth import tables as auth
from spheroseg.server.db import Base
from spheroseg.server.exports import tables as exports
from spheroseg.server.images import tables as images
from spheroseg.server.models import tables as models
from spheroseg.server.projects import tables as projects
from spheroseg.server.segmentation import tables as segmentation
from spheroseg.server.sharing import tables as sharing
from spheroseg.server.users import tables as users

TABLES = (users, auth, projects, sharing, images, models, segmentation, exports, audit)
"""The modules that declare tables."""

METADATA = Base.metadata
