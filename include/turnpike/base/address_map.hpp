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
  ExternalEndpoint to_external(const RelayEndpoint& local) const { return to_external(local.plain()); }
  ExternalEndpoint to_external(const PeerEndpoint& local) const { return to_external(local.plain()); }
  // Of every packet that a peer sends: most hosts have no pairs.
  PeerEndpoint to_local(const ExternalEndpoint& external) const {
    if (pairs_.empty()) return PeerEndpoint(external.plain());
    return {to_local(ExternalAddress(external.address)), external.port};
  }

 private:
  ExternalEndpoint to_external(const Endpoint& local) const {
    return {to_external(local.address).plain(), local.port};
  }

  Pairs pairs_;  // a handful at most: searched in order
};

}  // namespace turnpike
