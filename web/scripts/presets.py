"""Prints the presets of object rules as JSON: the page shows what each sets, as the library has it."""

from __future__ import annotations

import dataclasses
import json
import sys

from spheroseg.segmentation.rules import PRESETS

json.dump({name: dataclasses.asdict(rules) for name, rules in PRESETS.items()}, sys.stdout, indent=1)
sys.stdout.write("\n")
