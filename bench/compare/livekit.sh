#!/bin/sh
# Becomes LiveKit's server with its embedded TURN server, over UDP alone. usage: livekit.sh ADDRESS RELAY PORT TLS_PORT STATE
set -eu
[ -x "$LIVEKIT" ] || { echo "not built, see scripts/setup" >&2; exit 1; }
umask 077  # the configuration holds a secret
cat > "$5/livekit.yaml" <<YAML
port: 7880
bind_addresses: ["$1"]
keys: {APIbench: a-secret-of-the-measurements-alone-}
rtc: {node_ip: $2, use_external_ip: false, tcp_port: 7881, port_range_start: 50000, port_range_end: 50100}
turn:
  enabled: true
  bind_addresses: ["$1"]
  udp_port: $3
  relay_range_start: 30000
  relay_range_end: 40000
  allow_restricted_peer_cidrs: ["127.0.0.0/8", "10.0.0.0/8"]
logging: {level: error}
YAML
exec "$LIVEKIT" --config "$5/livekit.yaml"
