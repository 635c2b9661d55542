// Routes, links and neighbours as the kernel tells them by netlink (rtnetlink), and the questions for them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/kernel/flow.hpp"
#include "turnpike/kernel/netlink_message.hpp"

namespace turnpike::kernel {

// The kernel's decision about one destination.
struct RouteAnswer {
  std::uint8_t type = 0;        // RTN_UNICAST, RTN_LOCAL, ...
  bool encapsulated = false;    // in a tunnel that the route itself makes
  std::uint32_t interface = 0;  // index; 0: none is named
  IpAddress gateway{};          // of either family; Family::none where the destination is on link
  std::uint32_t mtu = 0;  // the route's own, learned or set, in bytes of an IP packet; 0: that of the link
  std::uint32_t hop_limit = 0;  // the route's own, or time to live; 0: the system's default

  bool operator==(const RouteAnswer&) const = default;
};

struct Link {
  std::uint32_t index = 0;
  std::string name{};
  bool up = false;  // switched on; there may be no carrier all the same
  bool loopback = false;
  bool ethernet = false;  // frames begin with an Ethernet header
  std::uint32_t mtu = 0;
  MacAddress mac{};         // zero where it has none of this kind
  std::string kind{};       // "veth", "bridge", ...; empty: a device
  std::uint32_t upper = 0;  // index of the bridge or bond that it is a port of; 0: none
  bool crosses = false;     // its other end, or the device below it, is in another network namespace

  bool operator==(const Link&) const = default;
};

struct Neighbour {
  std::uint32_t interface = 0;
  IpAddress address;
  MacAddress mac{};  // zero: not known, or not any more

  bool operator==(const Neighbour&) const = default;
};

// From RTM_NEWROUTE, RTM_NEWLINK, RTM_NEWNEIGH and their opposites; nothing if it is not well-formed.
std::optional<RouteAnswer> parse_route(const nlmsghdr& message);
std::optional<Link> parse_link(const nlmsghdr& message);
std::optional<Neighbour> parse_neighbour(const nlmsghdr& message);  // of IP, and no entry of a proxy
// Of RTM_NEWLINK: net.ipv4.conf.DEVICE.accept_local. Nothing if it does not say, or is not well-formed.
std::optional<bool> parse_accept_local(const nlmsghdr& message);

// How would a UDP datagram with these addresses leave? Both are of one family. RTM_NEWROUTE answers.
NetlinkRequest ask_route(const IpAddress& from, const IpAddress& to);
NetlinkRequest ask_link(std::uint32_t index);
NetlinkRequest ask_neighbour(std::uint32_t interface, const IpAddress& address);
NetlinkRequest ask_all_links();

}  // namespace turnpike::kernel
