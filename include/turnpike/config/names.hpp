// Host names in place of addresses: finds them in values, and reads values with the addresses found for them.
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

// Host names that a configuration may have.
inline constexpr std::size_t kNamesMax = 64;

// Returns the host name in "NAME", "NAME:PORT" or "NAME:FIRST-LAST"; nullopt if the text has another form.
// The last label of a name must begin with a letter, so that a mistyped address is not taken for a name.
std::optional<std::string_view> name_in(std::string_view text);

// A STUN server, written "HOST", "HOST:PORT" or "[IPV6]:PORT", where HOST is a name or an address.
struct StunServer {
  std::string host;
  std::uint16_t port = 3478;

  // Returns nullopt if the text has another form.
  static std::optional<StunServer> parse(std::string_view text);
  bool operator==(const StunServer&) const = default;
};

// Reads a value with the addresses of its names, none for a name that is not in `found`, and notes a value
// with names in `config.named`. Throws BadValue about the text as written, whatever was found.
void read_value(const Key& key, const YAML::Node& node, const Found& found, Config& config);

// Returns all host names in values of the configuration.
std::set<std::string> names_in(const Config& config);
// Returns whether the value of this key has host names.
bool has_names(const Config& config, std::string_view key);

// Returns whether STUN servers must be asked: relay.external is `auto`.
bool asks_stun_servers(const Config& config);

// Returns the configuration with the current answers: addresses of names, and pairs for `relay.external:
// auto`.
Config with_found(Config config, const Found& found);

// Returns findings about names and public addresses that were looked up but not found. For peers.allow,
// relay.external, tls.passthrough and http.upstream these are warnings, because the running server looks them
// up again, so that it can start before its SFU. For other keys they are errors.
Findings judge_found(const Config& config, const Origins& origins, const Found& found);

}  // namespace turnpike::config
