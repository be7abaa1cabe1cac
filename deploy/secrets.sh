#!/usr/bin/env bash
# Makes deploy/secrets: passwords, keys, and a certificate of an own authority until a real one is put in its place; and the folder
# deploy/acme, where certbot answers for a real one.
# What is there already is kept. Usage: deploy/secrets.sh [HOST NAME]      (default: localhost)
set -euo pipefail
cd "$(dirname "$0")"
host="${1:-localhost}"
mkdir -p secrets acme
chmod 700 secrets  # the folder is closed; the files must be readable to the containers' accounts
umask 022
random() { openssl rand -hex 32; }
keep() { [ -s "secrets/$1" ] || printf '%s' "$2" > "secrets/$1"; }

keep database_password "$(random)"
keep redis_password "$(random)"
keep grafana_password "$(random)"
keep spheroseg_secret_key "$(random)"
keep spheroseg_metrics_token "$(random)"
keep spheroseg_database_url "postgresql://spheroseg:$(cat secrets/database_password)@postgres:5432/spheroseg"
keep spheroseg_redis_url "redis://:$(cat secrets/redis_password)@redis:6379/0"

if [ ! -s secrets/authority_key ] && [ ! -s secrets/tls_key ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=SpheroSeg's own authority" \
    -addext basicConstraints=critical,CA:TRUE -keyout secrets/authority_key -out secrets/authority_certificate 2>/dev/null
  chmod 600 secrets/authority_key
fi
if [ ! -s secrets/tls_key ]; then  # removed with its certificate: a new one of the same authority, which browsers trust already
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$host" -keyout secrets/tls_key -out secrets/request 2>/dev/null
  openssl x509 -req -in secrets/request -CA secrets/authority_certificate -CAkey secrets/authority_key -CAcreateserial -days 397 \
    -extfile <(printf 'subjectAltName=DNS:%s,DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n' "$host") \
    -out secrets/certificate 2>/dev/null
  cat secrets/certificate secrets/authority_certificate > secrets/tls_certificate
  chmod 644 secrets/tls_key
  rm -f secrets/request secrets/certificate
fi
echo "secrets: deploy/secrets is complete; browsers trust secrets/authority_certificate once it is imported"
