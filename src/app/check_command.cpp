#include "turnpike/app/check_command.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "turnpike/app/application.hpp"
#include "turnpike/base/address_map.hpp"
#include "turnpike/config/credentials.hpp"
#include "turnpike/config/host.hpp"
#include "turnpike/config/print.hpp"
#include "turnpike/config/relay_addresses.hpp"
#include "turnpike/config/rights.hpp"
#include "turnpike/net/interfaces.hpp"
#include "turnpike/net/tls_files.hpp"
#include "turnpike/worker/local_peers.hpp"

namespace turnpike::app {
namespace {

using config::Config;
using config::Finding;
using config::Findings;
using config::Loaded;
using config::Severity;

std::string sources_of(const Loaded& loaded) {
  std::string sources = loaded.file.empty() ? "flags, environment and defaults" : loaded.file;
  if (!loaded.config.livekit.config.empty())
    sources += fmt::format(", and LiveKit's {}", loaded.config.livekit.config);
  return sources;
}

std::string quota_text(std::uint32_t allocations) {
  return allocations == 0 ? "no limit of allocations" : fmt::format("at most {} allocations", allocations);
}

// Which names have which quota.
std::string quotas_text(const config::LimitsConfig& limits) {
  const std::uint32_t shared = limits.allocations_per_shared_user;
  if (shared == limits.allocations_per_user)
    return fmt::format("limits: each name has {}", quota_text(shared));
  return fmt::format(
      "limits: each user has {}; a name that many share (configured users, REST names without a user) has {}",
      quota_text(limits.allocations_per_user), quota_text(shared));
}

std::string print_understood(const Loaded& loaded) {
  std::string text = fmt::format("# understood, from {}:\n", sources_of(loaded));
  text += config::to_yaml(loaded.config, loaded.failed);
  text += fmt::format("# understood: {}\n", quotas_text(loaded.config.limits));
  for (const std::string& line : loaded.understood) text += fmt::format("# understood: {}\n", line);
  for (const std::string& line : loaded.ignored) text += fmt::format("# ignored: {}\n", line);
  return text;
}

// Whoever has no LiveKit keys in a file that was not read may yet have credentials.
bool may_have_credentials(const Loaded& loaded) {
  const auto& c = loaded.config.credentials;
  const bool has_some = !c.users.empty() || !c.user_keys.empty() || !c.rest_secrets.empty() ||
                        !c.livekit_keys.empty() || !loaded.config.fleet.secret.empty();
  return has_some || std::ranges::any_of(loaded.findings, [](const Finding& finding) {
           return finding.severity == Severity::error &&
                  (finding.key.empty() || finding.key == "livekit.config" ||
                   finding.key.starts_with("credentials.") || finding.key.starts_with("fleet.secret"));
         });
}

// As who is outside names them.
std::string names_of_relays(const std::vector<IpAddress>& relays, const AddressMap& external) {
  std::vector<std::string> names;
  for (const IpAddress& relay : relays) {
    const IpAddress outside = external.to_external(relay).plain();
    names.push_back(outside == relay
                        ? relay.to_string()
                        : fmt::format("{} (outside {})", relay.to_string(), outside.to_string()));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

template <class... Lists>
std::set<std::uint16_t> ports_of(const Lists&... lists) {
  std::set<std::uint16_t> ports;
  const auto add = [&](const std::vector<Endpoint>& list) {
    for (const Endpoint& endpoint : list) {
      if (net::scope_of(endpoint.address) != net::AddressScope::loopback) ports.insert(endpoint.port);
    }
  };
  (add(lists), ...);
  return ports;
}

std::string firewall(const Config& config) {
  std::vector<std::string> parts;
  const auto add = [&](std::string_view kind, const std::set<std::uint16_t>& ports) {
    if (!ports.empty()) parts.push_back(fmt::format("{} {}", kind, fmt::join(ports, ", ")));
  };
  add("UDP", ports_of(config.listen.udp));
  add("TCP", ports_of(config.listen.tcp, config.listen.tls));
  parts.push_back(fmt::format("UDP {}-{} for relays", config.relay.ports.min, config.relay.ports.max));
  return fmt::format("{}", fmt::join(parts, "; "));
}

std::vector<IpAddress> allowed_addresses(const Config& config) {
  std::vector<IpAddress> allowed = net::local_addresses();
  std::erase_if(allowed, [&](const IpAddress& address) {
    const auto names = [&](const turn::PeerRule& rule) { return rule.matches_address(address); };
    return std::ranges::none_of(config.peers.allow, names);
  });
  return allowed;
}

// What somebody with an SFU on this host may look for. Beside LiveKit its own media is allowed.
std::string own_addresses(const Config& config) {
  if (!config.livekit.config.empty()) return "";
  std::vector<std::string> refused;
  for (const IpAddress& address : net::local_addresses()) {
    const auto scope = net::scope_of(address);
    const bool is_reached = scope == net::AddressScope::global || scope == net::AddressScope::private_use;
    const auto names = [&](const turn::PeerRule& rule) { return rule.matches_address(address); };
    if (is_reached && std::ranges::none_of(config.peers.allow, names)) refused.push_back(address.to_string());
  }
  if (refused.empty()) return "";
  return fmt::format(
      "# no peers: {}, which this host has itself; for an SFU here give peers.allow: [{}:PORTS]\n",
      fmt::join(refused, ", "), refused.front());
}

// What names stood for when they were looked up.
std::string addresses_of_names(const config::Hosts& hosts) {
  std::vector<std::string> lines;
  for (const auto& [name, host] : hosts) {
    std::vector<std::string> addresses;
    for (const IpAddress& address : host.addresses) addresses.push_back(address.to_string());
    if (!addresses.empty()) lines.push_back(fmt::format("{} is {}", name, fmt::join(addresses, " and ")));
  }
  return lines.empty() ? "" : fmt::format("# names: {}\n", fmt::join(lines, ", "));
}

std::string tell_certificate(std::string_view what, const config::CertificateSummary& certificate,
                             UnixSeconds now) {
  const UnixSeconds expires = *certificate.expires_unix_s;
  const std::string date = net::date_of(expires);
  const std::string life = expires <= now ? fmt::format("expired {}", date)
                                          : fmt::format("expires {}, {}", date, net::in_days(expires - now));
  return fmt::format("# {}: {}; {}\n", what, fmt::join(certificate.names, ", "), life);
}

std::string summarize(const Config& config, const std::vector<IpAddress>& relays,
                      const config::FilesReport& files, UnixSeconds now, std::ptrdiff_t warnings) {
  std::string text = own_addresses(config);
  if (const auto allowed = allowed_addresses(config); !allowed.empty())
    text += worker::local_peers_text(allowed, worker::obstacle_to_local_peers(config.relay.engine));
  text += fmt::format("# relay addresses: {}\n", names_of_relays(relays, AddressMap(config.relay.external)));
  text += fmt::format("# open in the firewall: {}\n", firewall(config));
  if (files.certificate) text += tell_certificate("certificate", *files.certificate, now);
  for (const auto& [name, certificate] : files.by_name)
    text += tell_certificate("certificate for " + name, certificate, now);
  return text + fmt::format("# ok{}\n", warnings == 0   ? ""
                                        : warnings == 1 ? ", with one warning"
                                                        : fmt::format(", with {} warnings", warnings));
}

}  // namespace

CheckReport check(Loaded loaded, UnixSeconds now_unix_s) {
  CheckReport report{print_understood(loaded), {}, ""};
  const bool has_credentials = may_have_credentials(loaded);
  const auto relays = config::relay_addresses(loaded.config.relay);
  auto files = config::judge_files(loaded.config, loaded.origins, now_unix_s);
  report.findings = std::move(loaded.findings);
  append(report.findings, std::move(files.findings));
  append(report.findings, judge_rights(loaded.config, loaded.origins, loaded.file));
  append(report.findings, judge_addresses(loaded.config, loaded.origins, net::can_bind));
  append(report.findings, judge_relays(loaded.config, loaded.origins, relays, net::can_bind));
  if (!has_credentials)
    report.findings.push_back(
        {Severity::warning, "credentials", "credentials",
         "there are none, so nobody may allocate: give users, rest_secrets or livekit_keys"});
  if (config::first_error(report.findings) != nullptr) return report;
  const auto warnings = std::ranges::count(report.findings, Severity::warning, &Finding::severity);
  report.summary = addresses_of_names(loaded.found.hosts);
  report.summary += summarize(loaded.config, relays, files, now_unix_s, warnings);
  return report;
}

int print(const CheckReport& report) {
  fmt::print("{}", report.understood);
  std::fflush(stdout);  // before the other stream goes on
  for (const Severity severity : {Severity::warning, Severity::error}) {
    for (const Finding& finding : report.findings) {
      if (finding.severity == severity)
        fmt::print(stderr, "turnpike: {}: {}\n", severity == Severity::error ? "error" : "warning",
                   finding.line());
    }
  }
  const auto errors = std::ranges::count(report.findings, Severity::error, &Finding::severity);
  if (errors != 0)
    fmt::print(stderr, "turnpike: {} error{}: the server would not start\n", errors, errors == 1 ? "" : "s");
  fmt::print("{}", report.summary);
  return config::first_error(report.findings) == nullptr ? kExitOk : kExitBadConfig;
}

}  // namespace turnpike::app
