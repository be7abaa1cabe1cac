"""Fixtures of the server's tests: a folder that the database's account may enter, a bucket, a lab."""

from tests.server.conftest import (  # noqa: F401 -- fixtures
    application,
    bucket,
    cluster,
    lab,
    live_app,
    live_state,
    make_png,
    open_folder,
    own_database_url,
    s3_server,
    settings,
    warm_children,
)
