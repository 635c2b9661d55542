// How many TCP and TLS connections there may be, in all and of one address, counted over all workers
// (RFC 8489 6.2.2), and whose they are.
#pragma once

#include <atomic>
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/hash.hpp"
#include "turnpike/base/origin.hpp"
#include "turnpike/base/time.hpp"

namespace turnpike::path {

// 0 = no limit.
struct ConnectionLimits {
  std::uint32_t per_address = 0;         // IPv6: by /64, and four times as many by /48
  std::uint32_t in_all = 0;              // of which strangers have half
  std::uint64_t passed_descriptors = 0;  // of all that are passed on, beside their own
};

// Thread-safe; asked when connections come and go, and when one changes its standing.
class ConnectionLimiter {
 public:
  explicit ConnectionLimiter(const ConnectionLimits& limits) : limits_(limits) {}

  // Those that are there stay, and count.
  void set_limits(const ConnectionLimits& limits);

  enum class Full : std::uint8_t { address, strangers, in_all };
  // A stranger comes, unless that is full.
  std::optional<Full> acquire(const IpAddress& address);
  void release(const IpAddress& address, bool is_stranger);
  // A connection of this client comes, unless there is one: a PROXY header may name anybody, and two that
  // name the same client are not one client.
  bool claim(const FiveTuple& client);
  void give_up(const FiveTuple& client);
  // A stranger gets an allocation or a client has lost its own, which nothing prevents.
  void become(bool is_stranger);

  // One is passed on to somebody within this host, and takes so many descriptors beside its own; false: there
  // are none for it, because relays need theirs.
  bool pass(std::uint32_t descriptors);
  void end_passed(std::uint32_t descriptors);

  // A listener could not accept for want of descriptors or memory.
  void note_starved(TimePoint now) { starved_at_ = now; }
  struct Counts {
    std::uint32_t in_all = 0, strangers = 0;
    bool operator==(const Counts&) const = default;
  };
  Counts counts();
  // What keeps newcomers out, whoever they are: "out_of_descriptors" for a while after the last that could
  // not be accepted, "connections_full", or nothing.
  std::string_view obstacle(TimePoint now);

 private:
  std::optional<Full> full_for(const Origin& origin) const;
  std::uint32_t held_by(const IpPrefix& prefix) const;
  void give_back(const IpPrefix& prefix);

  ConnectionLimits limits_;
  std::mutex mutex_;
  boost::unordered_flat_map<IpPrefix, std::uint32_t, ByteHash> held_;
  boost::unordered_flat_set<FiveTuple, ByteHash> clients_;
  std::uint32_t in_all_ = 0;
  std::uint32_t strangers_ = 0;
  std::uint64_t passed_descriptors_ = 0;
  std::atomic<TimePoint> starved_at_ = TimePoint::min();
};

}  // namespace turnpike::path
