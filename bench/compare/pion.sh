#!/bin/sh
# Becomes a server of pion's library. usage: pion.sh ADDRESS RELAY PORT TLS_PORT STATE; STATE holds certificate.pem and key.pem
set -eu
[ -x "${BIN:-build/release/bin}/pion-server" ] || { echo "not built, for there is no Go" >&2; exit 1; }
exec "${BIN:-build/release/bin}/pion-server" --address "$1" --relay "$2" --port "$3" --tls-port "$4" \
  --certificate "$5/certificate.pem" --key "$5/key.pem"
