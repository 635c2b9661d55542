// Who may connect over TCP and TLS, and how many from one address.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "turnpike/base/endpoint.hpp"
#include "turnpike/base/result.hpp"
#include "turnpike/net/tls_context.hpp"
#include "turnpike/path/connection_limiter.hpp"

namespace turnpike::path {

// Why a TCP or TLS connection was closed before it was admitted.
enum class NotAdmitted : std::uint8_t {
  address_is_full,     // limits.connections_per_ip
  strangers_are_full,  // strangers hold half of limits.connections
  all_are_full,        // limits.connections
  no_certificate,      // a TLS connection, but no certificate is loaded
  out_of_descriptors,  // of the process or the system
  not_watched,         // epoll refused it: limit of watches, or no memory
  client_is_here,      // the PROXY header names a client that is already connected
};
inline constexpr std::size_t kNotAdmittedKinds = 7;

// Returns the name of the cause in metrics and documentation.
std::string_view to_string(NotAdmitted cause);

// Returns how many of the process's descriptors the passing on of connections may use: a quarter. Connections
// of clients may use half, and a quarter is left for relays.
constexpr std::uint64_t passed_descriptors(std::uint64_t descriptors) { return descriptors / 4; }
// Descriptors that one passed-on connection needs beside its own: both ends of a socket pair, and the
// connection to an upstream.
inline constexpr std::uint32_t kDescriptorsOfPassed = 3;
// Returns how many connections can be passed on at one time.
constexpr std::uint64_t passed_max(std::uint64_t descriptors) {
  return passed_descriptors(descriptors) / kDescriptorsOfPassed;
}

// Decides which connections one worker admits. Used on the worker's thread; `limiter` is shared by all
// workers and outlives this object.
class Admission {
 public:
  // Connections from `balancers` must begin with a PROXY header.
  Admission(ConnectionLimiter& limiter, std::vector<IpPrefix> balancers)
      : limiter_(limiter), balancers_(std::move(balancers)) {}
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // Sets the context of new TLS connections; open ones keep theirs. With null, new TLS connections are
  // refused.
  void set_tls(std::shared_ptr<const net::TlsContext> tls) { tls_ = std::move(tls); }

  // Sets the balancers of new connections.
  void set_balancers(std::vector<IpPrefix> balancers) { balancers_ = std::move(balancers); }

  // Returns whether a connection from this address must begin with a PROXY header.
  bool is_balancer(const IpAddress& address) const;
  // Takes a place for a new connection, as a stranger; leave() gives it back. Returns the TLS context, null
  // for TCP, or why the connection must be closed.
  Result<std::shared_ptr<const net::TlsContext>, NotAdmitted> enter(const FiveTuple& client);
  // Gives back the place of a connection that is closed.
  void leave(const FiveTuple& client, bool is_stranger);
  // Takes the descriptors that a connection which has entered needs to be passed on. Returns false if there
  // are none. After success the connection leaves by leave_passed() in place of leave().
  bool pass() { return limiter_.pass(kDescriptorsOfPassed); }
  // Gives back the place and the descriptors of a connection that was passed on.
  void leave_passed(const FiveTuple& client);
  // Notes that a connection which has entered got its first allocation (false) or lost its last one (true).
  void become(bool is_stranger) { limiter_.become(is_stranger); }
  // Notes that a connection could not be accepted because descriptors or memory ran out.
  void note_starved(TimePoint now) { limiter_.note_starved(now); }

 private:
  ConnectionLimiter& limiter_;
  std::vector<IpPrefix> balancers_;
  std::shared_ptr<const net::TlsContext> tls_;
};

}  // namespace turnpike::path
