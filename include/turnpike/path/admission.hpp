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

class Admission {
 public:
  // `balancers`: their connections begin with a PROXY header (PP-01).
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
  // One that entered gets an allocation, or has lost it.
  void become(bool is_stranger) { limiter_.become(is_stranger); }
  void note_starved(TimePoint now) { limiter_.note_starved(now); }

 private:
  ConnectionLimiter& limiter_;
  std::vector<IpPrefix> balancers_;
  std::shared_ptr<const net::TlsContext> tls_;
};

}  // namespace turnpike::path
