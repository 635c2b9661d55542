// How many TCP and TLS connections there may be, in all and of one address, counted over all workers
// (TCPC-08).
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <mutex>
#include <optional>

#include "turnpike/base/hash.hpp"
#include "turnpike/base/origin.hpp"

namespace turnpike::path {

// 0 = no limit.
struct ConnectionLimits {
  std::uint32_t per_address = 0;  // IPv6: by /64, and four times as many by /48
  std::uint32_t in_all = 0;       // of which strangers have half
};

// Thread-safe; asked when connections come and go, and when one changes its standing.
class ConnectionLimiter {
 public:
  explicit ConnectionLimiter(const ConnectionLimits& limits) : limits_(limits) {}

  enum class Full : std::uint8_t { address, strangers, in_all };
  // A stranger comes, unless that is full.
  std::optional<Full> acquire(const IpAddress& address);
  void release(const IpAddress& address, bool is_stranger);
  // A stranger gets an allocation or a client has lost its own, which nothing prevents.
  void become(bool is_stranger);

 private:
  std::optional<Full> full_for(const Origin& origin) const;
  std::uint32_t held_by(const IpPrefix& prefix) const;
  void give_back(const IpPrefix& prefix);

  ConnectionLimits limits_;
  std::mutex mutex_;
  boost::unordered_flat_map<IpPrefix, std::uint32_t, ByteHash> held_;
  std::uint32_t in_all_ = 0;
  std::uint32_t strangers_ = 0;
};

}  // namespace turnpike::path
