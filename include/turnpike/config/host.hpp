// Checks what a configuration needs of its host: files, folders, addresses. No port is bound and nothing is
// created, so the check can run beside a running server.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/base/time.hpp"
#include "turnpike/config/check.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/config/finding.hpp"

namespace turnpike::config {

// Names and expiry of a certificate.
struct CertificateSummary {
  std::vector<std::string> names;
  std::optional<UnixSeconds> expires_unix_s;
};

// The result of judge_files().
struct FilesReport {
  Findings findings;
  std::optional<CertificateSummary> certificate;      // nullopt: no TLS, or no readable certificate
  std::map<std::string, CertificateSummary> by_name;  // of tls.names, readable ones only
};

// Checks certificates, keys, the log and the folder of the control socket. An error prevents the start.
FilesReport judge_files(const Config& config, const Origins& origins, UnixSeconds now_unix_s);

// Returns whether a socket of this host can be bound to the address.
using HasAddress = std::function<bool(const IpAddress&)>;

// Returns an error for each listener or relay address that the host lacks; an error prevents the start.
Findings judge_addresses(const Config& config, const Origins& origins, const HasAddress& has);

// Returns warnings about relay addresses that an operator may not expect. `relays` are the addresses in
// force.
Findings judge_relays(const Config& config, const Origins& origins, const std::vector<IpAddress>& relays,
                      const HasAddress& has);

}  // namespace turnpike::config
