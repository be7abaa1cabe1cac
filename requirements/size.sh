#!/usr/bin/env bash
# What `make run` has put into this checkout, in MB, the largest first (`make size`).
set -euo pipefail
cd "$(dirname "$0")/.."
mb() { [ ! -e "$1" ] || printf '%6d  %s\n' "$(du -sm "$1" | cut -f1)" "${2:-$1}"; }
mb .venv ".venv, of which"
(cd .venv/lib/python3.*/site-packages && du -sm -- * | sort -rn | head -n 20 | awk '{ printf "%6d    %s\n", $1, $2 }')
printf '%6d    %s\n' "$(find .venv -name '*.pyc' -printf '%k\n' | awk '{ sum += $1 } END { print int(sum / 1024) }')" "byte code, in all of them"
mb src/spheroseg/server/web "the web page"
mb web/node_modules
