#!/bin/sh
# Becomes the bare UDP forwarder. usage: forwarder.sh ADDRESS RELAY PORT TLS_PORT STATE; sends to PEER (address and port)
set -eu
exec "${BIN:-build/release/bin}/udp-forwarder" "$1:$3" "$2" "$PEER"
