#!/bin/sh
# Redis as a cache: nothing on disk, the least used goes first. `redis.sh ping` is its health check.
set -eu
password="$(cat /run/secrets/redis_password)"
if [ "${1:-}" = ping ]; then
  REDISCLI_AUTH="$password" redis-cli ping | grep -q PONG
  exit
fi
umask 077
cat > /tmp/redis.conf <<CONF
bind * -::*
protected-mode yes
requirepass $password
save ""
appendonly no
maxmemory ${MAX_MEMORY:-256mb}
maxmemory-policy allkeys-lru
dir /tmp
CONF
exec redis-server /tmp/redis.conf
