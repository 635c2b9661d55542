// The question of a worker before a channel gets flows: where do packets to its two ends leave?
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/kernel/flow.hpp"
#include "turnpike/relay/route.hpp"

namespace turnpike::kernel {

// Source and destination of a packet that leaves this host.
struct AddressPair {
  IpAddress from, to;  // `from` is an address of this host

  bool operator==(const AddressPair&) const = default;
};

// Names a route that is a channel.
struct ChannelKey {
  relay::AllocationId allocation = 0;
  std::uint16_t channel = 0;

  auto operator<=>(const ChannelKey&) const = default;
};

// A question about both ends of a channel.
struct HopQuestion {
  std::uint64_t number = 0;  // grows by one with each question of a worker
  ChannelKey route;
  AddressPair to_client, to_peer;

  bool operator==(const HopQuestion&) const = default;
};

// The answer; an end without a next hop is reached by no link.
struct HopAnswer {
  HopQuestion question;
  std::optional<NextHop> to_client, to_peer;
};

}  // namespace turnpike::kernel
