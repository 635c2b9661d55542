// What a limit "per address" counts: an attacker has one IPv4 address, but a whole IPv6 prefix.
#pragma once

#include <cstdint>

#include "turnpike/base/endpoint.hpp"

namespace turnpike {

// Holds the prefix of one subscriber and of one site: for IPv6 a /64 and a /48, for IPv4 the address alone.
struct Origin {
  IpPrefix subscriber;
  IpPrefix site;

  // Returns false for IPv4, where both prefixes are the same.
  bool has_site() const { return site != subscriber; }
};
// Returns the origin of an address. IPv4-mapped addresses count as IPv4.
Origin origin_of(const IpAddress& address);

// The budget of a site, in budgets of a subscriber.
inline constexpr std::uint32_t kSubscribersOfSite = 4;

}  // namespace turnpike
