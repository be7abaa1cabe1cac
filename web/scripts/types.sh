#!/usr/bin/env bash
# What the browser knows of the service, from the service itself: types of the API (OpenAPI), definitions of measures, kinds of image files, presets of rules, columns of a layout.
# Usage: scripts/types.sh [--check]     with --check nothing is written; it fails when a file is stale
set -euo pipefail
cd "$(dirname "$0")/.."
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
../.venv/bin/spheroseg openapi > "$scratch/openapi.json"
node_modules/.bin/openapi-typescript "$scratch/openapi.json" --output "$scratch/schema.d.ts" --alphabetize >/dev/null
../.venv/bin/python scripts/definitions.py > "$scratch/definitions.json"
../.venv/bin/python scripts/image_kinds.py > "$scratch/image_suffixes.json"
../.venv/bin/python scripts/presets.py > "$scratch/presets.json"
../.venv/bin/python scripts/together_rules.py > "$scratch/together_rules.json"
../.venv/bin/python scripts/conditions.py > "$scratch/conditions.json"
for pair in schema.d.ts:src/api/schema.d.ts definitions.json:src/analysis/definitions.json image_suffixes.json:src/images/image_suffixes.json \
  presets.json:src/runs/presets.json together_rules.json:src/images/together_rules.json conditions.json:src/analysis/conditions.json; do
  made="$scratch/${pair%%:*}" kept="${pair##*:}"
  if [ "${1:-}" != --check ]; then
    cp "$made" "$kept"
  elif ! cmp -s "$made" "$kept"; then
    echo "web: $kept is not what the service says; run web/build.sh types" >&2
    exit 1
  fi
done
