// Whom a limit "per address" counts: an attacker has one IPv4 address, but a whole IPv6 prefix.
#pragma once

#include <cstdint>

#include "turnpike/base/endpoint.hpp"

namespace turnpike {

// What one subscriber has and what one site has: of IPv6 a /64 and a /48, of IPv4 the address alone.
struct Origin {
  IpPrefix subscriber;
  IpPrefix site;

  // Otherwise both are the same.
  bool has_site() const { return site != subscriber; }
};
Origin origin_of(const IpAddress& address);

// So many subscribers' worth a site may have.
inline constexpr std::uint32_t kSubscribersOfSite = 4;

}  // namespace turnpike
