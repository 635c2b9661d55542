// See relay_world.hpp.
#include "relay_world.hpp"

#include <array>

namespace turnpike::kernel {

using relay::Verdict;

RelayWorld::RelayWorld() : forwarder_({}, table_, every_port_, meters_, random_), now_(clock_now()) {
  routes = routes_of_all_families(now_ + std::chrono::hours(1));
  for (const relay::Route& route : routes) table_.publish(route);
  if (!kernel.program) return;
  flows.emplace(kernel.program->maps(), 0, kFlowsMax / 2);
  for (const relay::Route& route : routes) {
    ids.push_back(*flows->add(flow_to_peer(route), route.deadline, now_));
    ids.push_back(*flows->add(flow_to_client(route), route.deadline, now_));
  }
}

// RFC 8656 14, and 13 for translations, which goes by RFC 7915 5.1: DF for what an IPv6 link might not carry
// whole.
std::optional<Datagram> RelayWorld::by_forwarder(const Datagram& datagram) {
  std::array<std::uint8_t, relay::kHeaderMax> space{};
  const Bytes payload{datagram.payload};
  const bool is_for_server = datagram.to.port == 3478;
  const Verdict verdict =
      is_for_server ? forwarder_.from_client(
                          payload, {ClientEndpoint(datagram.from), ServerEndpoint(datagram.to)}, now_)
                    : forwarder_.from_peer(payload, RelayEndpoint(datagram.to),
                                           ExternalEndpoint(datagram.from), space, now_);
  if (verdict.along == nullptr) return std::nullopt;
  const relay::Route& route = verdict.along->route;
  const bool is_to_peer = verdict.kind == Verdict::Kind::to_peer;
  Datagram leaving;
  leaving.from = is_to_peer ? route.relay.plain() : route.client.server.plain();
  leaving.to = is_to_peer ? verdict.peer.plain() : route.client.client.plain();
  const Parts& parts = verdict.parts;
  for (const Bytes part : {parts.header, parts.payload})
    leaving.payload.insert(leaving.payload.end(), part.begin(), part.end());
  leaving.traffic_class = datagram.traffic_class;
  leaving.hop_limit = kHopLimit;
  leaving.has_checksum = datagram.has_checksum;
  if (leaving.to.address.is_v4()) {
    const bool is_large = 20 + 8 + leaving.payload.size() > 1260;
    leaving.dont_fragment = datagram.to.address.is_v4() ? datagram.dont_fragment : is_large;
  }
  return leaving;
}

Datagram RelayWorld::from_client(const relay::Route& route, Bytes payload) const {
  return {.from = route.client.client.plain(),
          .to = route.client.server.plain(),
          .payload = channel_data(route.channel, payload)};
}

Datagram RelayWorld::from_peer(const relay::Route& route, Bytes payload) const {
  return {.from = route.peer.plain(),
          .to = route.relay.plain(),
          .payload = Buffer(payload.begin(), payload.end())};
}

}  // namespace turnpike::kernel
