#!/bin/sh
# Becomes the bare forwarder of streams, with that of UDP beside it. usage: forwarder.sh ADDRESS RELAY PORT TLS_PORT STATE; both send to PEER
# (address and port); STATE holds certificate.pem and key.pem
set -eu
bin=${BIN:-build/release/bin}
"$bin/udp-forwarder" "$1:$3" "$2" "$PEER" &
exec "$bin/stream-forwarder" "$1:$3" "$1:$4" "$2" "$PEER" "$5/certificate.pem" "$5/key.pem"
