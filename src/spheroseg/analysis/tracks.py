"""Objects followed over time: which object of one time is which of the next, as linked and as a person corrected it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from spheroseg.analysis.growth import Window, growth_rates
from spheroseg.analysis.layout import named
from spheroseg.analysis.observations import Observations
from spheroseg.analysis.plate import is_well, standard_well
from spheroseg.analysis.series import Correction, link
from spheroseg.errors import FormatError, ParameterError

COLUMNS = ("well", "time_h", "object", "track")
_PLACE = ["plate", "well"]


def read_links(path: Path | str) -> pd.DataFrame:
    """A table of corrected links: well, time_h, object (its label in the image), track; and plate where several have the well.

    Raises:
        FormatError: it cannot be read, or a row makes no sense; the reason names the wells.
    """
    path = Path(path)
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", sep=None, engine="python")
    except (OSError, ValueError, pd.errors.ParserError) as error:
        raise FormatError(path, f"cannot be read as a table ({' '.join(str(error).split())[:160]})") from error
    table.columns = [str(name).strip().lower() for name in table.columns]
    try:
        return check_links(table)
    except ParameterError as error:
        raise FormatError(path, str(error)) from error


def check_links(table: pd.DataFrame) -> pd.DataFrame:
    """plate, well, time_h, object, track of a table with a row a corrected object.

    Raises:
        ParameterError: a column is missing, what should be a well or a number is none, an object has two tracks, or a track two objects at once.
    """
    missing = [name for name in COLUMNS if name not in table.columns]
    if missing:
        raise ParameterError(f"links need the columns {', '.join(COLUMNS)}; there is no {' and no '.join(missing)}")
    links = table.assign(plate=table["plate"] if "plate" in table.columns else "")[["plate", *COLUMNS]].astype(object)
    links[_PLACE] = links[_PLACE].map(lambda text: str(text).strip())
    wrong = [well for well in links["well"] if not is_well(well)]
    if wrong:
        raise ParameterError(f"links name what is no well: {named(wrong)}")
    links["well"] = links["well"].map(standard_well)
    for name in ("time_h", "object", "track"):
        values = pd.to_numeric(links[name], errors="coerce").astype(float)
        fine = np.isfinite(values) & ((name == "time_h") | ((values % 1 == 0) & (values > 0)))
        if not fine.all():
            row = links[~fine].iloc[0]
            what = "a number of hours" if name == "time_h" else "a whole number above 0"
            raise ParameterError(f"{name} is {row[name]!r} in {row['well']}; it must be {what}")
        links[name] = values if name == "time_h" else values.astype(np.int64)
    at_once = links.assign(time_h=links["time_h"].round(6))
    for name, fault in (("object", "give an object two tracks"), ("track", "give a track two objects at one time")):
        twice = links[at_once.duplicated([*_PLACE, "time_h", name], keep=False)]
        if len(twice):
            raise ParameterError(
                f"links {fault}: {named([f'{w} at {t:g} h' for w, t in zip(twice['well'], twice['time_h'], strict=True)])}"
            )
    return links.reset_index(drop=True)


def follow(observations: Observations, links: pd.DataFrame | None = None) -> pd.DataFrame:
    """Every object with its track.

    What a person says of an object overrides what was linked, at that time and, until the next correction, later; the object that
    had the number begins a track of its own. Earlier times stay as they are.

    Args:
        observations: with objects kept (`Reading.keep_objects`).
        links: of `check_links`; None: as linked.

    Returns:
        plate, well, time_h, image, object, track, size, relative_size (to the track's first), is_corrected; sorted by well, track, time.

    Raises:
        ParameterError: a correction names no object or no plate where several have the well, or objects have no centroids to link by.
    """
    objects = observations.objects.reset_index(drop=True)
    if objects.empty:
        raise ParameterError("there are no objects to follow")
    given = links if links is not None else pd.DataFrame(columns=["plate", *COLUMNS])
    corrections = _placed(given, objects)
    table = objects.rename(columns={"label": "object"}).assign(track=link(observations, corrections))
    forced = {(plate, well, round(time_h, 6), number) for plate, well, time_h, number, _ in corrections}
    keys = zip(table["plate"], table["well"], table["time_h"].round(6), table["object"], strict=True)
    table["is_corrected"] = [key in forced for key in keys]
    table = table.sort_values([*_PLACE, "track", "time_h"], kind="stable").reset_index(drop=True)
    first = table.groupby([*_PLACE, "track"], sort=False)["size"].transform("first")
    table["relative_size"] = (table["size"] / first).where(first > 0)
    return table[[*_PLACE, "time_h", "image", "object", "track", "size", "relative_size", "is_corrected"]]


def track_growth(tracks: pd.DataFrame, window: Window = Window()) -> pd.DataFrame:  # noqa: B008 -- frozen
    """Growth of each track as `growth_rates` gives it for wells: plate, well, track, then its columns.

    Args:
        tracks: of `follow`.
        window: hours that count.
    """
    key = tracks["well"] + "#" + tracks["track"].astype(str)
    series = tracks.assign(well=key, outline_relative_sd=np.nan)
    growth = growth_rates(series, window).drop(columns="growth_rate_outline_sd_per_day")
    parts = growth["well"].str.split("#", n=1)
    growth["well"] = parts.str[0]
    growth.insert(2, "track", parts.str[1].astype(np.int64))
    return growth


def _placed(links: pd.DataFrame, objects: pd.DataFrame) -> Sequence[Correction]:
    """The corrections, each with the plate that it means."""
    plates: dict[str, list[str]] = {}
    for name, of_well in objects[_PLACE].drop_duplicates().itertuples(index=False):
        plates.setdefault(str(of_well), []).append(str(name))
    placed: list[Correction] = []
    for plate, well, time_h, number, track in links.itertuples(index=False):
        here = plates.get(well, [])
        if not plate and len(here) > 1:
            raise ParameterError(f"the link of {well} names no plate, and {named(sorted(here))} have this well")
        placed.append((str(plate or (here[0] if here else "")), str(well), float(time_h), int(number), int(track)))
    return placed
