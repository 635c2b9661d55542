#!/bin/sh
# Gives each slot of nftables.balancer.example.nft its node, or, while that serves nobody new (/readyz), one of the others. Run it every few seconds, e.g. from
# a timer of systemd. Clients who are there stay where they are; with `conntrack` (package conntrack) those of a node that does not answer at all come to another one
# with their next packet.
set -eu
nodes="10.9.0.11 10.9.0.12 10.9.0.13"
slots=12

ready=
for node in $nodes; do
  # 000: no answer. 503: it drains, or has no room.
  case $(curl -s -o /dev/null -m 2 -w '%{http_code}' "http://$node:9478/readyz" || true) in
    200) ready="$ready $node" ;;
    000) if command -v conntrack >/dev/null; then conntrack -D -p udp --orig-port-dst 3478 --reply-src "$node" >/dev/null 2>&1 || true; fi ;;
  esac
done
[ -n "$ready" ] || { echo "no node is ready: nothing is changed" >&2; exit 1; }

nth() { shift $(($1 % ($# - 1) + 1)); echo "$1"; } # nth NUMBER WORD...
elements=
slot=0
while [ $slot -lt $slots ]; do
  # shellcheck disable=SC2086
  node=$(nth $slot $nodes)
  case " $ready " in
    *" $node "*) ;;
    *) node=$(nth $((slot / $(echo "$nodes" | wc -w))) $ready) ;; # shellcheck disable=SC2086
  esac
  elements="$elements $slot : $node,"
  slot=$((slot + 1))
done
nft -f - <<END
flush map ip turnpike_balancer nodes
add element ip turnpike_balancer nodes { ${elements%,} }
END
