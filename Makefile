# `make help` lists the targets. Each does its own set-up in .venv and says so.
SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# what one process has compiled the next one finds, whatever the caller's shell says: dozens of tests start dozens of them
export PYTHONDONTWRITEBYTECODE :=
BIN := .venv/bin
TESTS ?= tests
# how many test processes; each test starts threads of its own
JOBS ?= 2
# seconds of the soak and of the fuzzer in `make test-faults`
SOAK_S ?= 90
FUZZ_S ?= 60

.PHONY: help docs setup setup-service setup-dev setup-tools web run size wheel test-machines examples test test-all checks lint web-check test-fast test-slow test-slow-quick test-security test-faults test-e2e test-e2e-quick test-deploy test-deploy-quick compose-test format lock \
  bench bench-measurement bench-inference bench-accuracy bench-leave-one-out bench-formats bench-memory bench-api bench-worker bench-uploads bench-web bench-waits conformance clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-18s %s\n", $$1, $$2}'

setup: ## make the environment in .venv (library and command line)
	@requirements/setup.sh base

setup-service:
	@requirements/setup.sh service

setup-dev:
	@requirements/setup.sh dev

setup-tools:
	@requirements/setup.sh tools

web: setup-tools ## build the web app into the package (nothing to do when no source changed)
	@web/build.sh build

run: setup-tools ## start SpheroSeg on http://127.0.0.1:8000: database, worker and web page; Ctrl-C stops it
	@$(MAKE) --no-print-directory -j2 setup-service web # side by side: one waits for Python's packages, one for those of the page
	@exec $(BIN)/spheroseg serve

size: ## what the set-up has put into this folder, in MB, the largest first
	@requirements/size.sh

wheel: setup-dev web ## build dist/spheroseg-*.whl with the web app in it: pip install "dist/….whl[server]" works anywhere
	@$(BIN)/python -m hatchling build -t wheel

test-machines: ## as root: `make run` on fresh Debian 12 and 13, as user and root, with and without PostgreSQL (half an hour)
	@deploy/machines/matrix.sh

examples: setup ## without the service: segment the shipped example images and say where tables and overlays are
	@$(BIN)/spheroseg examples --out runs/examples

# a test whose tools are not here is skipped when a person runs it alone, and fails here
test test-all: export NO_SKIPPED_TESTS := 1
test: checks test-fast test-slow-quick test-e2e-quick test-deploy-quick ## before a change lands: linters, types, documentation, the fast tests and a small form of all others

test-all: checks test-fast test-slow test-e2e test-deploy test-faults ## every test there is, whole

checks: setup-dev ## linters and types of both languages and the documentation, side by side: mypy has one core busy
	@$(MAKE) --no-print-directory -j2 web-check lint docs

lint: setup-dev ## ruff, mypy strict, import contracts
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

web-check: setup-dev ## the web app: types, linter, tests, and whether its API types are those of the service
	@web/build.sh check

test-fast: setup-dev ## the tests that take seconds (TESTS=tests/imaging for one room)
	@requirements/system.sh redis-server age
	@$(BIN)/pytest $(TESTS) -q -n $(JOBS) --dist loadfile --no-loadscope-reorder -m "not slow" --ignore=tests/e2e --ignore=tests/deploy --ignore=tests/faults

test-slow: setup-dev ## the tests that take longer: whole services, killed processes, backups, the example plate, a million rows
	@requirements/system.sh redis-server age
	@$(BIN)/pytest $(TESTS) -q -n $(JOBS) --dist loadfile -m slow --ignore=tests/e2e --ignore=tests/deploy --ignore=tests/faults

test-slow-quick: setup-dev ## of test-slow a small form: a service's start, killed processes, a backup that is brought back
	@requirements/system.sh redis-server age
	@$(BIN)/pytest $(TESTS) -q -n $(JOBS) --dist loadfile -m "slow and quick" --ignore=tests/e2e --ignore=tests/deploy --ignore=tests/faults

test-security: setup-dev ## what an attacker would try: every route with every role, takeovers, sockets, bombs, a full disk
	@requirements/system.sh redis-server
	@$(BIN)/pytest tests/server/security tests/server/access tests/server/accounts tests/server/test_health.py tests/server/processes/test_supervise.py tests/imaging/test_damage.py -q -n $(JOBS)

