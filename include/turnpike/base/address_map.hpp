// 1:1 NAT in front of the relay addresses: pairs of a local address and the address that others see instead.
#pragma once

#include <utility>
#include <vector>

#include "turnpike/base/endpoint.hpp"

namespace turnpike {

// An address of this host as others see it.
class ExternalAddress {
 public:
  ExternalAddress() = default;
  explicit ExternalAddress(const IpAddress& plain) : plain_(plain) {}
  const IpAddress& plain() const { return plain_; }
  bool operator==(const ExternalAddress&) const = default;

 private:
  IpAddress plain_;
};

class AddressMap {
 public:
  using Pairs = std::vector<std::pair<IpAddress, ExternalAddress>>;  // local -> external

  AddressMap() = default;
  explicit AddressMap(Pairs pairs) : pairs_(std::move(pairs)) {}

  // The address itself where no pair names it.
  ExternalAddress to_external(const IpAddress& local) const;
  IpAddress to_local(const ExternalAddress& external) const;
  Endpoint to_external(const Endpoint& local) const {
    return {to_external(local.address).plain(), local.port};
  }
  // Of every packet that a peer sends: most hosts have no pairs.
  Endpoint to_local(const Endpoint& external) const {
    if (pairs_.empty()) return external;
    return {to_local(ExternalAddress(external.address)), external.port};
  }

 private:
  Pairs pairs_;  // a handful at most: searched in order
};

}  // namespace turnpike
