// Values of what is served by name on a TLS listener: certificates, other TLS servers, HTTP servers behind
// it.
#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/config/config.hpp"

namespace turnpike::config {

// decode() throws BadValue, also for a name that is there twice when capitals and the dot at the end do not
// count. encode() writes what decode() reads back as the same value.

// "{NAME: {certificate: FILE, key: FILE}}"
void decode(const YAML::Node& node, CertificatesByName& out);
void encode(YAML::Emitter& out, const CertificatesByName& value);

// "{NAME: ADDRESS:PORT}"
void decode(const YAML::Node& node, ServersByName& out);
void encode(YAML::Emitter& out, const ServersByName& value);

// "ADDRESS:PORT" or "{HOST[/PREFIX]: ADDRESS:PORT}"
void decode(const YAML::Node& node, std::vector<HttpUpstream>& out);
void encode(YAML::Emitter& out, const std::vector<HttpUpstream>& value);

// The server of `passthrough` that clients go to who ask for this name, which is in the form of
// net::host_name_in(); none: they stay here. An exact name goes before a wildcard, whether it has a server or
// a certificate.
std::optional<Endpoint> server_for(const TlsConfig& tls, const std::string& name);

}  // namespace turnpike::config
