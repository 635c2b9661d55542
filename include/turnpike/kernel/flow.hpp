// One direction of a channel as the kernel relays it: what is matched, and what it becomes.
#pragma once

#include <array>
#include <cstdint>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/relay/route.hpp"

namespace turnpike::kernel {

using MacAddress = std::array<std::uint8_t, 6>;

// The interface where the packets of a flow must arrive; packets that arrive elsewhere are left to the
// sockets, for the network stack to judge.
struct Entrance {
  std::uint32_t interface = 0;  // index
  MacAddress mac{};             // of the interface; the frames must be addressed to it

  bool operator==(const Entrance&) const = default;
};

// The interface and the neighbour by which a packet leaves.
struct NextHop {
  std::uint32_t interface = 0;  // index
  IpAddress gateway;            // the neighbour to send to, the destination itself if it is on link
  std::uint16_t mtu = 0;        // bytes of an IP packet; larger packets are left to the sockets
  // The gateway's address; zero means unknown. Needed where the program sends without asking the kernel's
  // neighbour table (XDP); otherwise tc asks.
  MacAddress neighbour_mac{};
  MacAddress own_mac{};         // of the interface
  bool takes_frames = true;     // XDP may redirect to the interface from others
  std::uint8_t hop_limit = 64;  // time to live or hop limit of the packets that leave
  // tc may hand packets to the other end of the interface, which is in another network namespace.
  bool crosses = false;
  bool is_local = false;  // the destination is an address of this host; the interface is loopback

  bool operator==(const NextHop&) const = default;
  // Returns true if the hops differ in nothing but the neighbour's MAC address.
  bool is_same_way_as(NextHop other) const {
    other.neighbour_mac = neighbour_mac;
    return *this == other;
  }
};

// The places where packets of a flow arrive and leave.
struct Way {
  Entrance entrance;
  NextHop next_hop;
};

// One direction of a channel: the packets that match, and the headers with which they leave. The new
// addresses may be of another family than the old ones.
struct Flow {
  Endpoint from, to;              // source and destination on arrival
  std::uint16_t channel = 0;      // channel number of the ChannelData that arrives; 0: plain payload
  Endpoint new_from, new_to;      // source and destination on departure
  std::uint16_t new_channel = 0;  // of the ChannelData that leaves; 0: plain payload
  NextHop next_hop;
  Entrance entrance;
  std::array<relay::MeterId, 2> payers{};  // meters that each packet is charged to, in this order; 0: none

  bool operator==(const Flow&) const = default;
};

}  // namespace turnpike::kernel
