#!/bin/sh
# nginx in a container: asks the network's own name server for the API's addresses, so that replicas may come and go.
set -eu
if [ "${1:-}" = check ]; then
  curl --silent --fail --insecure --max-time 3 --output /dev/null https://127.0.0.1:8443/nginx-health
  exit
fi
backend="${API:-api:8000}"
knows() { # knows SERVER: whether this name server has an address of the API
  perl -MIO::Socket::INET -e '
    my ($server, $name) = @ARGV;
    my $labels = join "", map { pack "C/a*", $_ } split /\./, $name;
    my $socket = IO::Socket::INET->new(Proto => "udp", PeerAddr => $server, PeerPort => 53) or exit 1;
    $SIG{ALRM} = sub { exit 1 };
    alarm 5;
    $socket->send(pack("n6", 1, 0x0100, 1, 0, 0, 0) . "$labels\0" . pack("n2", 1, 1));
    $socket->recv(my $answer, 512);
    exit !(unpack "n4", $answer)[3];
  ' "$1" "${backend%:*}" 2>/dev/null
}
# under podman each network has a name server of its own that knows that network only, and nginx asks all of them in turn. When
# everything starts at once the API may come later than the proxy: then none of them knows it yet
all="$(awk '/^nameserver/ { print $2 }' /etc/resolv.conf)"
servers= tries=0
while [ -z "$servers" ] && [ "$tries" -lt 120 ]; do
  for each in $all; do
    if knows "$each"; then servers="$servers $each"; fi
  done
  [ "$(echo "$all" | wc -l)" -gt 1 ] || break # the only one there is
  [ -n "$servers" ] || sleep 0.5
  tries=$((tries + 1))
done
servers="$(echo ${servers:-$all} | tr ' ' '\n' | sed 's/.*:.*/[&]/' | paste -sd' ')"
mkdir -p /tmp/nginx
printf 'resolver %s valid=2s ipv6=off;\nresolver_timeout 10s;\nmap $host $api_backend { default %s; }\n' "$servers" "$backend" > /tmp/nginx/backend.conf
exec nginx -c /etc/nginx/spheroseg/nginx.conf -g 'daemon off;'
