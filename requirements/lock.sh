#!/usr/bin/env bash
# Rewrites the hashed locks from pyproject.toml (maintainers: `make lock`). The files name no package host.
# dev.txt is solved first and constrains the smaller ones, so that one environment can grow into the next.
set -euo pipefail
cd "$(dirname "$0")/.."
compile() { .venv/bin/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet "$@"; }
cuda=()
for name in torch triton cuda-bindings cuda-pathfinder cuda-toolkit nvidia-cublas nvidia-cuda-cupti nvidia-cuda-nvrtc \
  nvidia-cuda-runtime nvidia-cudnn-cu13 nvidia-cufft nvidia-cufile nvidia-curand nvidia-cusolver nvidia-cusparse \
  nvidia-cusparselt-cu13 nvidia-nccl-cu13 nvidia-nvjitlink nvidia-nvshmem-cu13 nvidia-nvtx; do
  cuda+=(--no-emit-package "$name")
done
compile --extra server --extra dask --extra kafka --extra sentry --extra dev --extra training "${cuda[@]}" -o requirements/dev.txt
compile --extra server --constraints requirements/dev.txt -o requirements/service.txt
compile --extra cluster --constraints requirements/dev.txt -o requirements/cluster.txt
compile --constraints requirements/dev.txt -o requirements/base.txt
.venv/bin/uv pip compile requirements/tools.in --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet --constraints requirements/dev.txt -o requirements/tools.txt
.venv/bin/uv pip compile requirements/web.in --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet -o requirements/web.txt
