"""Listings over 100,000 images: right, and never by reading the whole table."""

import uuid

import pytest
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from tests.server.fixtures.plans import nodes

from spheroseg.server.http.pagination import decode_cursor, encode_cursor
from spheroseg.server.images import repository
from spheroseg.server.images.repository import Listing, list_statement, well_place

N_IMAGES = 100_000

FILL = """
INSERT INTO files (id, sha256, size_bytes, storage_key, media_type, created_at)
VALUES (gen_random_uuid(), '\\x00', 1, 'files/x', 'image/tiff', now());
INSERT INTO images (
    id, project_id, file_id, idempotency_part, name, name_key, relative_path, series, n_series, size_bytes, media_type,
    state, n_frames, n_channels, n_slices, is_rgb, channel_names, display_ranges, pixel_size_source, notes, details,
    plate, well, well_row, well_column, channel, time_s, segmentation_state, n_objects, is_edited, version, changed,
    deleted_at, created_at, updated_at, flags, review)
SELECT gen_random_uuid(), :project_id, (SELECT id FROM files), 0, format('Plate%s_%s%s_s%s.tif', p, chr(65 + r), c, n),
    lower(format('Plate%s_%s%s_s%s.tif', p, chr(65 + r), c, n)), '', 0, 1, 1000000 + n, 'image/tiff', 'ready', 1, 1, 1,
    false, '{}', '[]', '', '{}', '{}', 'Plate' || p, chr(65 + r) || lpad(c::text, 2, '0'), r + 1, c, '', n * 3600,
    (ARRAY['none', 'done', 'failed'])[1 + n % 3], n % 57, n % 1000 = 0, 1, 1,
    CASE WHEN n % 200 = 0 THEN now() END, now() - n * interval '1 second', now(),
    CASE WHEN n % 50 = 0 THEN '{debris,uncertain}'::text[] ELSE '{}' END,
    (ARRAY['unreviewed', 'accepted', 'excluded'])[1 + n % 3]
FROM (SELECT n, n / 1000 AS p, (n / 24) % 16 AS r, 1 + n % 24 AS c FROM generate_series(1, :n) AS n) AS numbers;
"""


@pytest.fixture
async def large(lab):
    """A project with 100,000 images among others."""
    alice = await lab.person()
    project_id = uuid.UUID(await lab.project(alice))
    async with lab.state.database.session() as session:
        await session.execute(text("SET LOCAL statement_timeout = 0"))  # filling is no request
        for statement in FILL.strip().split(";\n"):
            await session.execute(text(statement), {"project_id": project_id, "n": N_IMAGES})
    async with lab.state.database.engine.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await plain.execute(text("SET statement_timeout = 0"))
        await plain.execute(text("VACUUM ANALYZE images"))
    return alice, project_id


LISTINGS = [
    *(Listing(sort=sort, descending=down) for sort in repository.SORTS for down in (False, True)),
    Listing(search="b7_s1"),
    Listing(search="no such thing"),
    Listing(state="failed"),
    Listing(segmentation_state="failed"),
    Listing(well="B07"),
    Listing(plate="Plate55", sort="well"),
    Listing(is_edited=True),
    Listing(review="accepted"),
    Listing(flag="debris"),
    Listing(channel="DAPI"),
    Listing(time_from_s=3600.0, time_to_s=7200.0, sort="well"),
    Listing(in_trash=True),
]


async def test_100_000_images_are_listed_by_index_alone(lab, large):
    """Plans of all listings, first page and behind a cursor; then the API's answers over all pages."""
    alice, project_id = large
    async with lab.state.database.reading_sessions() as session:
        await session.execute(text("SET LOCAL statement_timeout = 0"))  # what counts is the plan, on any machine
        for listing in LISTINGS:
            rows = await repository.list_images(session, project_id, listing, None, 50)
            after = None
            if rows:
                last = [getattr(rows[-1], column.key) for column in listing.columns]
                kinds = [column.type.python_type for column in listing.columns]
                after = decode_cursor(encode_cursor(*last), *kinds)
            for place in {None: None, "after": after}.values():
                statement = list_statement(project_id, listing, place, 51)
                compiled = statement.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
                connection = await session.connection()
                ((plan,),) = (await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {compiled}")).all()
                node_kinds = {node["Node Type"] for node in nodes(plan[0]["Plan"])}
                assert "Seq Scan" not in node_kinds, (listing, plan)
                assert not node_kinds & {"Sort"} or len(rows) < 51, (listing, plan)
            await repository.list_images(session, project_id, listing, after, 50)

    url, seen, cursor, pages = f"/api/v1/projects/{project_id}/images", [], None, 0
    while pages < 4:
        params = {"sort": "well", "limit": 200} | ({"cursor": cursor} if cursor else {})
        answer = (await alice.get(url, params=params)).json()
        seen += [(one["plate"], one["well"], one["time_s"], one["id"]) for one in answer["items"]]
        cursor, pages = answer["next_cursor"], pages + 1
    assert len(seen) == len(set(seen)) == 800
    assert [one[:3] for one in seen] == sorted(one[:3] for one in seen)
    found = (await alice.get(url, params={"search": "PLATE77_B7"})).json()["items"]
    assert found
    assert all("Plate77_B7" in one["name"] for one in found)
    trash = (await alice.get(url, params={"trash": True, "limit": 200})).json()
    assert len(trash["items"]) == 200
    summary = (await alice.get(f"/api/v1/projects/{project_id}/summary")).json()
    assert (summary["n_images"], summary["n_deleted"]) == (N_IMAGES * 199 // 200, N_IMAGES // 200)


def test_wells():
    assert [well_place(well) for well in ("A01", "b7", "AA1", "", "7")] == [(1, 1), (2, 7), (27, 1), (-1, -1), (-1, -1)]


async def test_changes_miss_nothing_of_overlapping_transactions(lab):
    """A slow transaction that began before a look and ends after it is seen by the next look."""
    alice = await lab.person()
    project_id = await lab.project(alice)
    url = f"/api/v1/projects/{project_id}/changes"
    async with lab.state.database.session() as session:
        for statement in FILL.strip().split(";\n"):
            await session.execute(text(statement), {"project_id": uuid.UUID(project_id), "n": 1200})
    pages, since = [], ""
    while True:
        answer = (await alice.get(url, params={"since": since})).json()
        pages.append(answer)
        since = answer["since"]
        if answer["is_complete"]:
            break
    assert sum(len(page["images"]) + len(page["removed"]) for page in pages) == 1200
    image_id = pages[0]["images"][0]["id"]
    async with lab.state.database.session() as slow:
        await slow.execute(
            text("UPDATE images SET name = 'slow', changed = pg_current_xact_id()::text::bigint WHERE id = :id"),
            {"id": image_id},
        )
        async with lab.state.database.session() as fast:  # a later transaction that is over first
            await fast.execute(
                text("UPDATE images SET name = 'fast', changed = pg_current_xact_id()::text::bigint WHERE id = :id"),
                {"id": pages[0]["images"][1]["id"]},
            )
        between = (await alice.get(url, params={"since": since})).json()
        assert "fast" in [one["name"] for one in between["images"]]
        assert "slow" not in [one["name"] for one in between["images"]]
    after = (await alice.get(url, params={"since": between["since"]})).json()
    assert "slow" in [one["name"] for one in after["images"]]
    assert (await alice.get(url, params={"since": "nonsense"})).status_code == 200
