#include "turnpike/path/admission.hpp"

#include <algorithm>
#include <array>

namespace turnpike::path {
namespace {

constexpr std::array<std::string_view, kNotAdmittedKinds> kNames = {
    "address_is_full",    "strangers_are_full", "all_are_full",  "no_certificate",
    "out_of_descriptors", "not_watched",        "client_is_here"};

NotAdmitted cause_of(ConnectionLimiter::Full full) {
  switch (full) {
    case ConnectionLimiter::Full::address: return NotAdmitted::address_is_full;
    case ConnectionLimiter::Full::strangers: return NotAdmitted::strangers_are_full;
    case ConnectionLimiter::Full::in_all: break;
  }
  return NotAdmitted::all_are_full;
}

}  // namespace

std::string_view to_string(NotAdmitted cause) { return kNames[static_cast<std::size_t>(cause)]; }

bool Admission::is_balancer(const IpAddress& address) const {
  return std::ranges::any_of(balancers_,
                             [&](const IpPrefix& balancer) { return balancer.contains(address); });
}

Result<std::shared_ptr<const net::TlsContext>, NotAdmitted> Admission::enter(const FiveTuple& client) {
  const auto tls = client.transport == Transport::tls ? tls_ : nullptr;
  if (client.transport == Transport::tls && !tls) return NotAdmitted::no_certificate;
  if (const auto full = limiter_.acquire(client.client.address)) return cause_of(*full);
  if (limiter_.claim(client)) return tls;
  limiter_.release(client.client.address, true);
  return NotAdmitted::client_is_here;
}

void Admission::leave(const FiveTuple& client, bool is_stranger) {
  limiter_.give_up(client);
  limiter_.release(client.client.address, is_stranger);
}

void Admission::leave_passed(const FiveTuple& client) {
  limiter_.end_passed(kDescriptorsOfPassed);
  leave(client, true);
}

}  // namespace turnpike::path
