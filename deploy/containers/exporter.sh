#!/bin/sh
# An exporter with its password from a secret: `exporter.sh postgres|redis`.
set -eu
case "$1" in
  postgres)
    export DATA_SOURCE_NAME="postgresql://spheroseg:$(cat /run/secrets/database_password)@postgres:5432/spheroseg?sslmode=disable"
    exec prometheus-postgres-exporter ;;
  redis)
    export REDIS_ADDR=redis://redis:6379 REDIS_PASSWORD="$(cat /run/secrets/redis_password)"
    exec prometheus-redis-exporter ;;
  *) echo "usage: exporter.sh postgres|redis" >&2; exit 2 ;;
esac
