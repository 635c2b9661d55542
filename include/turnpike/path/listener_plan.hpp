// What becomes of listeners where the configuration names others than before: which stay, go and come.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/config/config.hpp"

namespace turnpike::path {

// No two listeners of a worker have one.
struct ListenerName {
  Transport transport = Transport::udp;
  Endpoint local;

  bool operator==(const ListenerName&) const = default;
};

// "udp:0.0.0.0:3478".
std::string to_string(const ListenerName& name);

struct OpenListener {
  Endpoint configured;  // its address as the configuration has it: with port 0 the kernel has chosen one
  ListenerName name;

  bool operator==(const OpenListener&) const = default;
};

struct WantedListener {
  std::string_view key;
  Transport transport;
  Endpoint configured;
  std::optional<Endpoint> local = std::nullopt;  // of the one that is there already

  bool operator==(const WantedListener&) const = default;
};

struct ListenerPlan {
  std::vector<WantedListener> wanted;  // all of them, in the order of the configuration
  // Streams that are of this kind from now on: between TCP and TLS a socket has no difference.
  std::vector<ListenerName> turned;
  std::vector<ListenerName> closed;

  bool operator==(const ListenerPlan&) const = default;
};

ListenerPlan plan_listeners(const std::vector<OpenListener>& open, const config::ListenConfig& config);

// Both would get packets or connections for some address, but for SO_REUSEPORT and the kernel's preference
// for the narrower one.
bool overlap(const WantedListener& wanted, const OpenListener& open);

}  // namespace turnpike::path
