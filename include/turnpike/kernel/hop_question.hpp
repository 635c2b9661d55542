// What a worker asks of the network before a channel has flows: where do packets to its two ends leave?
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/kernel/flow.hpp"
#include "turnpike/relay/route.hpp"

namespace turnpike::kernel {

struct AddressPair {
  IpAddress from, to;  // `from` is an address of this host

  bool operator==(const AddressPair&) const = default;
};

// The name of a route that is a channel.
struct ChannelKey {
  relay::AllocationId allocation = 0;
  std::uint16_t channel = 0;

  auto operator<=>(const ChannelKey&) const = default;
};

struct HopQuestion {
  std::uint64_t number = 0;  // grows by one a question
  ChannelKey route;
  AddressPair to_client, to_peer;

  bool operator==(const HopQuestion&) const = default;
};

// None: no link leads there.
struct HopAnswer {
  HopQuestion question;
  std::optional<NextHop> to_client, to_peer;
};

}  // namespace turnpike::kernel
