#!/bin/sh
# Becomes an HAProxy of one thread that ends TLS in front of a web site. usage: haproxy.sh ADDRESS RELAY PORT TLS_PORT STATE; the site is at SITE
# (address and port); STATE holds certificate.pem and key.pem
set -eu
command -v haproxy >/dev/null || { echo "haproxy is not installed" >&2; exit 1; }
umask 077  # the key is copied
cat "$5/certificate.pem" "$5/key.pem" >"$5/haproxy.pem"
cat >"$5/haproxy.cfg" <<CFG
global
  nbthread 1
  maxconn 2000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  timeout tunnel 1h
  option forwardfor
frontend web
  bind $1:$4 ssl crt $5/haproxy.pem alpn http/1.1
  default_backend site
backend site
  server site $SITE
CFG
exec haproxy -db -q -f "$5/haproxy.cfg"
