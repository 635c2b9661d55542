#include "turnpike/node/redirects.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace turnpike::node {
namespace {

using Way = std::pair<Transport, Family>;

// Each transport in both families.
constexpr std::size_t kWaysIn = 8;
constexpr std::size_t kFirst = turn::Alternates::kServersMax - kWaysIn;

turn::AlternateServer server_of(const fleet::InLine& place, std::string_view own_name) {
  const std::string& name = place.node->certificate_name;
  turn::AlternateServer server;
  if (name != own_name) server.domain = name;
  server.has_enough = place.has_enough;
  for (const fleet::NodeAddress& address : place.node->addresses) {
    const bool is_secure = address.transport == Transport::tls || address.transport == Transport::dtls;
    if (!is_secure || !name.empty()) server.ways.push_back({address.transport, address.endpoint.plain()});
  }
  return server;
}

void count(fleet::Alternates& alternates, const std::vector<const fleet::NodeRecord*>& live,
           const turn::SentTo& sent) {
  const auto is_there = [&](const fleet::NodeAddress& address) {
    return address.endpoint.plain() == sent.at;
  };
  for (const fleet::NodeRecord* node : live) {
    if (std::ranges::any_of(node->addresses, is_there)) return alternates.note_sent(*node, sent.clients);
  }
}

}  // namespace

std::vector<turn::AlternateServer> servers_of(const std::vector<fleet::InLine>& line,
                                              std::string_view own_name) {
  std::vector<turn::AlternateServer> servers;
  std::set<Way> served;
  for (const fleet::InLine& place : line) {
    if (servers.size() == turn::Alternates::kServersMax) break;
    turn::AlternateServer server = server_of(place, own_name);
    const std::size_t before = served.size();
    for (const turn::AlternateServer::Way& way : server.ways) served.emplace(way.transport, way.at.family());
    if (servers.size() < kFirst || served.size() > before) servers.push_back(std::move(server));
  }
  return servers;
}

std::optional<turn::Alternates> Redirects::update(const fleet::NodeRecord& self,
                                                  const std::vector<const fleet::NodeRecord*>& live,
                                                  const std::vector<turn::SentTo>& sent, TimePoint now) {
  for (const turn::SentTo& each : sent) count(alternates_, live, each);
  const bool was_sending = std::exchange(is_sending_, alternates_.should_redirect(self));
  if (is_sending_ && was_sending && now - drawn_ < kInterval) return std::nullopt;
  turn::Alternates next;
  if (is_sending_) {
    drawn_ = now;
    next =
        turn::Alternates(true, servers_of(alternates_.line_up(self, live, random_), self.certificate_name));
  }
  if (next == told_) return std::nullopt;
  told_ = next;
  return next;
}

}  // namespace turnpike::node
