"""Fixtures of the server's tests: a folder that the database's account may enter, a bucket, a lab."""

from tests.server.fixtures.bucket import bucket, s3_server  # noqa: F401 -- fixtures
from tests.server.fixtures.database import cluster, open_folder, own_database_url, settings  # noqa: F401 -- fixtures
from tests.server.fixtures.lab import lab, warm_children  # noqa: F401 -- fixtures
from tests.server.fixtures.people import application, live_app, live_state  # noqa: F401 -- fixtures
from tests.server.fixtures.pictures import make_png  # noqa: F401 -- fixtures
