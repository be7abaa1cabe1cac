#!/usr/bin/env bash
# `make run` on machines that have nothing yet: Debian 12 and 13, an ordinary user and root, without and with the system's
# own PostgreSQL. Each is a fresh system made by mmdebstrap (python3, git, make, nothing else) in a folder, entered by chroot.
# Usage (as root): deploy/machines/matrix.sh [RELEASE…]      default: bookworm trixie
#   MACHINES_CACHE    where base systems are kept (default: /var/cache/spheroseg-machines)
#   MACHINES_MOUNTS   further files and folders of this host to show inside (a package mirror, its certificates)
#   MACHINES_ACCOUNTS only some of: lab root        MACHINES_LIMIT_MB  of the environment (default: 1200)
#   MACHINES_PREVIOUS a commit: its data are opened by this version (default: the newest tag, if there is one)
set -euo pipefail
cd "$(dirname "$0")/../.."
most_mb="${MACHINES_LIMIT_MB:-1200}"  # docs/reference/environment.md says what is large
cache="${MACHINES_CACHE:-/var/cache/spheroseg-machines}"
[ "$(id -u)" = 0 ] || { echo "machines: needs root (chroot)" >&2; exit 1; }
requirements/system.sh mmdebstrap
mkdir -p "$cache"
work="$(mktemp -d "$cache/work.XXXXXX")"
checkout="$PWD"
previous="${MACHINES_PREVIOUS:-$(git describe --tags --abbrev=0 2>/dev/null || true)}"
results=()

# the same settings of pip, npm and TLS inside as outside; the names of hosts stay out of this file
settings=(PIP_FIND_LINKS PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_CERT UV_INDEX_URL HTTPS_PROXY HTTP_PROXY NO_PROXY
  SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE NODE_EXTRA_CA_CERTS CURL_CA_BUNDLE)
mounts=(/etc/resolv.conf /etc/hosts /etc/ssl/certs /etc/pip.conf)
read -ra more <<<"${MACHINES_MOUNTS:-}"
mounts+=("${more[@]}")

mounted() { awk -v root="$work/" 'index($2, root) == 1 { print $2 }' /proc/mounts | tac; }

leave() { # unmount whatever is mounted below the work folder, newest first; what is still mounted is this host's own
  mounted | xargs -r -n1 umount -l
  if [ -n "$(mounted)" ]; then echo "machines: $work is still in use and stays" >&2; else rm -rf "$work"; fi
}
trap leave EXIT

base() { # the base system of a release, made once
  [ -e "$cache/$1.tar" ] && return
  echo "machines: making $1"
  local source="$cache/$1.list"
  printf 'deb http://deb.debian.org/debian %s main\n' "$1" > "$source"
  mmdebstrap --quiet --variant=minbase --include=ca-certificates,python3,git,make "$1" "$cache/$1.partial.tar" "$source"
  mv "$cache/$1.partial.tar" "$cache/$1.tar"
}

machine() { # machine RELEASE ACCOUNT: a fresh system with this checkout in it; sets root, home, here
  root="$work/$1-$2"
  mkdir -p "$root"
  tar -xf "$cache/$1.tar" -C "$root"
  for mount in "${mounts[@]}"; do
    [ -e "$mount" ] || continue
    if [ -d "$mount" ]; then mkdir -p "$root$mount"; else mkdir -p "$(dirname "$root$mount")"; rm -f "$root$mount"; touch "$root$mount"; fi
    mount --rbind "$mount" "$root$mount"
  done
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  if [ "$2" = root ]; then
    home=/root  # mode 700, as Debian makes it
  else
    home=/srv/lab
    chroot "$root" useradd --create-home --home-dir /srv/lab lab
    # a person without root asks an administrator for this one
    inside_as root apt-get update -q >/dev/null
    inside_as root apt-get install -q -y --no-install-recommends python3-venv >/dev/null 2>&1
  fi
  here="$home/spheroseg"
  mkdir -p "$root$here"
  git ls-files -z --cached --others --exclude-standard | tar --null -T - -c | tar -x -C "$root$here"
  chroot "$root" chown -R "$2:" "$here"
}

inside_as() { # inside_as ACCOUNT COMMAND…: in the system, with a bare environment
  local account="$1"
  shift
  local environment=(HOME="$([ "$account" = root ] && echo /root || echo /srv/lab)" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8)
  for name in "${settings[@]}"; do [ -n "${!name:-}" ] && environment+=("$name=${!name}"); done
  "${NETWORK[@]}" chroot --userspec="$account" "$root" env -i "${environment[@]}" "$@"
}
NETWORK=()

serve() { # serve ACCOUNT LOG COMMAND…: start it, wait until it is ready; sets pid, url, seconds
  local account="$1" log="$2" began="$SECONDS"
  shift 2
  inside_as "$account" bash -c "cd $here && exec \"\$@\"" serve "$@" >"$log" 2>&1 &
  pid=$!
  until url="$(sed -n 's/.*ready at \(http[^ ]*\).*/\1/p' "$log" | tail -1)" && [ -n "$url" ]; do
    kill -0 "$pid" 2>/dev/null || { cat "$log" >&2; return 1; }
    sleep 0.3
  done
  seconds=$((SECONDS - began))
}

