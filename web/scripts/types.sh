#!/usr/bin/env bash
# The API's types from the service's own OpenAPI document. Usage: scripts/types.sh FILE | --check
set -euo pipefail
cd "$(dirname "$0")/.."
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
SPHEROSEG_DATA_DIR="$scratch/data" ../.venv/bin/python - > "$scratch/openapi.json" <<'PYTHON'
import json
import sys

from spheroseg.server.app import build_app
from spheroseg.server.config import load_settings

json.dump(build_app(load_settings()).openapi(), sys.stdout)
PYTHON
node_modules/.bin/openapi-typescript "$scratch/openapi.json" --output "$scratch/schema.d.ts" --alphabetize >/dev/null
if [ "$1" = --check ]; then
  cmp -s "$scratch/schema.d.ts" src/api/schema.d.ts || {
    echo "web: src/api/schema.d.ts is not what the service says; run web/build.sh types" >&2
    exit 1
  }
else
  cp "$scratch/schema.d.ts" "$1"
fi
