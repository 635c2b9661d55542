// 1:1 NAT in front of the relay addresses: pairs of a local address and the address that others see instead.
#pragma once

#include <utility>
#include <vector>

#include "turnpike/base/endpoint.hpp"

namespace turnpike {

class AddressMap {
 public:
  AddressMap() = default;
  explicit AddressMap(std::vector<std::pair<IpAddress, IpAddress>> local_to_external)
      : pairs_(std::move(local_to_external)) {}

  // The address itself where no pair names it.
  IpAddress to_external(const IpAddress& local) const;
  IpAddress to_local(const IpAddress& external) const;
  Endpoint to_external(const Endpoint& local) const { return {to_external(local.address), local.port}; }
  // Of every packet that a peer sends: most hosts have no pairs.
  Endpoint to_local(const Endpoint& external) const {
    return pairs_.empty() ? external : Endpoint{to_local(external.address), external.port};
  }

 private:
  std::vector<std::pair<IpAddress, IpAddress>> pairs_;  // a handful at most: searched in order
};

}  // namespace turnpike
