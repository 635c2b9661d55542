#!/bin/sh
# Becomes the bare UDP forwarder. usage: forwarder.sh ADDRESS PORT TLS_PORT STATE; sends to the peer on 127.0.0.1:9000
set -eu
exec "${UDP_FORWARDER:-build/release/bin/udp-forwarder}" "$1:$2" 127.0.0.1:9000
