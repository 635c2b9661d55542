// Limits the TCP and TLS connections of all workers together, in all and for each address (RFC 8489 section
// 6.2.2).
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

// Limits on connections; 0 = no limit.
struct ConnectionLimits {
  std::uint32_t per_address = 0;         // IPv6: by /64, and four times as many by /48
  std::uint32_t in_all = 0;              // strangers may hold half of them
  std::uint64_t passed_descriptors = 0;  // for passed-on connections, beside their own
};

// Counts the connections of all workers against the limits. Thread-safe. Called when a connection comes or
// goes or changes its standing.
class ConnectionLimiter {
 public:
  explicit ConnectionLimiter(const ConnectionLimits& limits) : limits_(limits) {}

  // Sets the limits of new connections. Open connections stay, even above a limit, and count.
  void set_limits(const ConnectionLimits& limits);

  // Which limit is reached.
  enum class Full : std::uint8_t { address, strangers, in_all };
  // Takes a place for a new connection, as a stranger. Returns the limit that is reached, or nullopt on
  // success.
  std::optional<Full> acquire(const IpAddress& address);
  // Gives back the place of acquire().
  void release(const IpAddress& address, bool is_stranger);
  // Registers the client's five-tuple. Returns false if it is registered already: a PROXY header may name
  // anybody, and two connections that name the same client must not become one client.
  bool claim(const FiveTuple& client);
  // Removes the registration of claim().
  void give_up(const FiveTuple& client);
  // Counts a connection as a stranger (true) or as a client with an allocation (false) from now on; always
  // possible.
  void become(bool is_stranger);

  // Takes the descriptors that a connection passed on within this host needs beside its own. Returns false if
  // none are left; the rest is kept for relays.
  bool pass(std::uint32_t descriptors);
  // Gives back the descriptors of pass().
  void end_passed(std::uint32_t descriptors);

  // Notes that a listener could not accept because descriptors or memory ran out.
  void note_starved(TimePoint now) { starved_at_ = now; }
  // Open connections, and those of them without an allocation.
  struct Counts {
    std::uint32_t in_all = 0, strangers = 0;
    bool operator==(const Counts&) const = default;
  };
  Counts counts();
  // Returns why no new connection is admitted, whoever asks: "out_of_descriptors" for one second after
  // note_starved(), "connections_full", or "".
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
