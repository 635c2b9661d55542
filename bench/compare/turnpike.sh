#!/bin/sh
# Becomes a turnpike with one worker. usage: turnpike.sh ADDRESS PORT TLS_PORT STATE; STATE holds certificate.pem and key.pem
set -eu
cat > "$4/turnpike.yaml" <<YAML
realm: bench
workers: 1
listen: {udp: ["$1:$2"], tcp: ["$1:$2"], tls: ["$1:$3"]}
tls: {certificate: $4/certificate.pem, key: $4/key.pem}
relay: {addresses: ["$1"], engine: ${TURNPIKE_ENGINE:-sockets}, port_quiet_s: 0}
credentials: {users: {user: pass}}
peers: {allow: ["127.0.0.0/8"]}
limits: {allocations_per_user: 0, unauthenticated_per_second_per_ip: 0, connections_per_ip: 0}
control: {socket: "", listen: ""}
log: {level: warning}
YAML
exec "${TURNPIKE:-build/release/bin/turnpike}" serve --config "$4/turnpike.yaml"
