#include "turnpike/client/itinerary.hpp"

#include <algorithm>

namespace turnpike::client {
namespace {

// The client's own host, in all forms that the system takes for it.
bool is_own_host(const IpAddress& address) {
  const IpAddress plain = address.unmapped();
  const Bytes wire = plain.wire();
  if (plain.is_v4()) return wire[0] == 127 || wire[0] == 0;
  return std::ranges::all_of(wire.first(15), [](std::uint8_t byte) { return byte == 0; }) && wire[15] <= 1;
}

}  // namespace

std::optional<Endpoint> Itinerary::follow(const Redirection& redirection) {
  const auto found = std::ranges::find(redirection.servers, server().family(), &Endpoint::family);
  if (found == redirection.servers.end() || !may_follow_to(*found)) return std::nullopt;
  servers_.push_back(*found);
  return *found;
}

// Servers elsewhere have no say about what the client's host offers to itself.
bool Itinerary::may_follow_to(const Endpoint& server) const {
  if (redirections() == kRedirectionsMax || server.port == 0) return false;
  if (is_own_host(server.address) && !is_own_host(servers_.front().address)) return false;
  return std::ranges::find(servers_, server) == servers_.end();
}

}  // namespace turnpike::client
