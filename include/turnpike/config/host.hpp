// What a configuration asks of its host: files, folders, addresses. It is judged without binding a port or
// making anything, so also beside a server that runs.
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

// Of a certificate that is served.
struct CertificateSummary {
  std::vector<std::string> names;
  std::optional<UnixSeconds> expires_unix_s;
};

struct FilesReport {
  Findings findings;
  std::optional<CertificateSummary> certificate;      // none: no TLS, or no certificate that can be read
  std::map<std::string, CertificateSummary> by_name;  // those of tls.names that can be read
};

// Certificates, keys, the log and the folder of the control socket. An error here stops a start.
FilesReport judge_files(const Config& config, const Origins& origins, UnixSeconds now_unix_s);

// Whether a socket of this host may have the address.
using HasAddress = std::function<bool(const IpAddress&)>;

// Addresses of listeners and relays that the host lacks are errors, which stop a start.
Findings judge_addresses(const Config& config, const Origins& origins, const HasAddress& has);

// Which addresses relays get, and why they are not what somebody may expect. `relays`: those in force.
Findings judge_relays(const Config& config, const Origins& origins, const std::vector<IpAddress>& relays,
                      const HasAddress& has);

}  // namespace turnpike::config
