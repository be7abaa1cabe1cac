"""Which version of its outlines a frame shows, and what frame and image say of it: counts, flags, confidence, review.

An image is `excluded` when one of its frames is, else `accepted` when all of its frames that show outlines are.
"""

from __future__ import annotations

import uuid

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from spheroseg.server.resources.db import utc_now
from spheroseg.server.tables.results import Result

_FRAME = """
    UPDATE frames SET
        result_id = :result_id, n_objects = :n_objects, flags = counted.flags, min_confidence = counted.low,
        review = CASE WHEN frames.review = 'accepted' AND {is_news} THEN 'unreviewed' ELSE frames.review END
    FROM (
        SELECT (SELECT coalesce(jsonb_object_agg(flag, n), '{{}}') FROM (
                SELECT flag, count(*) AS n FROM objects, unnest(flags) AS flag
                WHERE project_id = :project_id AND result_id = :result_id GROUP BY flag
                UNION ALL
                SELECT flag, 1 FROM results, jsonb_array_elements_text(coalesce(run_card->'image_flags', '[]')) AS flag
                WHERE id = :result_id AND flag <> 'empty'
                UNION ALL
                SELECT 'empty', 1 WHERE CAST(:n_objects AS integer) = 0) AS each) AS flags,
            (SELECT min(confidence) FROM objects WHERE project_id = :project_id AND result_id = :result_id) AS low
    ) AS counted
    WHERE {which}
"""
_THIS_FRAME = "frames.image_id = :image_id AND frames.frame = :frame"
_OTHER_VERSION = "frames.result_id IS DISTINCT FROM CAST(:result_id AS uuid)"
_UNEDITED = """ AND NOT EXISTS (
    SELECT FROM results WHERE results.id = frames.result_id AND results.id <> :result_id AND edited_at IS NOT NULL)
"""
_SHOW = text(_FRAME.format(is_news=_OTHER_VERSION, which=_THIS_FRAME))
_SHOW_IF_UNEDITED = text(_FRAME.format(is_news=_OTHER_VERSION, which=_THIS_FRAME + _UNEDITED))
_REFRESH = text(
    _FRAME.format(
        is_news="frames.reviewed_by IS DISTINCT FROM CAST(:editor_id AS uuid)", which="frames.result_id = :result_id"
    )
)

_IMAGE = text("""
    UPDATE images SET
        n_objects = counted.n_objects, is_edited = counted.is_edited, min_confidence = counted.low,
        flags = flagged.codes, n_flags = flagged.n, n_unreviewed = counted.n_unreviewed,
        review = CASE WHEN counted.n_excluded > 0 THEN 'excluded'
                      WHEN counted.n_accepted > 0 AND counted.n_unreviewed = 0 THEN 'accepted'
                      ELSE 'unreviewed' END,
        changed = pg_current_xact_id()::text::bigint, updated_at = :now
    FROM (
        SELECT coalesce(sum(frames.n_objects), 0) AS n_objects, coalesce(bool_or(edited_at IS NOT NULL), false) AS is_edited,
            min(min_confidence) AS low,
            count(*) FILTER (WHERE review = 'excluded') AS n_excluded,
            count(*) FILTER (WHERE review = 'accepted') AS n_accepted,
            count(*) FILTER (WHERE review = 'unreviewed' AND result_id IS NOT NULL) AS n_unreviewed
        FROM frames LEFT JOIN results ON results.id = frames.result_id WHERE frames.image_id = :image_id
    ) AS counted, (
        SELECT coalesce(array_agg(DISTINCT each.key ORDER BY each.key), '{}') AS codes,
            coalesce(sum(each.value::integer), 0) AS n
        FROM frames, jsonb_each_text(frames.flags) AS each WHERE frames.image_id = :image_id
    ) AS flagged
    WHERE images.id = :image_id
""")


async def show(session: AsyncSession, result: Result, *, only_if_unedited: bool) -> None:
    """Let a frame show a version; outlines that were accepted and are replaced are to be looked at again.

    Args:
        session: the transaction.
        result: the version.
        only_if_unedited: leave a version that a person corrected on display (a run); else show in any case (a choice).
    """
    statement = _SHOW_IF_UNEDITED if only_if_unedited else _SHOW
    await session.execute(statement, _values(result) | {"image_id": result.image_id, "frame": result.frame})
    await count_image(session, result.image_id)


async def refresh(session: AsyncSession, result: Result, editor_id: uuid.UUID) -> None:
    """After an edit: bring the frame that shows the result, and its image, up to date.

    What was accepted by somebody else than the editor is to be looked at again.
    """
    await session.execute(_REFRESH, _values(result) | {"editor_id": editor_id})
    await count_image(session, result.image_id)


async def count_image(session: AsyncSession, image_id: uuid.UUID) -> None:
    """Bring what an image says of its frames up to date."""
    await session.execute(_IMAGE, {"image_id": image_id, "now": utc_now()})


def _values(result: Result) -> dict[str, object]:
    return {"project_id": result.project_id, "result_id": result.id, "n_objects": result.n_objects}
