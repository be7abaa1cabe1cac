"""Prints the measures' definitions as JSON: the page's tooltips say what the service says."""

from __future__ import annotations

import dataclasses
import json
import sys

from spheroseg.measurement.definitions import DEFINITIONS

json.dump(
    {name: dataclasses.asdict(definition) for name, definition in DEFINITIONS.items()},
    sys.stdout,
    ensure_ascii=False,
    indent=1,
)
