// YAML forms of what TLS listeners serve by name: certificates, other TLS servers and HTTP servers behind
// this one.
#pragma once

#include <yaml-cpp/yaml.h>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/config/config.hpp"

namespace turnpike::config {

// decode() reads and encode() writes a value; decode() reads back what encode() writes. decode() throws
// BadValue, also if a name appears twice, where capitals and a final dot do not count.

// Form: "{NAME: {certificate: FILE, key: FILE}}".
void decode(const YAML::Node& node, CertificatesByName& out);
void encode(YAML::Emitter& out, const CertificatesByName& value);

// Form: "{NAME: ADDRESS:PORT}".
void decode(const YAML::Node& node, ServersByName& out);
void encode(YAML::Emitter& out, const ServersByName& value);

// Form: "ADDRESS:PORT" or "{HOST[/PREFIX]: ADDRESS:PORT}".
void decode(const YAML::Node& node, std::vector<HttpUpstream>& out);
void encode(YAML::Emitter& out, const std::vector<HttpUpstream>& value);

// Returns the server of `passthrough` for a client that asks for `name`, which must be in the form of
// net::host_name_in(); nullopt: TLS ends in this process. An exact name beats a wildcard, whether it has a
// server or a certificate.
std::optional<Endpoint> server_for(const TlsConfig& tls, const std::string& name);

}  // namespace turnpike::config
