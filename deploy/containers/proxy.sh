#!/bin/sh
# nginx in a container: asks the network's own name server for the API's addresses, so that replicas may come and go.
set -eu
if [ "${1:-}" = check ]; then
  curl --silent --fail --insecure --max-time 3 --output /dev/null https://127.0.0.1:8443/nginx-health
  exit
fi
servers="$(awk '/^nameserver/ { print $2 ~ /:/ ? "[" $2 "]" : $2 }' /etc/resolv.conf | paste -sd' ')"
mkdir -p /tmp/nginx
printf 'resolver %s valid=2s ipv6=off;\nresolver_timeout 2s;\nmap $host $api_backend { default %s; }\n' "$servers" "${API:-api:8000}" > /tmp/nginx/backend.conf
exec nginx -c /etc/nginx/spheroseg/nginx.conf -g 'daemon off;'
