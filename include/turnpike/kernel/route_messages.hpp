// Parses routes, links and neighbours from rtnetlink messages, and makes the requests for them.
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
  bool encapsulated = false;    // the route itself makes a tunnel
  std::uint32_t interface = 0;  // index; 0: the route names none
  IpAddress gateway{};          // of either family; Family::none if the destination is on link
  std::uint32_t mtu = 0;        // of the route, learned or set, in bytes of an IP packet; 0: that of the link
  std::uint32_t hop_limit = 0;  // hop limit or time to live of the route; 0: the system's default

  bool operator==(const RouteAnswer&) const = default;
};

// A network interface.
struct Link {
  std::uint32_t index = 0;
  std::string name{};
  bool up = false;  // administratively up; it may have no carrier
  bool loopback = false;
  bool ethernet = false;  // frames begin with an Ethernet header
  std::uint32_t mtu = 0;
  MacAddress mac{};         // zero if it has no Ethernet address
  std::string kind{};       // "veth", "bridge", ...; empty for a real device
  std::uint32_t upper = 0;  // index of the bridge or bond that the link is a port of; 0: none
  bool crosses = false;     // its other end, or the device below, is in another network namespace

  bool operator==(const Link&) const = default;
};

// An entry of the neighbour table (ARP, NDP).
struct Neighbour {
  std::uint32_t interface = 0;
  IpAddress address;
  MacAddress mac{};  // zero: not known, or no longer

  bool operator==(const Neighbour&) const = default;
};

// Parse RTM_NEWROUTE, RTM_NEWLINK, RTM_NEWNEIGH and their opposites; return none if the message is malformed.
std::optional<RouteAnswer> parse_route(const nlmsghdr& message);
std::optional<Link> parse_link(const nlmsghdr& message);
// Returns none also for entries that are not of IP and for proxy entries.
std::optional<Neighbour> parse_neighbour(const nlmsghdr& message);
// Returns net.ipv4.conf.DEVICE.accept_local from RTM_NEWLINK; none if the message does not tell or is
// malformed.
std::optional<bool> parse_accept_local(const nlmsghdr& message);

// Returns the request for the route of a UDP datagram with these addresses, both of one family. The answer is
// RTM_NEWROUTE.
NetlinkRequest ask_route(const IpAddress& from, const IpAddress& to);
NetlinkRequest ask_link(std::uint32_t index);
NetlinkRequest ask_neighbour(std::uint32_t interface, const IpAddress& address);
NetlinkRequest ask_all_links();

}  // namespace turnpike::kernel
