// Plans which listeners stay open, close and open when the configuration changes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/config/config.hpp"

namespace turnpike::path {

// The transport and local address of a listener, unique within a worker.
struct ListenerName {
  Transport transport = Transport::udp;
  Endpoint local;

  bool operator==(const ListenerName&) const = default;
};

// Returns a name such as "udp:0.0.0.0:3478".
std::string to_string(const ListenerName& name);

// A listener that is open.
struct OpenListener {
  Endpoint configured;  // address in the configuration; with port 0 the kernel has chosen the port of `name`
  ListenerName name;

  bool operator==(const OpenListener&) const = default;
};

// A listener that the configuration names.
struct WantedListener {
  // Configuration key, such as "listen.udp".
  std::string_view key;
  Transport transport;
  Endpoint configured;
  // Local address of the open listener; nullopt: it must be opened.
  std::optional<Endpoint> local = std::nullopt;

  bool operator==(const WantedListener&) const = default;
};

// What must happen to the listeners.
struct ListenerPlan {
  std::vector<WantedListener> wanted;  // all, in the order of the configuration
  // Open stream listeners under their new transport, TCP or TLS; the socket is the same for both.
  std::vector<ListenerName> turned;
  std::vector<ListenerName> closed;

  bool operator==(const ListenerPlan&) const = default;
};

// Compares the open listeners with the configuration.
ListenerPlan plan_listeners(const std::vector<OpenListener>& open, const config::ListenConfig& config);

// Returns whether both listeners could get packets or connections for the same address and port. SO_REUSEPORT
// and the kernel's preference for the narrower address are ignored.
bool overlap(const WantedListener& wanted, const OpenListener& open);

}  // namespace turnpike::path
