#!/usr/bin/env bash
# A new version beside the old one, traffic shifted by weight, and back at the first sign of trouble.
#   deploy/bluegreen.sh NEW_COMMAND…            such as: deploy/bluegreen.sh /opt/spheroseg-0.2/bin/spheroseg
# The settings are those of the running service (SPHEROSEG_* in the environment). nginx runs with deploy/proxy; this script
# owns its backend.conf, in which `blue` is what serves now.
#   BACKEND        nginx' backend.conf (default /tmp/nginx/backend.conf)
#   NGINX_RELOAD   how nginx is told (default: nginx -c /etc/nginx/spheroseg/nginx.conf -s reload, as docs/how-to/https.md starts it)
#   BLUE           address of what serves now (default: what backend.conf says)
#   GREEN          address for the new version (default 127.0.0.1:8001)
#   WEIGHTS        percent of the traffic, step by step (default: 5 25 50 100)
#   STEP_S         seconds that each step is watched (default 30)
#   MAX_ERRORS     requests that may end in a server error in a step (default 0)
# Ends with 0 when green serves everything and blue is no longer asked, with 1 when everything is as it was.
set -euo pipefail
[ $# -ge 1 ] || { sed -n '2,14p' "$0"; exit 2; }
backend="${BACKEND:-/tmp/nginx/backend.conf}" reload="${NGINX_RELOAD:-nginx -c /etc/nginx/spheroseg/nginx.conf -s reload}"
blue="${BLUE:-$(sed -n 's/^upstream blue { server \([^;]*\);.*/\1/p' "$backend")}" green="${GREEN:-127.0.0.1:8001}"
step_s="${STEP_S:-30}" max_errors="${MAX_ERRORS:-0}" green_log="${GREEN_LOG:-$(mktemp)}"
read -ra weights <<<"${WEIGHTS:-5 25 50 100}"
[ -n "$blue" ] || { echo "bluegreen: say where the running version is (BLUE)" >&2; exit 2; }
say() { echo "bluegreen: $*"; }

shift_to() { # shift_to PERCENT: so much of the traffic to green; the other colour answers what one cannot
  local percent="$1"
  {
    echo "upstream blue { server $blue max_fails=0; server $green backup; }"
    echo "upstream green { server $green max_fails=0; server $blue backup; }"
    case "$percent" in
      0) echo 'map $host $api_backend { default blue; }' ;;
      100) echo 'map $host $api_backend { default green; }' ;;
      *)
        # a browser stays with one colour until it is green's turn for good: a page never meets an older API, nor asks one
        # version for the files of the other. Scripts carry a token and no page: each of their requests is drawn by itself
        echo 'map $http_authorization $drawn_by { "" "$remote_addr $http_user_agent $http_accept_language"; default $request_id; }'
        echo "split_clients \$drawn_by \$api_backend { $percent% green; * blue; }"
        ;;
    esac
  } > "$backend.new"
  mv "$backend.new" "$backend"
  $reload
}

errors() { # server errors that green has answered with so far; fails when it does not answer at all
  curl --silent --fail --max-time 5 ${SPHEROSEG_METRICS_TOKEN:+-H "Authorization: Bearer $SPHEROSEG_METRICS_TOKEN"} "http://$green/metrics" \
    | awk '/^spheroseg_requests_total\{.*status="5/ { n += $NF } END { print n + 0 }'
}

green_pid=
roll_back() {
  say "rolling back: $1"
  shift_to 0
  if [ -n "$green_pid" ]; then kill "$green_pid" 2>/dev/null || true; fi
  tail -5 "$green_log" >&2 || true
  exit 1
}
trap 'roll_back "stopped"' INT TERM

# what the old version cannot live with must not happen to the database: migrations only add (tests/rules checks it)
say "migrating; the old version goes on"
"$@" migrate || { say "the migration failed; nothing else was touched"; exit 1; }

say "starting green at $green"
SPHEROSEG_HOST="${green%:*}" SPHEROSEG_PORT="${green##*:}" "$@" api >"$green_log" 2>&1 &
green_pid=$!
for _ in $(seq "${START_S:-120}"); do
  kill -0 "$green_pid" 2>/dev/null || roll_back "green does not start"
  if curl --silent --fail --max-time 5 --output /dev/null "http://$green/health/ready"; then break; fi
  sleep 1
done
curl --silent --fail --max-time 5 --output /dev/null "http://$green/health/ready" || roll_back "green is not ready after ${START_S:-120} s"

for weight in "${weights[@]}"; do
  before="$(errors)" || roll_back "green does not answer"
  shift_to "$weight"
  say "$weight % to green"
  for _ in $(seq "$step_s"); do
    sleep 1
    now="$(errors)" || roll_back "green does not answer any more"
    [ $((now - before)) -le "$max_errors" ] || roll_back "$((now - before)) server errors at $weight %"
  done
done

# blue is asked no more; what it still answers it may finish
{ echo "upstream blue { server $green; }"; echo 'map $host $api_backend { default blue; }'; } > "$backend.new"
mv "$backend.new" "$backend"
$reload
trap - INT TERM
disown "$green_pid"
say "green serves everything at $green (process $green_pid); stop the old API with SIGTERM, then replace the workers"
