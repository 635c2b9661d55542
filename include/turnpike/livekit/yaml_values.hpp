// Values of LiveKit's configuration file: YAML nodes into types, as LiveKit reads them.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/auth/secrets.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/turn/port_pool.hpp"
#include "turnpike/yaml/error.hpp"

namespace turnpike::livekit {

using yaml::BadValue;

// decode() leaves `out` as it is where nothing was written for it, and throws BadValue, without the text of
// secrets. Numbers are written as Go takes them, 30_000 as well as 0x7530.
void decode(const YAML::Node& node, std::string& out);
void decode(const YAML::Node& node, bool& out);
void decode(const YAML::Node& node, std::int64_t& out);
void decode(const YAML::Node& node, std::uint32_t& out);
void decode(const YAML::Node& node, std::uint16_t& out);  // a port; 0 is none
void decode(const YAML::Node& node, IpPrefix& out);
void decode(const YAML::Node& node, Transport& out);  // tls, udp; anything else is tcp, as for LiveKit
void decode(const YAML::Node& node,
            std::optional<turn::PortRange>& out);  // "7882" or "7882-7892"; "0" is none
void decode(const YAML::Node& node, auth::Secrets& out);
// "IPv4", "IPv6" or "IPv4,IPv6": at most one of each family.
void decode_node_ip(const YAML::Node& node, std::vector<IpAddress>& out);

template <class T>
void decode(const YAML::Node& node, std::vector<T>& out) {
  if (node.IsNull()) return;
  if (!node.IsSequence()) throw BadValue(node, "must be a list");
  out.clear();
  for (const auto& item : node) decode(item, out.emplace_back());
}

}  // namespace turnpike::livekit
