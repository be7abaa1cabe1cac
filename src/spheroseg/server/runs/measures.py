"""What runs tell Prometheus."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

STAGE_SECONDS = Histogram(
    "spheroseg_frame_stage_seconds",
    "Time of a frame of a run by stage: wait for the model, compute (read, network, outlines, measures), write",
    ["stage"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
FRAMES = Counter(
    "spheroseg_frames_total", "Frames of runs that were answered, by the model or from earlier results", ["source"]
)
# at 0 from the start: a series that begins with its first frame shows no rate for it
for _stage in ("wait", "compute", "write"):
    STAGE_SECONDS.labels(_stage)
for _source in ("model", "kept"):
    FRAMES.labels(_source)


def answered(seconds: float, *, from_cache: bool) -> None:
    """Count a frame and the time until it had its answer."""
    STAGE_SECONDS.labels("compute").observe(seconds)
    FRAMES.labels("kept" if from_cache else "model").inc()
