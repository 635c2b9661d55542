#include "turnpike/path/admission.hpp"

#include <algorithm>

namespace turnpike::path {

bool Admission::is_balancer(const IpAddress& address) const {
  return std::ranges::any_of(balancers_,
                             [&](const IpPrefix& balancer) { return balancer.contains(address); });
}

Result<std::shared_ptr<const net::TlsContext>, NotAdmitted> Admission::enter(const IpAddress& client,
                                                                             Transport transport) {
  const auto tls = transport == Transport::tls ? tls_ : nullptr;
  if (transport == Transport::tls && !tls) return NotAdmitted::no_certificate;
  if (!limiter_.acquire(client)) return NotAdmitted::address_is_full;
  return tls;
}

}  // namespace turnpike::path
