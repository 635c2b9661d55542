// With which time to live or hop limit the sockets of this host send.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::kernel {

// The system's defaults, of the network namespace of the calling thread; a route may have a limit of its own.
class HopLimits {
 public:
  // For packets of this family that leave by the interface of this name: net.ipv4.ip_default_ttl, or
  // net.ipv6.conf.NAME.hop_limit. 64 (RFC 1700) where the system does not tell. Remembered.
  std::uint8_t default_of(Family family, const std::string& interface);
  // Nothing tells when they change. True: some of those that are remembered did, and are other ones by now.
  bool look_again();
  void forget() { known_.clear(); }

 private:
  std::map<std::string, std::uint8_t> known_;  // by file
};

}  // namespace turnpike::kernel
