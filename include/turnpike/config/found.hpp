// What the network answered for a configuration: addresses of host names, and the public addresses of relays.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "turnpike/base/address_map.hpp"
#include "turnpike/base/endpoint.hpp"

namespace turnpike::config {

// The addresses of a host name.
struct Host {
  std::vector<IpAddress> addresses;  // each once, in the order of the last successful answer
  std::string obstacle;              // why the last look-up failed; empty: it succeeded

  bool operator==(const Host&) const = default;
};

using Hosts = std::map<std::string, Host, std::less<>>;  // by name; only names that were looked up

// All answers of the network for a configuration.
struct Found {
  Hosts hosts;
  AddressMap::Pairs external;     // for `relay.external: auto`
  std::string external_obstacle;  // why the last search for `external` was incomplete; empty if it was not

  bool operator==(const Found&) const = default;
};

}  // namespace turnpike::config
