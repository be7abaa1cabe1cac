#!/usr/bin/env bash
# The whole of compose.yaml for real: build, start, wait until healthy, the main journey through nginx over TLS in scripts and in
# a browser, every panel of the dashboard, a replica killed under load, everything restarted, the data compared, a backup restored.
# Usage: deploy/compose-test.sh            needs docker compose, with Docker's engine or with podman's API
#   SKIP_BUILD=1   use the images that are there
#   WAIT_S=600     how long all of them may take to be healthy
set -euo pipefail
cd "$(dirname "$0")/.."
export HTTP_PORT="${HTTP_PORT:-18080}" HTTPS_PORT="${HTTPS_PORT:-18443}" PROMETHEUS_PORT="${PROMETHEUS_PORT:-19090}"
export PUBLIC_URL="https://localhost:$HTTPS_PORT" VERSION="${VERSION:-latest}" REGISTRY="${REGISTRY:-localhost}"
python=.venv/bin/python work="$(mktemp -d)" project=spheroseg-test
compose() { docker compose --project-name "$project" --file deploy/compose.yaml "$@"; }
say() { echo "compose: $* ($SECONDS s)"; }

# Start what is not running, and wait until each container is healthy, runs (where it has no check) or has ended well. Not by
# `up --wait`: podman-compose 1.6 with podman 4.3 ignores it, and compose gives up on a container that is unhealthy for a while.
up() {
  local deadline=$((SECONDS + ${WAIT_S:-600})) waits
  timeout "${WAIT_S:-600}" docker compose --project-name "$project" --file deploy/compose.yaml up --detach --no-build
  while :; do
    waits="$(compose ps --all --quiet | xargs docker inspect --format \
      '{{.Name}} {{with .State.Health}}{{.Status}}{{end}} {{.State.Status}} {{.State.ExitCode}}' \
      | awk '!($2 == "healthy" || (NF == 3 && $2 == "running") || ($(NF - 1) == "exited" && $NF == 0))')"
    [ -n "$waits" ] || return 0
    [ "$SECONDS" -lt "$deadline" ] || { printf 'compose: after %s s these are not healthy:\n%s\n' "${WAIT_S:-600}" "$waits" >&2; return 1; }
    sleep 1
  done
}
helpers=()
leave() {
  status=$?
  [ "$status" = 0 ] || compose logs --tail 30 2>/dev/null || true
  compose down --volumes --timeout 10 >/dev/null 2>&1 || true
  for each in "${helpers[@]}"; do kill "$each" 2>/dev/null || true; done
  rm -rf "$work"
  exit "$status"
}
trap leave EXIT

if ! docker info >/dev/null 2>&1; then
  command -v podman >/dev/null || { echo "compose: neither Docker's engine nor podman is here" >&2; exit 1; }
  podman system service --time=0 "unix://$work/podman.sock" 2>/dev/null &
  helpers+=($!)
  export DOCKER_HOST="unix://$work/podman.sock" DOCKER_BUILDKIT=0
  # podman leaves the clock of health checks to systemd; where there is none, this is the clock. A check that fails, as all do
  # at first, must not stop it
  while sleep 5; do podman ps --quiet --filter "label=com.docker.compose.project=$project" | xargs -r -n1 podman healthcheck run || true; done >/dev/null 2>&1 &
  helpers+=($!)
  until docker info >/dev/null 2>&1; do sleep 0.2; done
  build() { buildah bud --pull=never --layers --build-arg "BASE=${BASE:-localhost/debian:trixie-slim}" --file "$1" --target "$2" --tag "$REGISTRY/spheroseg/$2:$VERSION" . >"$work/build.log" 2>&1 || { tail -30 "$work/build.log" >&2; return 1; }; }
else
  build() { docker build --quiet --file "$1" --target "$2" --tag "$REGISTRY/spheroseg/$2:$VERSION" . >/dev/null; }
fi

deploy/secrets.sh localhost
if [ -z "${SKIP_BUILD:-}" ]; then
  for target in api worker backup; do build deploy/containers/spheroseg.Containerfile "$target"; say "built $target"; done
  for target in postgres redis proxy monitoring; do build deploy/containers/services.Containerfile "$target"; say "built $target"; done
fi

up
say "all services are healthy: $(compose ps --quiet | wc -l) containers"

export SSL_CERT_FILE="$PWD/deploy/secrets/authority_certificate"
"$python" deploy/journey.py begin "$PUBLIC_URL" "$work/journey.json"
say "main journey over TLS"
if [ -z "${SKIP_BROWSER:-}" ]; then
  "$python" deploy/browser.py "$PUBLIC_URL"
  say "the same in a browser"
fi

mkdir -p deploy/acme/.well-known/acme-challenge
echo "an answer of certbot" > deploy/acme/.well-known/acme-challenge/of-compose-test
[ "$(curl --silent --show-error --fail "http://localhost:$HTTP_PORT/.well-known/acme-challenge/of-compose-test")" = "an answer of certbot" ]
rm -r deploy/acme/.well-known
say "the proxy hands out certbot's answers"

"$python" deploy/load.py "$PUBLIC_URL" "$work/journey.json" 30 &
load=$!
sleep 5
victim="$(compose ps --quiet api | sed -n 1p)" # not head: a reader that leaves early ends compose with 255
docker kill "$victim" >/dev/null
say "killed a replica under load"
wait "$load"
docker start "$victim" >/dev/null

"$python" deploy/panels.py "http://127.0.0.1:$PROMETHEUS_PORT" 180
say "every panel has data"

compose restart --timeout 30 || true # podman fails it for one that does not end in time; `up` starts it again
up
"$python" deploy/journey.py check "$PUBLIC_URL" "$work/journey.json"
say "restarted; the data are as they were"

backup="$(compose exec -T backup spheroseg backup /backups | tail -1)"
compose exec -T backup spheroseg restore /backups --name "$backup" --check
say "backup $backup is whole"

# as docs/how-to/back-up.md says it: a base backup, an accident after it, and back to the moment before the accident
database="postgresql://spheroseg:$(cat deploy/secrets/database_password)@127.0.0.1/spheroseg"
compose exec -T postgres pitr.sh base "$database" /base/before
moment="$(compose exec -T postgres psql --tuples-only --no-align --command 'SELECT now()' "$database")"
compose exec -T postgres psql --quiet --command 'TRUNCATE projects CASCADE' --command 'SELECT pg_switch_wal()' "$database" >/dev/null
if "$python" deploy/journey.py check "$PUBLIC_URL" "$work/journey.json" >/dev/null 2>&1; then echo "compose: nothing was lost by the accident" >&2; exit 1; fi
compose stop --timeout 30 api worker backup postgres
compose run --rm --no-deps -T postgres pitr.sh restore /base/before /wal /var/lib/postgresql/data/restored "$moment"
compose run --rm --no-deps -T postgres sh -c 'cd /var/lib/postgresql/data && mv cluster before-the-restore && mv restored cluster'
up
"$python" deploy/journey.py check "$PUBLIC_URL" "$work/journey.json"
say "back to $moment, before all projects were lost"
