#!/bin/sh
# Becomes a turnpike with one worker. usage: turnpike.sh ADDRESS RELAY PORT TLS_PORT STATE ENGINE [BYTES]; STATE holds
# certificate.pem and key.pem, BYTES is what a user may relay a second; a web site at SITE (address and port) is behind its TLS listener
set -eu
umask 077  # the configuration holds a password
cat > "$5/turnpike.yaml" <<YAML
realm: bench
workers: 1
listen: {udp: ["$1:$3"], tcp: ["$1:$3"], tls: ["$1:$4"]}
tls: {certificate: $5/certificate.pem, key: $5/key.pem}
relay: {addresses: ["$2"], engine: $6, port_quiet_s: 0}
credentials: {users: {user: pass}}
peers: {allow: ["127.0.0.0/8", "10.0.0.0/8"]}
limits: {allocations_per_user: 0, bytes_per_second_per_user: ${7:-0}, unauthenticated_per_second_per_ip: 0, connections_per_ip: 0}
http: {upstream: "$SITE"}
control: {socket: "", listen: ""}
log: {level: warning}
YAML
exec "${BIN:-build/release/bin}/turnpike" serve --config "$5/turnpike.yaml"
