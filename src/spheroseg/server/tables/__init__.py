"""All tables, so that the declared schema is whole wherever this is imported."""

from __future__ import annotations

from spheroseg.server.resources.db import Base
from spheroseg.server.tables import (
    accounts,
    analysis,
    audit,
    batches,
    corrections,
    events,
    exports,
    images,
    models,
    projects,
    results,
    runs,
)

TABLES = (accounts, projects, images, models, runs, results, corrections, exports, audit, analysis, events, batches)
"""The modules that declare tables."""

METADATA = Base.metadata
