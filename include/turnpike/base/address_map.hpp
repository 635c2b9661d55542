// 1:1 NAT in front of the relay addresses: pairs of a local address and the address that others see.
#pragma once

#include <utility>
#include <vector>

#include "turnpike/base/endpoint.hpp"

namespace turnpike {

// Holds an address of this host as others see it.
class ExternalAddress {
 public:
  ExternalAddress() = default;
  explicit ExternalAddress(const IpAddress& plain) : plain_(plain) {}
  const IpAddress& plain() const { return plain_; }
  bool operator==(const ExternalAddress&) const = default;

 private:
  IpAddress plain_;
};

// Maps local addresses to external ones and back. Immutable.
class AddressMap {
 public:
  using Pairs = std::vector<std::pair<IpAddress, ExternalAddress>>;  // local -> external

  AddressMap() = default;
  explicit AddressMap(Pairs pairs) : pairs_(std::move(pairs)) {}

  // All functions return the address unchanged if no pair names it.
  ExternalAddress to_external(const IpAddress& local) const;
  IpAddress to_local(const ExternalAddress& external) const;
  ExternalEndpoint to_external(const RelayEndpoint& local) const { return to_external(local.plain()); }
  ExternalEndpoint to_external(const PeerEndpoint& local) const { return to_external(local.plain()); }
  // Called for every packet of a peer. Most hosts have no pairs.
  PeerEndpoint to_local(const ExternalEndpoint& external) const {
    if (pairs_.empty()) return PeerEndpoint(external.plain());
    return {to_local(ExternalAddress(external.address)), external.port};
  }

 private:
  ExternalEndpoint to_external(const Endpoint& local) const {
    return {to_external(local.address).plain(), local.port};
  }

  Pairs pairs_;  // a handful at most, so a linear search is enough
};

}  // namespace turnpike
