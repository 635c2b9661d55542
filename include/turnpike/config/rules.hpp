// The rules of the configuration as tables, by what they are about.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "turnpike/config/config.hpp"

namespace turnpike::config {

struct Rule {
  std::string_view key;
  std::string (*broken)(const Config&);        // what is wrong; empty if all is well
  std::array<std::string_view, 4> needs = {};  // further keys that must have been understood
};

// Of listeners, relays, certificates and the control address, which share ports.
std::span<const Rule> address_rules();
// Of the realm and whoever may allocate.
std::span<const Rule> credential_rules();
std::span<const Rule> livekit_rules();
std::span<const Rule> fleet_rules();
std::span<const Rule> fleet_warnings();
// Of certificates and servers by name.
std::span<const Rule> by_name_rules();
std::span<const Rule> by_name_warnings();

// A control.listen that a listener for clients has already, where it may be left out; empty: it is free.
std::string warn_of_control(const Config& config);

}  // namespace turnpike::config
