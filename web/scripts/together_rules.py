"""Prints as JSON how files are told that belong together: the page sends these to be read together, and shows what they are."""

from __future__ import annotations

import json
import sys

from spheroseg.imaging.beside import ENDINGS
from spheroseg.imaging.instrument_names import PATTERNS
from spheroseg.imaging.pairing import MASK_BEGINNING, MASK_ENDING, MASK_FOLDER
from spheroseg.imaging.parts import CONTAINERS

rules = {
    "beside": list(ENDINGS),
    "containers": list(CONTAINERS),
    "masks": {
        "begin": MASK_BEGINNING.pattern,
        "end": MASK_ENDING.pattern,
        "folder": MASK_FOLDER.pattern,
    },
    "planes": [pattern.pattern.replace("(?P<", "(?<") for pattern in PATTERNS],
}
json.dump(rules, sys.stdout, indent=1)
sys.stdout.write("\n")
