// Converts YAML nodes of LiveKit's configuration file into typed values, as LiveKit reads them.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "turnpike/auth/secrets.hpp"
#include "turnpike/base/endpoint.hpp"
#include "turnpike/turn/port_pool.hpp"
#include "turnpike/yaml/error.hpp"

namespace turnpike::livekit {

using yaml::BadValue;

// Convert a node. They leave `out` unchanged if nothing was written, and throw BadValue, whose text never
// holds a secret. Numbers may be written as in Go: 30_000 or 0x7530.
void decode(const YAML::Node& node, std::string& out);
void decode(const YAML::Node& node, bool& out);
void decode(const YAML::Node& node, std::int64_t& out);
void decode(const YAML::Node& node, std::uint32_t& out);
void decode(const YAML::Node& node, std::uint16_t& out);  // a port; 0 is none
void decode(const YAML::Node& node, IpPrefix& out);
// Takes tls and udp; anything else is tcp, as in LiveKit.
void decode(const YAML::Node& node, Transport& out);
void decode(const YAML::Node& node,
            std::optional<turn::PortRange>& out);  // "7882" or "7882-7892"; "0" is none
// Takes "IPv4", "IPv6" or "IPv4,IPv6": at most one address of each family. Fails as decode() does.
void decode_node_ip(const YAML::Node& node, std::vector<IpAddress>& out);

// Faults of a value; for a list or a map, those of each item.
using Problems = std::vector<BadValue>;

// Decodes a value, but collects faults in place of throwing; sound items of a list are taken.
template <class T>
void decode_all(const YAML::Node& node, T& out, Problems& problems) {
  try {
    decode(node, out);
  } catch (const BadValue& bad) {
    problems.push_back(bad);
  }
}
template <class T>
void decode_all(const YAML::Node& node, std::vector<T>& out, Problems& problems) {
  if (node.IsNull()) return;
  if (!node.IsSequence()) {
    problems.emplace_back(node, "must be a list");
    return;
  }
  out.clear();
  for (const YAML::Node& item : node) {
    const std::size_t before = problems.size();
    T value{};
    decode_all(item, value, problems);
    if (problems.size() == before) out.push_back(std::move(value));
  }
}
// Decodes a map of API keys to their secrets.
void decode_all(const YAML::Node& node, auth::Secrets& out, Problems& problems);

}  // namespace turnpike::livekit
