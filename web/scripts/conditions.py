"""Prints the columns that a plate's layout gives to tables as JSON: the page knows them as the service writes them."""

from __future__ import annotations

import json
import sys

from spheroseg.records import CONDITION_COLUMNS

json.dump(CONDITION_COLUMNS, sys.stdout, indent=1)
sys.stdout.write("\n")
