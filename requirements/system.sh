#!/usr/bin/env bash
# System packages that the tests use for real: Redis, Chromium. Usage: requirements/system.sh redis-server chromium
# A package is there when its program is (PACKAGE:PROGRAM where it has another name), or its library (libfaketime: in a folder of its own).
# Installs what is missing where it may (root or sudo on Debian and its kin); says what to do where it may not.
set -euo pipefail
missing=()
for each in "$@"; do
  package="${each%%:*}" program="${each##*:}"
  command -v "$program" >/dev/null \
    || compgen -G "/usr/lib/*/${program#lib}/$program*" >/dev/null || compgen -G "/usr/lib/*/$program.so*" >/dev/null || missing+=("$package")
done
[ "${#missing[@]}" = 0 ] && exit 0
echo "setup: installing system packages: ${missing[*]}"
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }
export DEBIAN_FRONTEND=noninteractive
if ! { as_root apt-get update -q && as_root apt-get install -q -y --no-install-recommends "${missing[@]}"; } >/dev/null; then
  echo "setup: could not install ${missing[*]}; install them by hand (make test fails until then, as it accepts no skipped test)" >&2
fi
