// Values of LiveKit's configuration file: YAML nodes into types, as LiveKit reads them.
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
// "IPv4", "IPv6" or "IPv4,IPv6": at most one of each family.
void decode_node_ip(const YAML::Node& node, std::vector<IpAddress>& out);

// What is wrong with a value; of a list or a map, with each item of it.
using Problems = std::vector<BadValue>;

// decode(), but what is wrong is noted, and what is not is taken.
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
// API keys and their secrets.
void decode_all(const YAML::Node& node, auth::Secrets& out, Problems& problems);

}  // namespace turnpike::livekit
