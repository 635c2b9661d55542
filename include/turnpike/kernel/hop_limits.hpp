// Finds the time to live or hop limit with which this host's sockets send.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::kernel {

// Remembers the system's defaults of the calling thread's network namespace. A route may have its own limit.
class HopLimits {
 public:
  // Returns net.ipv4.ip_default_ttl, or net.ipv6.conf.INTERFACE.hop_limit for IPv6; 64 if it cannot be read
  // (RFC 1700).
  std::uint8_t default_of(Family family, const std::string& interface);
  // Reads all remembered values again, because nothing announces their changes. Returns true if one has
  // changed.
  bool look_again();
  void forget() { known_.clear(); }

 private:
  std::map<std::string, std::uint8_t> known_;  // by file
};

}  // namespace turnpike::kernel
