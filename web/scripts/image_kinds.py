"""Prints the endings of image files as JSON: the page offers to upload what the service reads."""

from __future__ import annotations

import json
import sys

from spheroseg.imaging.kinds import IMAGE_KINDS

json.dump([suffix for kind in IMAGE_KINDS for suffix in kind.suffixes], sys.stdout, indent=1)
sys.stdout.write("\n")