test-faults: setup-dev ## kill -9 of each process at each stage, full and read-only disks, a bad bucket, clocks, a soak, fuzzed readers (half an hour; SOAK_S=600 for ten minutes of soak)
	@requirements/system.sh redis-server libfaketime libeatmydata1:libeatmydata
	@$(BIN)/pytest tests/faults tests/server/test_deaths.py tests/server/runs/test_killed_worker.py tests/server/security/test_full_disk.py \
	  tests/server/test_lost_redis.py tests/server/test_parts_away.py tests/server/processes/test_supervise.py \
	  tests/server/processes/test_operator_serve.py tests/server/processes/test_operator_backup.py tests/batch/test_dask_cluster.py -q --timeout 3600
	@$(BIN)/python bench/soak.py --seconds $(SOAK_S)
	@$(BIN)/python tests/faults/fuzz_readers.py build/fuzz/corpus -max_total_time=$(FUZZ_S)

test-e2e: setup-dev web ## a person's journey in a real browser
	@requirements/system.sh chromium
	@$(BIN)/pytest tests/e2e -q

test-e2e-quick: setup-dev web ## of test-e2e a small form: the main journey, one each of editor, upload, plate, account and review
	@requirements/system.sh chromium
	@$(BIN)/pytest tests/e2e -q -m quick

test-deploy: setup-dev web ## nginx, alert rules, Kubernetes files, backups in time: with the real programs
	@requirements/system.sh syslog-ng-core:syslog-ng syslog-ng-mod-http:syslog-ng nginx pgbouncer prometheus prometheus-alertmanager age redis-server prometheus-node-exporter prometheus-postgres-exporter prometheus-redis-exporter prometheus-nginx-exporter prometheus-blackbox-exporter
	@$(BIN)/pytest tests/deploy -q

test-deploy-quick: setup-dev ## of test-deploy what takes a minute: the checkers of containers, compose, Kubernetes and alert rules, the log shipper
	@requirements/system.sh syslog-ng-core:syslog-ng syslog-ng-mod-http:syslog-ng prometheus prometheus-alertmanager
	@$(BIN)/pytest tests/deploy -q -m "not slow"

compose-test: setup-dev ## the containers for real: build, start, journey over TLS, a replica killed under load, restart (needs docker compose; podman will do)
	@deploy/compose-test.sh

format: setup-dev ## format and mend what the linters can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: setup-dev ## write requirements/*.txt anew from pyproject.toml
	@requirements/lock.sh

bench: bench-measurement bench-inference bench-memory bench-formats ## all speed and memory figures, into bench/results

bench-measurement: setup-dev ## labels → outlines → measures beside scikit-image
	@$(BIN)/python bench/measurement.py

bench-inference: setup-dev ## the network in each engine beside PyTorch, and the whole pipeline
	@$(BIN)/python bench/inference.py

bench-memory: setup-dev ## peak memory of a 20,000 × 20,000 image
	@$(BIN)/python bench/memory.py

bench-formats: setup-dev ## COCO and XLSX of 1,000 images × 50 objects
	@$(BIN)/python bench/formats.py

bench-accuracy: setup-dev ## the held-out tables of docs/reference/accuracy.md (needs ../shared/data)
	@$(BIN)/python bench/accuracy.py

bench-leave-one-out: setup-dev ## train without each source in turn and score on it (about two hours; needs ../shared/data)
	@$(BIN)/python bench/leave_one_out.py

bench-api: setup-dev ## the service under load (in a small form; see bench/api.py)
	@$(BIN)/python bench/api.py

bench-worker: setup-dev ## what the service adds to the model, an image
	@$(BIN)/python bench/worker.py

bench-uploads: setup-dev ## the API's memory under large uploads, and a folder of 10,000 files
	@$(BIN)/python bench/uploads.py

bench-web: setup-dev web ## the first pages of the web app, throttled, and the editor with 10,000 outlines
	@requirements/system.sh chromium
	@$(BIN)/python bench/web.py
	@$(BIN)/python bench/web_editor.py

bench-waits: setup-dev web ## what a person waits for: the start, small files, the first outlines (in a browser)
	@requirements/system.sh chromium
	@$(BIN)/python bench/waits.py

docs: setup-dev ## the documentation site, into build/docs (a warning is an error)
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet -f docs/site/mkdocs.yml
	@echo "docs: open build/docs/index.html"

conformance: setup-dev ## write docs/reference/conformance.md: our numbers beside closed forms, scikit-image and ImageJ
	@$(BIN)/python bench/conformance.py

clean: ## remove caches and build products (not .venv, not your results)
	@rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find src tests bench -name __pycache__ -type d -prune -exec rm -rf {} +
