// How many TCP and TLS connections one address may hold, counted over all workers (TCPC-08).
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <mutex>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/hash.hpp"

namespace turnpike::path {

// Thread-safe; asked when connections come and go.
class ConnectionLimiter {
 public:
  // 0 = no limit.
  explicit ConnectionLimiter(std::uint32_t connections_per_address_max) : max_(connections_per_address_max) {}

  // False: the address holds as many as it may.
  bool acquire(const IpAddress& address);
  void release(const IpAddress& address);

 private:
  std::uint32_t max_;
  std::mutex mutex_;
  boost::unordered_flat_map<IpAddress, std::uint32_t, ByteHash> held_;
};

}  // namespace turnpike::path
