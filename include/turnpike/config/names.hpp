// Host names in the places of addresses: which there are, and values with the addresses that they stand for.
#pragma once

#include <yaml-cpp/yaml.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "turnpike/config/check.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/config/finding.hpp"
#include "turnpike/config/found.hpp"
#include "turnpike/config/keys.hpp"

namespace turnpike::config {

inline constexpr std::size_t kNamesMax = 64;

// The name in "NAME", "NAME:PORT" or "NAME:FIRST-LAST". The last label of a name begins with a letter, so
// that no slip in an address becomes one. None: it is something else.
std::optional<std::string_view> name_in(std::string_view text);

// "HOST", "HOST:PORT" or "[IPV6]:PORT", whose host is a name or an address.
struct StunServer {
  std::string host;
  std::uint16_t port = 3478;

  static std::optional<StunServer> parse(std::string_view text);
  bool operator==(const StunServer&) const = default;
};

// Reads the value with the addresses that its names have by now, none for a name that is not in `found`, and
// notes a value with names in `config.named`. Throws BadValue about what was written, whatever was found.
void read_value(const Key& key, const YAML::Node& node, const Found& found, Config& config);

// All names in values of the configuration.
std::set<std::string> names_in(const Config& config);
bool has_names(const Config& config, std::string_view key);

// relay.external is `auto`.
bool asks_stun_servers(const Config& config);

// The same configuration with what was found by now: addresses of names, and pairs for `relay.external:
// auto`.
Config with_found(Config config, const Found& found);

// What was asked for and not found. peers.allow, relay.external, tls.passthrough and http.upstream are looked
// up again while the server runs, so that it may start before its SFU and what else stands behind it; other
// keys cannot be without their addresses.
Findings judge_found(const Config& config, const Origins& origins, const Found& found);

}  // namespace turnpike::config
