// Tables of the configuration's rules, by subject.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "turnpike/config/config.hpp"

namespace turnpike::config {

// A rule that a configuration must fulfil.
struct Rule {
  std::string_view key;
  std::string (*broken)(const Config&);        // returns the fault, "" if there is none
  std::array<std::string_view, 4> needs = {};  // other keys that must have been understood
};

// Returns the rules of listeners, relays, certificates and the control address, which share ports.
std::span<const Rule> address_rules();
// Returns the rules of the realm and of credentials.
std::span<const Rule> credential_rules();
// Returns the rules of LiveKit's part.
std::span<const Rule> livekit_rules();
// Returns the rules of the fleet; a broken one of fleet_warnings() is only a warning.
std::span<const Rule> fleet_rules();
std::span<const Rule> fleet_warnings();
// Returns the rules of certificates and servers by name.
std::span<const Rule> by_name_rules();
std::span<const Rule> by_name_warnings();

// Returns a warning if a listener for clients has the address of control.listen and the server can do
// without: the address is the default and serves only health and counts. Returns "" otherwise.
std::string warn_of_control(const Config& config);

}  // namespace turnpike::config
