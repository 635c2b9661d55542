#!/bin/sh
# Becomes a coturn with one relay thread. usage: coturn.sh ADDRESS PORT TLS_PORT STATE; STATE holds certificate.pem and key.pem
set -eu
# Standard error is closed because it complains there where SCTP is missing.
exec 2>/dev/null turnserver -n --no-cli --no-dtls --no-software-attribute --allow-loopback-peers --relay-threads=1 \
  -L "$1" -E "$1" -p "$2" --tls-listening-port="$3" --cert="$4/certificate.pem" --pkey="$4/key.pem" \
  -a -u user:pass -r bench --userdb="$4/coturn.db" --pidfile="$4/coturn.pid" --log-file=/dev/null --simple-log
