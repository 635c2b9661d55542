// One direction of a channel as the kernel relays it: what is matched, and what it becomes.
#pragma once

#include <array>
#include <cstdint>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/relay/route.hpp"

namespace turnpike::kernel {

using MacAddress = std::array<std::uint8_t, 6>;

// Where the packets of a flow come in: those that come in elsewhere are the sockets', for the stack to judge.
struct Entrance {
  std::uint32_t interface = 0;  // index
  MacAddress mac{};             // of the interface, to which they are sent

  bool operator==(const Entrance&) const = default;
};

// Where a packet leaves.
struct NextHop {
  std::uint32_t interface = 0;  // index
  IpAddress gateway;            // the neighbour to send to: the destination itself where it is on link
  std::uint16_t mtu = 0;        // bytes of an IP packet; what is larger goes to the sockets
  // For the ways that do not ask the kernel for the neighbour; where they are closed, tc asks.
  MacAddress neighbour_mac{};   // of the gateway; zero: unknown
  MacAddress own_mac{};         // of the interface
  bool takes_frames = true;     // XDP may redirect to the interface from others
  std::uint8_t hop_limit = 64;  // or time to live, with which it leaves
  bool crosses =
      false;  // tc may hand packets to the interface's other end, for it is in another network namespace
  bool is_local = false;  // to an address of this host; the interface is loopback

  bool operator==(const NextHop&) const = default;
  bool is_same_way_as(NextHop other) const {
    other.neighbour_mac = neighbour_mac;
    return *this == other;
  }
};

struct Way {
  Entrance entrance;
  NextHop next_hop;
};

struct Flow {
  Endpoint from, to;              // as it arrives
  std::uint16_t channel = 0;      // of the ChannelData that arrives; 0: plain payload
  Endpoint new_from, new_to;      // either family, whatever arrived
  std::uint16_t new_channel = 0;  // 0: plain payload
  NextHop next_hop;
  Entrance entrance;
  std::array<relay::MeterId, 2> payers{};  // whose budgets a packet takes from, in this order; 0: nobody's

  bool operator==(const Flow&) const = default;
};

}  // namespace turnpike::kernel