stop() { # Ctrl-C, as a person does it; everything must be gone
  local each
  for each in $(pgrep -f 'spheroseg serve$'); do
    if [ "$(readlink "/proc/$each/root")" = "$root" ]; then kill -INT "$each"; fi
  done
  wait "$pid"
  for each in /proc/[0-9]*; do
    if [ "$(readlink "$each/root")" = "$root" ]; then echo "machines: left behind: $(tr '\0' ' ' < "$each/cmdline")" >&2; return 1; fi
  done
}

journey() { inside_as "$1" "$here/.venv/bin/python" "$here/deploy/journey.py" "$2" "$url" "/tmp/journey-$3.json"; }

ok() { results+=("ok    $*"); echo "machines: ok    $*"; }

try_machine() { # try_machine RELEASE ACCOUNT
  local release="$1" account="$2" log data size
  machine "$release" "$account"
  log="$work/$release-$account.log"
  data="$([ "$account" = root ] && echo /var/lib/spheroseg || echo /srv/lab/.local/share/spheroseg)"

  serve "$account" "$log" env SPHEROSEG_PORT=0 make run
  size="$(du -sm "$root$here/.venv" | cut -f1)"
  [ "$size" -le "$most_mb" ] || { echo "machines: .venv takes $size MB, more than $most_mb" >&2; return 1; }
  ok "$release $account: make run, nothing installed before: ready after $seconds s, .venv $size MB, all of the checkout $(du -sm "$root$here" | cut -f1) MB"
  journey "$account" begin own
  ok "$release $account: main journey"
  if inside_as "$account" bash -c "cd $here && SPHEROSEG_PORT=0 .venv/bin/spheroseg serve" >"$log.second" 2>&1; then
    echo "machines: a second serve on the same folder was let in" >&2; return 1
  fi
  grep -q 'in use by another SpheroSeg' "$log.second" && ! grep -q Traceback "$log.second"
  ok "$release $account: a second serve on the same folder is refused in one line"
  stop
  ok "$release $account: Ctrl-C ends everything"

  # no network but loopback, and a processor without AVX-512 and int8 instructions
  NETWORK=(unshare --net bash -c 'ip link set lo up && exec "$@"' offline)
  inside_as "$account" bash -c "cd $here && export ONEDNN_MAX_CPU_ISA=AVX2 SPHEROSEG_PORT=8000; .venv/bin/spheroseg serve 2>$here/.offline.log & server=\$!
    until grep -q 'ready at' $here/.offline.log; do kill -0 \$server || exit 1; sleep 0.3; done
    .venv/bin/python deploy/journey.py check http://127.0.0.1:8000 /tmp/journey-own.json && kill -INT \$server && wait \$server"
  NETWORK=()
  ok "$release $account: without network, AVX2 only: starts, same numbers"

  inside_as root apt-get update -q >/dev/null
  inside_as root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends postgresql >/dev/null 2>&1
  serve "$account" "$log" env SPHEROSEG_PORT=0 SPHEROSEG_DATA_DIR="$data-system" .venv/bin/spheroseg serve
  pgrep -f "^/usr/lib/postgresql/.*$data-system/" >/dev/null || { echo "machines: the system's PostgreSQL is not used" >&2; return 1; }
  journey "$account" begin system
  stop
  ok "$release $account: with the system's PostgreSQL $(ls "$root/usr/lib/postgresql"): main journey"
  serve "$account" "$log" env SPHEROSEG_PORT=0 .venv/bin/spheroseg serve
  journey "$account" check own
  stop
  ok "$release $account: data of the wheel's PostgreSQL open after the system's was installed"

  if [ -n "$previous" ] && [ "$account" = lab ]; then
    mkdir -p "$root$here/.previous"
    git -C "$checkout" archive "$previous" src | tar -x -C "$root$here/.previous"
    chroot "$root" chown -R "$account:" "$here/.previous"
    serve "$account" "$log" env SPHEROSEG_PORT=0 SPHEROSEG_DATA_DIR="$data-previous" PYTHONPATH="$here/.previous/src" .venv/bin/python -m spheroseg serve
    journey "$account" begin previous
    stop
    serve "$account" "$log" env SPHEROSEG_PORT=0 SPHEROSEG_DATA_DIR="$data-previous" .venv/bin/spheroseg serve
    journey "$account" check previous
    stop
    ok "$release $account: data of $previous opened by this version"
  fi
  if [ "$account" = lab ] && wheel="$(ls -t dist/spheroseg-*.whl 2>/dev/null | head -1)" && [ -n "$wheel" ]; then
    cp "$wheel" "$root/tmp/"
    inside_as "$account" bash -c "python3 -m venv /srv/lab/wheel && /srv/lab/wheel/bin/pip install -q \"/tmp/$(basename "$wheel")[server]\""
    serve "$account" "$log" env SPHEROSEG_PORT=0 SPHEROSEG_DATA_DIR="$data-wheel" /srv/lab/wheel/bin/spheroseg serve
    journey "$account" begin wheel
    stop
    ok "$release $account: pip install of the wheel with [server], no make: main journey"
  fi
  umount -l "$root/dev" "$root/proc"
}

for release in "${@:-bookworm trixie}"; do
  for each in $release; do
    base "$each"
    for account in ${MACHINES_ACCOUNTS:-lab root}; do try_machine "$each" "$account"; done
  done
done
echo "machines: ${#results[@]} checks"
printf '  %s\n' "${results[@]}"
