// Converts values of the configuration between YAML nodes and types.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "turnpike/config/config.hpp"
#include "turnpike/yaml/error.hpp"

namespace turnpike::config {

inline constexpr std::uint32_t kWorkersMax = 1024;

using yaml::BadValue;

// Returns whether the node is null or an empty text. Both switch a list, a map, a path or an address off.
bool is_off(const YAML::Node& node);

// Calls `add` with name and value of each pair of a map. Throws BadValue if a name appears twice, which
// yaml-cpp does not notice.
using Pair = std::function<void(const YAML::Node& name, const YAML::Node& value)>;
void decode_pairs(const YAML::Node& node, const Pair& add);

// decode() reads a node into `out`. Throws BadValue, whose message contains no passwords.
void decode(const YAML::Node& node, std::string& out);
void decode(const YAML::Node& node, bool& out);
void decode(const YAML::Node& node, std::uint32_t& out);
void decode(const YAML::Node& node, std::uint64_t& out);
void decode(const YAML::Node& node, double& out);                 // finite
void decode_workers(const YAML::Node& node, std::uint32_t& out);  // "auto" is 0
void decode(const YAML::Node& node, IpAddress& out);
void decode(const YAML::Node& node, IpPrefix& out);
void decode(const YAML::Node& node, Endpoint& out);  // port 0 is refused
void decode(const YAML::Node& node, std::optional<Endpoint>& out);
void decode(const YAML::Node& node, turn::PortRange& out);  // "443" or "50000-60000"
void decode(const YAML::Node& node,
            turn::PeerRule& out);  // "10.0.0.0/8", "10.0.0.0/8:443", "[2001:db8::/32]:50000-60000"
void decode(const YAML::Node& node, turn::CheckExpiry& out);
void decode(const YAML::Node& node, Engine& out);
void decode(const YAML::Node& node, std::optional<Family>& out);
void decode(const YAML::Node& node, TlsVersion& out);
void decode(const YAML::Node& node, log::Level& out);
void decode(const YAML::Node& node, log::Format& out);
void decode(const YAML::Node& node, auth::Secrets& out);
void decode(const YAML::Node& node, AddressMap::Pairs& out);
void decode(const YAML::Node& node, RegionsByPrefix& out);

// Reads a list; a single value is a list of one.
template <class T>
void decode(const YAML::Node& node, std::vector<T>& out) {
  out.clear();
  if (is_off(node)) return;
  if (node.IsMap()) throw BadValue(node, "must be a list");
  if (node.IsScalar()) return decode(node, out.emplace_back());
  for (const auto& item : node) decode(item, out.emplace_back());
}

// encode() writes a value on one line so that decode() reads it back as the same value.
void encode(YAML::Emitter& out, const std::string& value);
void encode(YAML::Emitter& out, bool value);
void encode(YAML::Emitter& out, std::uint32_t value);
void encode(YAML::Emitter& out, std::uint64_t value);
void encode(YAML::Emitter& out, double value);
void encode_workers(YAML::Emitter& out, std::uint32_t value);
void encode(YAML::Emitter& out, const IpAddress& value);
void encode(YAML::Emitter& out, const IpPrefix& value);
void encode(YAML::Emitter& out, const Endpoint& value);
void encode(YAML::Emitter& out, const std::optional<Endpoint>& value);
void encode(YAML::Emitter& out, const turn::PortRange& value);
void encode(YAML::Emitter& out, const turn::PeerRule& value);
void encode(YAML::Emitter& out, turn::CheckExpiry value);
void encode(YAML::Emitter& out, Engine value);
void encode(YAML::Emitter& out, std::optional<Family> value);
void encode(YAML::Emitter& out, TlsVersion value);
void encode(YAML::Emitter& out, log::Level value);
void encode(YAML::Emitter& out, log::Format value);
void encode(YAML::Emitter& out, const auth::Secrets& value);
void encode(YAML::Emitter& out, const AddressMap::Pairs& value);
void encode(YAML::Emitter& out, const RegionsByPrefix& value);

template <class T>
void encode(YAML::Emitter& out, const std::vector<T>& value) {
  out << YAML::Flow << YAML::BeginSeq;
  for (const T& item : value) encode(out, item);
  out << YAML::EndSeq;
}

}  // namespace turnpike::config
