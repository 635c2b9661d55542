#include "turnpike/turn/alternates.hpp"

#include <algorithm>
#include <utility>

namespace turnpike::turn {
namespace {

constexpr std::size_t kDomainMax = 253;  // RFC 8489 14.16 and what a DNS name can be

bool is_secure(Transport transport) { return transport == Transport::tls || transport == Transport::dtls; }

bool is_letter_of_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
}

bool is_domain(const std::string& text) {
  return text.size() <= kDomainMax && std::ranges::all_of(text, is_letter_of_name);
}

// One host's, and not one that hides an IPv4 address.
bool is_usable(const Endpoint& at) {
  const Bytes wire = at.address.wire();
  if (at.port == 0 || at.family() == Family::none || at.address.unmapped() != at.address) return false;
  if (std::ranges::all_of(wire, [](std::uint8_t byte) { return byte == 0; })) return false;
  return at.address.is_v4() ? wire[0] != 0 && wire[0] < 224 : wire[0] != 0xFF;
}

void leave_out_unusable(AlternateServer& server) {
  const bool is_verifiable = is_domain(server.domain);
  if (!is_verifiable) server.domain.clear();
  std::erase_if(server.ways, [&](const AlternateServer::Way& way) {
    return !is_usable(way.at) || (is_secure(way.transport) && !is_verifiable);
  });
  if (server.ways.size() > Alternates::kWaysMax) server.ways.resize(Alternates::kWaysMax);
}

std::optional<Endpoint> way_to(const AlternateServer& server, Transport transport, Family family) {
  const auto found = std::ranges::find_if(server.ways, [&](const AlternateServer::Way& way) {
    return way.transport == transport && way.at.family() == family;
  });
  return found == server.ways.end() ? std::nullopt : std::optional(found->at);
}

Family other_than(Family family) { return family == Family::ipv4 ? Family::ipv6 : Family::ipv4; }

// Over TLS a client that knows no ALTERNATE-DOMAIN would look in vain for the old name in a certificate of
// another name (RFC 8489 10). Browsers do not find the old name either, where it is there: they have
// forgotten it when they connect to an address. So such a client is sent away only where it gets nothing
// else.
bool can_verify(const Arrival& arrival, const AlternateServer& server) {
  if (!is_secure(arrival.transport) || arrival.reads_domain) return true;
  return server.domain.empty() && !arrival.may_stay;
}

}  // namespace

Alternates::Alternates(bool redirects, std::vector<AlternateServer> servers)
    : redirects_(redirects), servers_(std::move(servers)) {
  if (servers_.size() > kServersMax) servers_.resize(kServersMax);
  for (AlternateServer& server : servers_) leave_out_unusable(server);
}

std::optional<Detour> Alternates::detour(const Arrival& arrival) const {
  for (const AlternateServer& server : servers_) {
    const bool is_here =
        std::ranges::find(server.ways, arrival.here, &AlternateServer::Way::at) != server.ways.end();
    const bool has_room = !server.has_enough || !arrival.may_stay;
    if (is_here || !has_room || !can_verify(arrival, server)) continue;
    const auto first = way_to(server, arrival.transport, arrival.family);
    if (!first) continue;
    return Detour{*first, way_to(server, arrival.transport, other_than(arrival.family)),
                  is_secure(arrival.transport) ? server.domain : std::string()};
  }
  return std::nullopt;
}

}  // namespace turnpike::turn
