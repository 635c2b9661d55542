#include "turnpike/config/host.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "turnpike/base/address_map.hpp"
#include "turnpike/config/by_name.hpp"
#include "turnpike/log/output.hpp"
#include "turnpike/net/certificate.hpp"
#include "turnpike/net/dns_name.hpp"
#include "turnpike/net/interfaces.hpp"
#include "turnpike/net/sockaddr.hpp"
#include "turnpike/net/tls_files.hpp"

namespace turnpike::config {
namespace {

class Notes {
 public:
  explicit Notes(const Origins& origins) : origins_(origins) {}
  void error(std::string_view key, std::string text) { add(Severity::error, key, std::move(text)); }
  void warning(std::string_view key, std::string text) { add(Severity::warning, key, std::move(text)); }
  Findings take() { return std::move(findings_); }

 private:
  void add(Severity severity, std::string_view key, std::string text) {
    findings_.push_back({severity, std::string(key), place_of(key, origins_), std::move(text)});
  }

  const Origins& origins_;
  Findings findings_;
};

// "turns:HOST:PORT?transport=tcp" -> "HOST"; empty: another scheme.
std::string_view host_of_turns(std::string_view uri) {
  constexpr std::string_view kScheme = "turns:";
  if (!uri.starts_with(kScheme)) return {};
  uri.remove_prefix(kScheme.size());
  uri = uri.substr(0, uri.find('?'));
  if (uri.starts_with('[')) return uri.substr(1, uri.find(']') - 1);
  return uri.substr(0, uri.find(':'));
}

net::TlsFilesReport examine(const std::string& certificate, const std::string& key, TlsVersion min_version,
                            UnixSeconds now_unix_s) {
  return net::examine({certificate, key, min_version == TlsVersion::tls1_3 ? "1.3" : "1.2"}, now_unix_s);
}

CertificateSummary judge_certificate(const Config& config, UnixSeconds now_unix_s, Notes& notes) {
  const auto report = examine(config.tls.certificate, config.tls.key, config.tls.min_version, now_unix_s);
  const auto key_of = [](const net::TlsFileNote& note) {
    return note.is_about_key ? "tls.key" : "tls.certificate";
  };
  for (const net::TlsFileNote& note : report.faults) notes.error(key_of(note), note.text);
  for (const net::TlsFileNote& note : report.warnings) notes.warning(key_of(note), note.text);
  for (const std::string& uri : config.livekit.ice_urls) {
    const std::string_view host = host_of_turns(uri);
    if (host.empty() || report.names.empty() || net::covers(report.names, host)) continue;
    notes.warning("tls.certificate",
                  fmt::format("{}: is for {}, but clients are sent to {}", config.tls.certificate,
                              fmt::join(report.names, ", "), host));
  }
  return {report.names, report.expires_unix_s};
}

// Names that are here for TURN, and yet are sent elsewhere.
void judge_passthrough(const Config& config, const std::vector<std::string>& names_of_certificate,
                       Notes& notes) {
  constexpr std::string_view kKey = "tls.passthrough";
  for (const std::string& uri : config.livekit.ice_urls) {
    const auto host = net::host_name_in(host_of_turns(uri));
    if (const auto server = host ? server_for(config.tls, *host) : std::nullopt)
      notes.warning(kKey, fmt::format("{} leads to {}, but clients are sent to that name for TURN", *host,
                                      server->to_string()));
  }
  for (const std::string& name : names_of_certificate) {
    const auto host = net::host_name_in(name);
    if (!host || config.tls.passthrough.contains(*host)) continue;
    if (const auto server = server_for(config.tls, *host))
      notes.warning(kKey, fmt::format("{} leads to {} by a wildcard, but tls.certificate is for that name; "
                                      "what is in tls.names stays here",
                                      *host, server->to_string()));
  }
}

CertificateSummary judge_certificate_of(const std::string& name, const Config& config, UnixSeconds now_unix_s,
                                        Notes& notes) {
  constexpr std::string_view kKey = "tls.names";
  const CertificateFiles& files = config.tls.names.at(name);
  const auto report = examine(files.certificate, files.key, config.tls.min_version, now_unix_s);
  for (const net::TlsFileNote& note : report.faults)
    notes.error(kKey, fmt::format("{}: {}", name, note.text));
  for (const net::TlsFileNote& note : report.warnings)
    notes.warning(kKey, fmt::format("{}: {}", name, note.text));
  if (!report.names.empty() && !net::covers(report.names, name))
    notes.warning(kKey,
                  fmt::format("{}: {}: is for {}", name, files.certificate, fmt::join(report.names, ", ")));
  return {report.names, report.expires_unix_s};
}

void judge_webroot(const std::string& folder, Notes& notes) {
  std::error_code ignored;
  if (!folder.empty() && !std::filesystem::is_directory(folder, ignored))
    notes.warning("http.acme_webroot", fmt::format("{}: is no folder that can be read", folder));
}

void judge_socket(const Config& config, Notes& notes) {
  const std::string& socket = config.control.socket;
  if (socket.empty() || socket == ControlConfig{}.socket) return;  // the default may be left out
  const auto folder = std::filesystem::absolute(socket).parent_path();
  auto there = folder;
  std::error_code ignored;
  while (!std::filesystem::exists(there, ignored) && there != there.parent_path())
    there = there.parent_path();
  const bool is_folder = std::filesystem::is_directory(there, ignored);
  if (is_folder && (there == folder || ::faccessat(AT_FDCWD, there.c_str(), W_OK | X_OK, AT_EACCESS) == 0))
    return;
  notes.error("control.socket",
              fmt::format("{}: the folder {} does not exist and cannot be made", socket, folder.string()));
}

// What 1:1 NAT may have to do with an address that is not here.
std::string not_here(const IpAddress& address, const RelayConfig& relay) {
  const IpAddress local = AddressMap(relay.external).to_local(ExternalAddress(address));
  if (local != address)
    return fmt::format("this host does not have it, but {}, as relay.external says", local.to_string());
  return "this host does not have it; behind 1:1 NAT relay.external says which one it has instead";
}

bool is_private(const IpAddress& address) { return net::scope_of(address) == net::AddressScope::private_use; }

}  // namespace

FilesReport judge_files(const Config& config, const Origins& origins, UnixSeconds now_unix_s) {
  Notes notes(origins);
  FilesReport report;
  if (!config.listen.tls.empty() && !config.tls.certificate.empty() && !config.tls.key.empty()) {
    auto certificate = judge_certificate(config, now_unix_s, notes);
    judge_passthrough(config, certificate.names, notes);
    if (!certificate.names.empty()) report.certificate = std::move(certificate);
    for (const auto& [name, files] : config.tls.names) {
      auto named = judge_certificate_of(name, config, now_unix_s, notes);
      if (!named.names.empty()) report.by_name.emplace(name, std::move(named));
    }
  }
  judge_webroot(config.http.acme_webroot, notes);
  judge_socket(config, notes);
  if (!config.log.file.empty()) {
    if (auto obstacle = log::Output::obstacle(config.log.file); !obstacle.empty())
      notes.error("log.file", std::move(obstacle));
  }
  report.findings = notes.take();
  return report;
}

Findings judge_addresses(const Config& config, const Origins& origins, const HasAddress& has) {
  Notes notes(origins);
  const auto judge = [&](std::string_view key, const IpAddress& address, const std::string& name) {
    if (!net::is_wildcard(address) && !has(address))
      notes.error(key, fmt::format("{}: {}", name, not_here(address, config.relay)));
  };
  for (const auto& [key, listeners] : {std::pair{"listen.udp", &config.listen.udp},
                                       {"listen.tcp", &config.listen.tcp},
                                       {"listen.tls", &config.listen.tls}}) {
    for (const Endpoint& listener : *listeners) judge(key, listener.address, listener.to_string());
  }
  for (const IpAddress& address : config.relay.addresses)
    judge("relay.addresses", address, address.to_string());
  if (config.control.listen)
    judge("control.listen", config.control.listen->address, config.control.listen->to_string());
  return notes.take();
}

Findings judge_relays(const Config& config, const Origins& origins, const std::vector<IpAddress>& relays,
                      const HasAddress& has) {
  Notes notes(origins);
  const AddressMap external(config.relay.external);
  for (const IpAddress& relay : relays) {
    if (is_private(relay) && external.to_external(relay).plain() == relay)
      notes.warning(
          "relay.addresses",
          fmt::format("{} is private, so peers elsewhere do not reach it; behind 1:1 NAT give relay.external",
                      relay.to_string()));
    if (net::scope_of(relay) == net::AddressScope::loopback)
      notes.warning("relay.addresses", fmt::format("{} is reached from this host alone", relay.to_string()));
  }
  for (const auto& [local, mapped] : config.relay.external) {
    const IpAddress& outside = mapped.plain();
    if (std::ranges::find(relays, local) != relays.end()) continue;
    if (has(outside) && !has(local)) {
      notes.warning(
          "relay.external",
          fmt::format("{{{0}: {1}}} is the wrong way round: this host has {1}; the local address comes first",
                      local.to_string(), outside.to_string()));
    } else {
      notes.warning("relay.external",
                    fmt::format("{} is no relay address; it may be that of a peer behind the same NAT",
                                local.to_string()));
    }
  }
  return notes.take();
}

}  // namespace turnpike::config
