"""What columns hold that an index orders, where nothing is known: a key has no place for none, and these come first."""

from __future__ import annotations

NO_TIME_S = -1.0
"""In `ImageRow.time_s`; whoever asks for the time asks `ImageRow.known_time_s`."""

NO_PLACE = -1
"""In `ImageRow.well_row` and `well_column`."""
