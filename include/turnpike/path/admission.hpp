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

// Why a connection was closed before it was one.
enum class NotAdmitted : std::uint8_t {
  address_is_full,     // limits.connections_per_ip
  strangers_are_full,  // they have half of limits.connections
  all_are_full,        // limits.connections
  no_certificate,      // over TLS, without a context
  out_of_descriptors,  // of the process or the system
  not_watched,         // the kernel's limit of watches or memory
  client_is_here,      // a PROXY header has named this very client, who is connected
};
inline constexpr std::size_t kNotAdmittedKinds = 7;

// As metrics and documentation call it.
std::string_view to_string(NotAdmitted cause);

// Relays are sure of a quarter of the process's descriptors: connections have half of them, and the ways on
// of those that are passed on the last quarter.
constexpr std::uint64_t passed_descriptors(std::uint64_t descriptors) { return descriptors / 4; }
// Both ends of a socket pair, and the connection to an upstream.
inline constexpr std::uint32_t kDescriptorsOfPassed = 3;
// How many can be passed on at one time.
constexpr std::uint64_t passed_max(std::uint64_t descriptors) {
  return passed_descriptors(descriptors) / kDescriptorsOfPassed;
}

class Admission {
 public:
  // `balancers`: their connections begin with a PROXY header.
  Admission(ConnectionLimiter& limiter, std::vector<IpPrefix> balancers)
      : limiter_(limiter), balancers_(std::move(balancers)) {}
  Admission(const Admission&) = delete;
  Admission& operator=(const Admission&) = delete;

  // Of TLS connections to come; those that are there keep theirs. Without one they are refused.
  void set_tls(std::shared_ptr<const net::TlsContext> tls) { tls_ = std::move(tls); }

  // Of connections to come.
  void set_balancers(std::vector<IpPrefix> balancers) { balancers_ = std::move(balancers); }

  bool is_balancer(const IpAddress& address) const;
  // Takes a place of the client's address, which leave() gives back, and gives the context of its TLS; null
  // for TCP.
  Result<std::shared_ptr<const net::TlsContext>, NotAdmitted> enter(const FiveTuple& client);
  void leave(const FiveTuple& client, bool is_stranger);
  // One that entered is passed on to HTTP, unless there are no descriptors for that; it leaves by
  // leave_passed() then.
  bool pass() { return limiter_.pass(kDescriptorsOfPassed); }
  void leave_passed(const FiveTuple& client);
  // One that entered gets an allocation, or has lost it.
  void become(bool is_stranger) { limiter_.become(is_stranger); }
  void note_starved(TimePoint now) { limiter_.note_starved(now); }

 private:
  ConnectionLimiter& limiter_;
  std::vector<IpPrefix> balancers_;
  std::shared_ptr<const net::TlsContext> tls_;
};

}  // namespace turnpike::path
