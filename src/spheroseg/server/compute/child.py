"""What compute children can be asked to do: one plain list. Only children import this; it loads the pixel libraries."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spheroseg.imaging import count_series
from spheroseg.server.compute import held_frames, images, smart
from spheroseg.server.compute import segment as segmentation


def _write_archive(**arguments: Any) -> None:  # noqa: ANN401 -- those of `archive.write_archive`
    from spheroseg.server.compute import archive  # noqa: PLC0415 -- its formats load slowly, and few children need them

    archive.write_archive(**arguments)


def _read_outlines(**arguments: Any) -> Any:  # noqa: ANN401 -- those of `imported.read_outlines`
    from spheroseg.server.compute import imported  # noqa: PLC0415 -- see above

    return imported.read_outlines(**arguments)


def _workbook(**arguments: Any) -> bytes:  # noqa: ANN401 -- those of `workbook.workbook`
    from spheroseg.server.compute import workbook  # noqa: PLC0415 -- few children need it

    return workbook.workbook(**arguments)


def _sets(name: str) -> Callable[..., Any]:
    def call(**arguments: Any) -> Any:  # noqa: ANN401 -- those of the function of that name
        from spheroseg.server.compute import sets  # noqa: PLC0415 -- few children need it

        return getattr(sets, name)(**arguments)

    return call


def _analysis(name: str) -> Callable[..., Any]:
    def call(**arguments: Any) -> Any:  # noqa: ANN401 -- those of the function of that name
        from spheroseg.server.compute import analysis  # noqa: PLC0415 -- few children need it

        return getattr(analysis, name)(**arguments)

    return call


def _render_example(*, row: str) -> list[tuple[str, bytes]]:
    from spheroseg.examples import plate  # noqa: PLC0415 -- few children need it

    return list(plate.files(row))


def _example_layout() -> list[dict[str, str]]:
    from spheroseg.examples import plate  # noqa: PLC0415 -- see above

    return plate.layout()


def _warm_up() -> None:
    images.warm_up()
    segmentation.warm_up()
    _analysis("warm_up")()


FUNCTIONS: Mapping[str, Callable[..., Any]] = {
    "warm_up": _warm_up,
    "inspect": images.inspect,
    "inspect_series": images.inspect_series,
    "read_names": images.read_names,
    "count_series": count_series,
    "render_tile": images.render_tile,
    "list_models": segmentation.list_models,
    "load_model": segmentation.load_model,
    "segment": segmentation.segment_frame,
    "preview_threshold": segmentation.preview_threshold,
    "apply_threshold": segmentation.apply_threshold,
    "smart_objects": smart.smart_objects,
    "measure_objects": segmentation.measure_objects,
    "read_outlines": _read_outlines,
    "write_archive": _write_archive,
    "workbook": _workbook,
    "understand": _sets("understand"),
    "list_sources": _sets("list_sources"),
    "take_source": _sets("take_source"),
    "read_layout": _analysis("read_layout"),
    "check_layout": _analysis("check_layout"),
    "analyse": _analysis("analyse"),
    "missing_frames": held_frames.missing_frames,
    "tracks": _analysis("tracks"),
    "analysis_draft": _analysis("analysis_draft"),
    "analysis_report": _analysis("analysis_report"),
    "render_example": _render_example,
    "example_layout": _example_layout,
}
"""Functions by name; arguments and answers are plain values, bytes and arrays."""
