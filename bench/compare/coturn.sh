#!/bin/sh
# Becomes a coturn with one relay thread and no log. usage: coturn.sh ADDRESS RELAY PORT TLS_PORT STATE; STATE holds certificate.pem, key.pem
set -eu
command -v turnserver >/dev/null || { echo "turnserver is not installed" >&2; exit 1; }
# Standard error is closed because it complains there where SCTP is missing.
exec 2>/dev/null turnserver -n --no-cli --no-dtls --no-software-attribute --allow-loopback-peers --relay-threads=1 \
  -L "$1" -E "$2" -p "$3" --tls-listening-port="$4" --cert="$5/certificate.pem" --pkey="$5/key.pem" \
  -a -u user:pass -r bench --userdb="$5/coturn.db" --pidfile="$5/coturn.pid" --log-file=/dev/null --no-stdout-log
