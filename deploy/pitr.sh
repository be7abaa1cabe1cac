#!/usr/bin/env bash
# PostgreSQL back to a point in time: a base backup now and then, the write-ahead log always (postgres.sh archives it).
#   deploy/pitr.sh base DATABASE_URL FOLDER               a base backup, compressed, verified; the service goes on
#   deploy/pitr.sh restore FOLDER WAL_FOLDER DATA TIME    a new cluster in DATA as it was at TIME ("2026-11-26 14:05:00+00")
#   deploy/pitr.sh forget FOLDER WAL_FOLDER               remove the log that only older base backups needed
set -euo pipefail
programs="${POSTGRES_PROGRAMS:-$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)}"
[ -x "$programs/pg_basebackup" ] || { echo "pitr: PostgreSQL's programs are not in '$programs' (set POSTGRES_PROGRAMS)" >&2; exit 1; }

case "${1:-}" in
  base)
    url="${2:?a database URL}" folder="${3:?a folder for the base backup}"
    [ ! -e "$folder" ] || { echo "pitr: $folder exists already" >&2; exit 1; }
    "$programs/pg_basebackup" --dbname="$url" --pgdata="$folder.partial" --checkpoint=fast --wal-method=stream --manifest-checksums=SHA256
    "$programs/pg_verifybackup" --quiet "$folder.partial"
    mv "$folder.partial" "$folder"
    echo "pitr: base backup in $folder"
    ;;
  restore)
    base="${2:?the base backup}" wal="${3:?the folder of the write-ahead log}" data="${4:?a folder that does not exist yet}" time="${5:?a point in time}"
    [ ! -e "$data" ] || { echo "pitr: $data exists already; nothing is overwritten" >&2; exit 1; }
    "$programs/pg_verifybackup" --quiet --ignore=backup_manifest "$base"
    cp -a "$base" "$data"
    chmod 700 "$data"
    {
      printf "\nrestore_command = 'cp \"%s/%%f\" \"%%p\"'\n" "$wal"
      printf "recovery_target_time = '%s'\nrecovery_target_action = 'promote'\narchive_mode = off\n" "$time"
    } >> "$data/postgresql.auto.conf"
    touch "$data/recovery.signal"
    echo "pitr: start PostgreSQL on $data; it replays the log up to $time and then serves"
    ;;
  forget)
    base="${2:?the oldest base backup to keep}" wal="${3:?the folder of the write-ahead log}"
    first="$(sed -n 's/^START WAL LOCATION:.*(file \([0-9A-F]*\))/\1/p' "$base/backup_label")"
    "$programs/pg_archivecleanup" "$wal" "$first"
    ;;
  *) sed -n '2,6p' "$0"; exit 2 ;;
esac
