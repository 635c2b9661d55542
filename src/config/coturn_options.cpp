#include "turnpike/config/coturn_options.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <string>

namespace turnpike::config {
namespace {

// In the order of coturn's own file. What is not here at all says why.
constexpr CoturnOption kOptions[] = {
    {"listening-device", "the addresses of listen.udp and listen.tcp"},
    {"listening-port", "the port of listen.udp and listen.tcp, such as [\"0.0.0.0:3478\", \"[::]:3478\"]",
     CoturnRole::listening_port},
    {"tls-listening-port", "the port of listen.tls, such as [\"0.0.0.0:5349\", \"[::]:5349\"]",
     CoturnRole::tls_port},
    {"alt-listening-port", "not there yet: nat_discovery.other_address is for it"},
    {"alt-tls-listening-port", "not there yet: nat_discovery.other_address is for it"},
    {"tcp-proxy-port", "listen.proxy_protocol, for the ports of listen.tcp and listen.tls"},
    {"listening-ip", "the address of listen.udp, listen.tcp and listen.tls", CoturnRole::listening_address},
    {"aux-server", "one more address of listen.udp and listen.tcp", CoturnRole::more_listeners},
    {"relay-device", "relay.addresses"},
    {"relay-ip", "relay.addresses", CoturnRole::relay_address},
    {"external-ip", "relay.external, PUBLIC or {LOCAL: PUBLIC}", CoturnRole::external_address},
    {"relay-threads", "workers", CoturnRole::threads},
    {"min-port", "the first of relay.ports, FIRST-LAST", CoturnRole::first_port},
    {"max-port", "the last of relay.ports, FIRST-LAST", CoturnRole::last_port},
    {"verbose", "log.level: debug"},
    {"fingerprint", "not needed: a FINGERPRINT is answered with one"},
    {"lt-cred-mech", "not needed: give credentials.users or credentials.rest_secrets"},
    {"no-auth", "not possible: every client needs credentials"},
    {"use-auth-secret", "not needed: give credentials.rest_secrets", CoturnRole::secrets_alone},
    {"static-auth-secret", "credentials.rest_secrets", CoturnRole::secret},
    {"rest-api-separator", "credentials.rest_separator", CoturnRole::separator},
    {"server-name", "not needed: it is for OAuth, which is not there"},
    {"user", "credentials.users, a map {NAME: PASSWORD}, or credentials.user_keys, {NAME: KEY}, for 0x keys",
     CoturnRole::user},
    {"userdb", "not there: give credentials.users_file"},
    {"psql-userdb", "not there: give credentials.users_file"},
    {"mysql-userdb", "not there: give credentials.users_file"},
    {"mongo-userdb", "not there: give credentials.users_file"},
    {"redis-userdb", "not there: give credentials.users_file"},
    {"redis-statsdb",
     "not there: GET /metrics has counts, and the log and GET /rooms tell who relays how much"},
    {"realm", "realm", CoturnRole::realm},
    {"oauth", "not there"},
    {"check-origin-consistency", "not there"},
    {"user-quota", "limits.allocations_per_user", CoturnRole::user_quota},
    {"total-quota", "limits.allocations", CoturnRole::total_quota},
    {"max-bps", "limits.bytes_per_second_per_user", CoturnRole::bytes_per_second},
    {"bps-capacity", "not there: see limits.bytes_per_second_per_user and limits.bytes_per_second_per_room"},
    {"no-udp", "listen.udp: []", CoturnRole::without_udp},
    {"no-tcp", "listen.tcp: []", CoturnRole::without_tcp},
    {"no-tls", "listen.tls: [], which is the default", CoturnRole::without_tls},
    {"no-dtls", "listen.dtls: [], which is the default"},
    {"no-udp-relay", "not possible: relays are over UDP"},
    {"no-tcp-relay", "relay.tcp: false, which is the default"},
    {"stale-nonce", "nonce_life_s", CoturnRole::nonce_life},
    {"max-allocate-lifetime", "limits.lifetime_max_s", CoturnRole::lifetime},
    {"channel-lifetime", "not there: RFC 8656 says it"},
    {"permission-lifetime", "not there: RFC 8656 says it"},
    {"cert", "tls.certificate, with its chain", CoturnRole::certificate},
    {"pkey", "tls.key", CoturnRole::key},
    {"pkey-pwd", "not there: tls.key has to be without a passphrase"},
    {"cipher-list", "not there: only ciphers with forward secrecy are offered"},
    {"dh-file", "not there"},
    {"dh566", "not there"},
    {"dh1066", "not there"},
    {"ec-curve-name", "not there"},
    {"CA-file", "not there: clients show no certificates"},
    {"no-tlsv1", "not needed: tls.min_version is 1.2 or 1.3"},
    {"no-tlsv1_1", "not needed: tls.min_version is 1.2 or 1.3"},
    {"no-tlsv1_2", "tls.min_version: \"1.3\"", CoturnRole::newest_tls_alone},
    {"no-stdout-log", "log.file"},
    {"log-file", "log.file"},
    {"syslog", "not there: systemd takes standard output"},
    {"simple-log", "not needed: log.file is one file"},
    {"new-log-timestamp", "not needed"},
    {"new-log-timestamp-format", "not needed"},
    {"log-binding", "not there"},
    {"alternate-server", "not there"},
    {"tls-alternate-server", "not there"},
    {"allow-loopback-peers", "peers.allow: [127.0.0.0/8, \"::1\"]", CoturnRole::loopback_peers},
    {"no-loopback-peers", "not needed: loopback is refused"},
    {"no-multicast-peers", "not needed: multicast is refused"},
    {"allowed-peer-ip", "peers.allow, a list of CIDR", CoturnRole::allowed_peers},
    {"denied-peer-ip", "peers.deny, a list of CIDR", CoturnRole::denied_peers},
    {"pidfile", "not there: systemd knows the process"},
    {"secure-stun", "not there"},
    {"mobility", "not there yet: mobility is for it"},
    {"keep-address-family", "not there"},
    {"allocation-default-address-family", "relay.default_family", CoturnRole::default_family},
    {"proc-user", "user, where root starts the server; or else User= of the systemd unit"},
    {"proc-group", "Group= of the systemd unit"},
    {"no-cli", "not needed: there is control.socket alone"},
    {"cli-ip", "control.socket"},
    {"cli-port", "control.socket"},
    {"cli-password", "not needed: control.socket is for the server's own user"},
    {"web-admin", "not there"},
    {"prometheus", "not needed: control.listen has GET /metrics"},
    {"prometheus-port", "control.listen"},
    {"server-relay", "not there"},
    {"no-rfc5780", "not needed"},
    {"rfc5780", "not there yet: nat_discovery.other_address is for it"},
    {"no-stun-backward-compatibility", "compat.rfc3489: false, which is the default"},
    {"stun-backward-compatibility", "compat.rfc3489", CoturnRole::old_stun},
    {"response-origin-only-with-rfc5780", "not needed"},
    {"no-software-attribute", "not needed"},
    {"software-attribute", "not there"},
    {"stun-only", "not needed: without credentials every Allocate is refused"},
    {"no-stun", "not there"},
    {"ne", "workers", CoturnRole::threads},
    {"daemon", "not there: systemd runs it"},
    {"max-allocate-timeout", "not there"},
    {"udp-self-balance", "not needed: each worker has sockets of its own"},
    {"cli-max-output-sessions", "not needed: there is control.socket alone"},
    {"web-admin-ip", "not there"},
    {"web-admin-port", "not there"},
    {"web-admin-listen-on-workers", "not there"},
    {"acme-redirect", "not there: http.acme_webroot answers by itself"},
    {"syslog-facility", "not there: systemd takes standard output"},
    {"no-sslv2", "not needed: tls.min_version is 1.2 or 1.3"},
    {"no-sslv3", "not needed: tls.min_version is 1.2 or 1.3"},
    {"dh2066", "not there"},
    {"secret-key-file", "not there"},
    {"prometheus-no-username-labels", "not needed: labels never name users"},
    {"prometheus-username-labels", "not there: labels never name users"},
    {"no-auth-pings", "not there"},
    {"no-dynamic-ip-list", "not there"},
    {"no-dynamic-realms", "not there"},
};

// coturn takes dashes; whoever moves to YAML or variables writes underscores.
std::string as_option(std::string_view name) {
  name.remove_prefix(std::min(name.find_first_not_of('-'), name.size()));
  if (const auto dot = name.rfind('.'); dot != name.npos) name.remove_prefix(dot + 1);
  std::string option(name);
  for (char& c : option) c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return option;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  text.remove_prefix(std::min(text.find_first_not_of(kSpace), text.size()));
  text.remove_suffix(text.size() - (text.find_last_not_of(kSpace) + 1));
  return text;
}

std::string_view unquoted(std::string_view value) {
  if (value.starts_with('"')) {
    value.remove_prefix(1);
    if (value.ends_with('"')) value.remove_suffix(1);
  }
  return value;
}

}  // namespace

const CoturnOption* find_coturn_option(std::string_view name) {
  const std::string wanted = as_option(name);
  const auto* found =
      std::ranges::find(kOptions, wanted, [](const CoturnOption& each) { return as_option(each.name); });
  return found == std::end(kOptions) ? nullptr : found;
}

std::vector<CoturnLine> coturn_lines(std::string_view text) {
  std::vector<CoturnLine> lines;
  for (int number = 1; !text.empty(); ++number) {
    const std::string_view whole = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(whole.size() + 1, text.size()));
    const std::string_view line = trimmed(whole);
    if (line.empty() || line.starts_with('#')) continue;
    const auto end = std::min(line.find_first_of("= \t:"), line.size());
    const auto value = std::min(line.find_first_not_of("= \t", end), line.size());
    lines.push_back(
        {number, line.substr(0, end), unquoted(line.substr(value)), end < line.size() && line[end] == ':'});
  }
  return lines;
}

}  // namespace turnpike::config
