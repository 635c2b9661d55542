#include "turnpike/config/coturn.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cctype>
#include <cstdint>
#include <optional>
#include <vector>

#include "turnpike/base/bytes.hpp"
#include "turnpike/base/endpoint.hpp"

namespace turnpike::config {
namespace {

struct Option {
  std::string_view name;
  std::string_view here;
};
// In the order of coturn's own file. What is not here at all says why.
constexpr Option kOptions[] = {
    {"listening-device", "the addresses of listen.udp and listen.tcp"},
    {"listening-port", "the port of listen.udp and listen.tcp, such as [\"0.0.0.0:3478\", \"[::]:3478\"]"},
    {"tls-listening-port", "the port of listen.tls, such as [\"0.0.0.0:5349\", \"[::]:5349\"]"},
    {"alt-listening-port", "nat_discovery.other_address"},
    {"alt-tls-listening-port", "nat_discovery.other_address"},
    {"tcp-proxy-port", "listen.proxy_protocol, for the ports of listen.tcp and listen.tls"},
    {"listening-ip", "the address of listen.udp, listen.tcp and listen.tls"},
    {"aux-server", "one more address of listen.udp and listen.tcp"},
    {"relay-device", "relay.addresses"},
    {"relay-ip", "relay.addresses"},
    {"external-ip", "relay.external, a map {LOCAL: PUBLIC}"},
    {"relay-threads", "workers"},
    {"min-port", "the first of relay.ports, FIRST-LAST"},
    {"max-port", "the last of relay.ports, FIRST-LAST"},
    {"verbose", "log.level: debug"},
    {"fingerprint", "not needed: a FINGERPRINT is answered with one"},
    {"lt-cred-mech", "not needed: give credentials.users or credentials.rest_secrets"},
    {"no-auth", "not possible: every client needs credentials"},
    {"use-auth-secret", "not needed: give credentials.rest_secrets"},
    {"static-auth-secret", "credentials.rest_secrets"},
    {"rest-api-separator", "not there: names are EXPIRY:USER"},
    {"server-name", "realm"},
    {"user", "credentials.users, a map {NAME: PASSWORD}, or credentials.user_keys, {NAME: KEY}, for 0x keys"},
    {"userdb", "not there: give credentials.users_file"},
    {"psql-userdb", "not there: give credentials.users_file"},
    {"mysql-userdb", "not there: give credentials.users_file"},
    {"mongo-userdb", "not there: give credentials.users_file"},
    {"redis-userdb", "not there: give credentials.users_file"},
    {"redis-statsdb", "not there: the log and GET /rooms tell who relays how much"},
    {"realm", "realm"},
    {"oauth", "not there"},
    {"check-origin-consistency", "not there"},
    {"user-quota", "limits.allocations_per_user"},
    {"total-quota", "limits.allocations"},
    {"max-bps", "limits.bytes_per_second_per_user"},
    {"bps-capacity", "not there: see limits.bytes_per_second_per_user and limits.bytes_per_second_per_room"},
    {"no-udp", "listen.udp: []"},
    {"no-tcp", "listen.tcp: []"},
    {"no-tls", "listen.tls: [], which is the default"},
    {"no-dtls", "listen.dtls: [], which is the default"},
    {"no-udp-relay", "not possible: relays are over UDP"},
    {"no-tcp-relay", "relay.tcp: false, which is the default"},
    {"stale-nonce", "nonce_life_s"},
    {"max-allocate-lifetime", "limits.lifetime_max_s"},
    {"channel-lifetime", "not there: RFC 8656 says it"},
    {"permission-lifetime", "not there: RFC 8656 says it"},
    {"cert", "tls.certificate, with its chain"},
    {"pkey", "tls.key"},
    {"pkey-pwd", "not there: tls.key has to be without a passphrase"},
    {"cipher-list", "not there: only ciphers with forward secrecy are offered"},
    {"dh-file", "not there"},
    {"dh566", "not there"},
    {"dh1066", "not there"},
    {"ec-curve-name", "not there"},
    {"CA-file", "not there: clients show no certificates"},
    {"no-tlsv1", "not needed: tls.min_version is 1.2 or 1.3"},
    {"no-tlsv1_1", "not needed: tls.min_version is 1.2 or 1.3"},
    {"no-tlsv1_2", "tls.min_version: \"1.3\""},
    {"no-stdout-log", "log.file"},
    {"log-file", "log.file"},
    {"syslog", "not there: systemd takes standard output"},
    {"simple-log", "not needed: log.file is one file"},
    {"new-log-timestamp", "not needed"},
    {"new-log-timestamp-format", "not needed"},
    {"log-binding", "not there"},
    {"alternate-server", "not there"},
    {"tls-alternate-server", "not there"},
    {"allow-loopback-peers", "peers.allow: [127.0.0.0/8, \"::1\"]"},
    {"no-loopback-peers", "not needed: loopback is refused"},
    {"no-multicast-peers", "not needed: multicast is refused"},
    {"allowed-peer-ip", "peers.allow, a list of CIDR"},
    {"denied-peer-ip", "peers.deny, a list of CIDR"},
    {"pidfile", "not there: systemd knows the process"},
    {"secure-stun", "not there"},
    {"mobility", "mobility"},
    {"keep-address-family", "not there"},
    {"allocation-default-address-family", "not there"},
    {"proc-user", "User= of the systemd unit"},
    {"proc-group", "Group= of the systemd unit"},
    {"no-cli", "not needed: there is control.socket alone"},
    {"cli-ip", "control.socket"},
    {"cli-port", "control.socket"},
    {"cli-password", "not needed: control.socket is for the server's own user"},
    {"web-admin", "not there"},
    {"prometheus", "not there yet"},
    {"prometheus-port", "not there yet"},
    {"server-relay", "not there"},
    {"no-rfc5780", "not needed"},
    {"rfc5780", "nat_discovery.other_address"},
    {"no-stun-backward-compatibility", "compat.rfc3489: false, which is the default"},
    {"stun-backward-compatibility", "compat.rfc3489"},
    {"response-origin-only-with-rfc5780", "not needed"},
    {"no-software-attribute", "not needed"},
    {"software-attribute", "not there"},
    {"stun-only", "not needed: without credentials every Allocate is refused"},
    {"no-stun", "not there"},
    {"ne", "workers"},
    {"daemon", "not there: systemd runs it"},
    {"max-allocate-timeout", "not there"},
};

// coturn takes dashes; whoever moves to YAML or variables writes underscores.
std::string as_option(std::string_view name) {
  name.remove_prefix(std::min(name.find_first_not_of('-'), name.size()));
  if (const auto dot = name.rfind('.'); dot != name.npos) name.remove_prefix(dot + 1);
  std::string option(name);
  for (char& c : option) c = c == '_' ? '-' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return option;
}

const Option* find_option(std::string_view name) {
  const std::string wanted = as_option(name);
  const auto* found =
      std::ranges::find(kOptions, wanted, [](const Option& each) { return as_option(each.name); });
  return found == std::end(kOptions) ? nullptr : found;
}

struct Line {
  int number;
  std::string_view option;
  bool has_yaml;  // a colon where YAML would have it
};

std::vector<Line> lines_of(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  std::vector<Line> lines;
  for (int number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    line.remove_prefix(std::min(line.find_first_not_of(kSpace), line.size()));
    line.remove_suffix(line.size() - (line.find_last_not_of(kSpace) + 1));
    if (line.empty() || line.starts_with('#')) continue;
    const auto end = line.find_first_of("= \t:");
    lines.push_back({number, line.substr(0, end), end != line.npos && line[end] == ':'});
  }
  return lines;
}

// The prefixes that cover a range of addresses exactly, the fewest of them.
std::vector<std::string> prefixes_of(const IpAddress& first, const IpAddress& last) {
  std::vector<std::string> prefixes;
  if (!first.is_v4() || !last.is_v4()) return prefixes;
  std::uint64_t at = load_be32(first.wire().data());
  const std::uint64_t end = std::uint64_t{load_be32(last.wire().data())} + 1;
  while (at < end) {
    const int aligned = at == 0 ? 32 : std::countr_zero(at);
    const int fitting = std::bit_width(end - at) - 1;
    const int host_bits = std::min({aligned, fitting, 32});
    const auto address = static_cast<std::uint32_t>(at);
    prefixes.push_back(fmt::format("{}.{}.{}.{}/{}", address >> 24, (address >> 16) & 255,
                                   (address >> 8) & 255, address & 255, 32 - host_bits));
    at += std::uint64_t{1} << host_bits;
  }
  return prefixes;
}

std::string range_hint(std::string_view value) {
  constexpr std::size_t kPrefixesMax = 8;
  const auto dash = value.find('-');
  if (dash == value.npos) return "";
  const auto first = IpAddress::parse(value.substr(0, dash));
  const auto last = IpAddress::parse(value.substr(dash + 1));
  if (!first || !last || first->family() != last->family()) return "";
  const auto prefixes = prefixes_of(*first, *last);
  if (prefixes.empty() || prefixes.size() > kPrefixesMax)
    return "; a range of addresses, as coturn takes it, has to be written as prefixes";
  return fmt::format("; coturn's range is here {}", fmt::join(prefixes, ", "));
}

std::string external_hint(std::string_view value) {
  const auto slash = value.find('/');
  const auto external = IpAddress::parse(value.substr(0, slash));
  if (!external) return "";
  const auto local = slash == value.npos ? std::nullopt : IpAddress::parse(value.substr(slash + 1));
  return fmt::format("; write {{{}: {}}}, the local address first", local ? local->to_string() : "LOCAL",
                     external->to_string());
}

}  // namespace

std::string coturn_hint(std::string_view name) {
  const Option* const option = find_option(name);
  if (option == nullptr) return "";
  const bool is_absent = option->here.starts_with("not ");
  return fmt::format("coturn's option, which {}{}", is_absent ? "is " : "here is ", option->here);
}

bool is_coturn_file(std::string_view text) {
  const auto lines = lines_of(text);
  const auto is_known = [](const Line& line) {
    return !line.has_yaml && find_option(line.option) != nullptr;
  };
  return !lines.empty() && std::ranges::any_of(lines, is_known) &&
         std::ranges::none_of(lines, &Line::has_yaml);
}

Findings explain_coturn_file(std::string_view text, const std::string& path) {
  Findings findings{{Severity::error, "", path,
                     "is coturn's file; here it is YAML, as in conf/turnpike.yaml, and has other keys"}};
  for (const Line& line : lines_of(text)) {
    const std::string hint = coturn_hint(line.option);
    findings.push_back({Severity::error, "", fmt::format("{}:{}: {}", path, line.number, line.option),
                        hint.empty() ? "not known here" : hint});
  }
  return findings;
}

std::string coturn_value_hint(std::string_view key, std::string_view value) {
  if (key == "peers.allow" || key == "peers.deny" || key == "listen.proxy_protocol") return range_hint(value);
  if (key == "relay.external") return external_hint(value);
  if ((key == "credentials.users" || key == "credentials.user_keys") && value.find(':') != value.npos)
    return "; coturn's name:password is here {name: password}";
  if (key.starts_with("listen.") && !value.empty() &&
      std::ranges::all_of(value, [](unsigned char c) { return std::isdigit(c) != 0; }))
    return fmt::format("; a port alone is [\"0.0.0.0:{0}\", \"[::]:{0}\"]", value);
  return "";
}

bool is_hashed_password(std::string_view password) {
  constexpr std::size_t kDigits = 32;
  return password.size() == kDigits + 2 && (password.starts_with("0x") || password.starts_with("0X")) &&
         std::ranges::all_of(password.substr(2), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

}  // namespace turnpike::config
