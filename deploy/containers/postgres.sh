#!/bin/sh
# PostgreSQL in a container: makes the cluster once, then serves it. The password is in the secret `database_password`.
set -eu
programs="$(ls -d /usr/lib/postgresql/*/bin | sort -V | tail -1)"
data=/var/lib/postgresql/data/cluster
if [ ! -e "$data/PG_VERSION" ]; then
  rm -rf "$data.partial"
  "$programs/initdb" --pgdata="$data.partial" --username=spheroseg --pwfile=/run/secrets/database_password \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C --lc-ctype=C.UTF-8 --data-checksums
  echo 'host all,replication all all scram-sha-256' >> "$data.partial/pg_hba.conf"
  printf "CREATE DATABASE spheroseg;\n" | "$programs/postgres" --single -D "$data.partial" postgres >/dev/null
  mv "$data.partial" "$data"
fi
exec "$programs/postgres" -D "$data" \
  -c listen_addresses='*' -c unix_socket_directories=/tmp -c max_connections="${MAX_CONNECTIONS:-200}" -c shared_buffers="${SHARED_BUFFERS:-256MB}" \
  -c random_page_cost=1.1 -c wal_level=replica -c wal_compression=on \
  -c archive_mode=on -c archive_timeout=300 -c archive_command='test ! -f /wal/%f && cp %p /wal/%f.partial && mv /wal/%f.partial /wal/%f'
