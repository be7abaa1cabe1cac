"""What all tests of the service may ask for; what each thing is stands in `fixtures`."""

from __future__ import annotations

import structlog
from tests.server.fixtures.bucket import bucket, s3_server
from tests.server.fixtures.database import cluster, database, open_folder, own_database_url, session, settings, template
from tests.server.fixtures.lab import lab, warm_children
from tests.server.fixtures.people import (
    add_member,
    admin,
    alice,
    app,
    application,
    bob,
    client,
    live_app,
    live_state,
    make_project,
    make_user,
    state,
)
from tests.server.fixtures.pictures import make_png
from tests.server.fixtures.redis_server import redis
from tests.server.fixtures.things import make_things

__all__ = [
    "add_member",
    "admin",
    "alice",
    "app",
    "application",
    "bob",
    "bucket",
    "client",
    "cluster",
    "database",
    "lab",
    "live_app",
    "live_state",
    "make_png",
    "make_project",
    "make_things",
    "make_user",
    "open_folder",
    "own_database_url",
    "redis",
    "s3_server",
    "session",
    "settings",
    "state",
    "template",
    "warm_children",
]

structlog.configure(processors=[structlog.processors.KeyValueRenderer(sort_keys=True)], cache_logger_on_first_use=False)
