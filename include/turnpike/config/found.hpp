// What the network has said of a configuration: the addresses of its names, and what others see of its
// relays.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "turnpike/base/address_map.hpp"
#include "turnpike/base/endpoint.hpp"

namespace turnpike::config {

struct Host {
  std::vector<IpAddress> addresses;  // in their order, each once: the last that were found
  std::string obstacle;              // why there was no answer the last time; empty: there was one

  bool operator==(const Host&) const = default;
};

using Hosts = std::map<std::string, Host, std::less<>>;  // by name, those that were asked for

struct Found {
  Hosts hosts;
  AddressMap::Pairs external;     // for `relay.external: auto`
  std::string external_obstacle;  // why not all of it could be found the last time

  bool operator==(const Found&) const = default;
};

}  // namespace turnpike::config
