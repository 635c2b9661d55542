// No payload passes without permission, none goes astray, and none that may pass is withheld.
#include <fmt/format.h>

#include <algorithm>

#include "auditor.hpp"
#include "turnpike/stun/channel_data.hpp"

namespace turnpike::sim {
namespace {

using relay::DropReason;
using relay::Verdict;

constexpr std::uint16_t kSendIndication = stun::message_type(stun::Method::send, stun::Class::indication);

bool is_data(Bytes packet) {
  if (packet.empty()) return false;
  if (packet[0] >= 0x40 && packet[0] <= 0x4F) return true;
  return packet.size() >= stun::kHeaderSize && load_be16(packet.data()) == kSendIndication;
}

// What the client will read: the channel number, 0 for a Data indication, and the payload.
struct Wrapped {
  std::uint16_t number = 0;
  std::optional<Endpoint> peer;
  Bytes payload;
  std::size_t size = 0;  // on the wire, as it must be
};

std::optional<Wrapped> unwrap(Bytes packet, bool stream) {
  if (packet.empty()) return std::nullopt;
  if (packet[0] >= 0x40) {
    const auto data = stun::parse_channel_data(packet);
    if (!data) return std::nullopt;
    const std::size_t size = data->payload.size();
    return Wrapped{data->number, std::nullopt, data->payload,
                   stun::kChannelHeaderSize + (stream ? padded4(size) : size)};
  }
  const auto message = stun::MessageView::parse(packet);
  if (!message || message->method() != stun::Method::data || message->cls() != stun::Class::indication)
    return std::nullopt;
  const auto peers = peers_of(*message);
  const auto data = message->find(stun::Attr::data);
  if (peers.size() != 1 || !data) return std::nullopt;
  return Wrapped{0, peers.front(), *data, packet.size()};
}

std::string describe(const FiveTuple& tuple, const Endpoint& peer) {
  return fmt::format("{} {} and {}", to_string(tuple.transport), tuple.client.to_string(), peer.to_string());
}

}  // namespace

relay::Traffic* Auditor::traffic_of(const FiveTuple& tuple) {
  const auto found = live_by_tuple_.find(tuple);
  return found == live_by_tuple_.end() ? nullptr : &live_.at(found->second).traffic;
}

// What is dropped because its route is over may come when the client's grant is, too.
void Auditor::count_expired(const RelayEndpoint& relay) {
  const auto through = [&](const auto& known) { return known.second.relay == relay; };
  const auto route = std::ranges::find_if(routes_, through);
  if (route == routes_.end()) return referee_.violation("a route that was not there is over");
  ++traffic_of(route->second.client)->packets_dropped;
}

void Auditor::from_client(const relay::Client& client, const Parcel& parcel, const Verdict& verdict,
                          TimePoint now) {
  const FiveTuple& tuple = client.tuple;
  heard_.insert(tuple);
  const bool passed = verdict.kind == Verdict::Kind::to_peer;
  const Endpoint peer = outside(verdict.peer);
  relay::Traffic* traffic = traffic_of(tuple);
  if (passed) {
    if (!book_.may_send(tuple, outside(verdict.along->route.relay), peer, now) || traffic == nullptr) {
      return referee_.violation("data left without permission: " + describe(tuple, peer));
    }
    traffic->heard = now;
    ++traffic->packets_from_client;
    traffic->bytes_from_client += verdict.parts.size();
  }
  if (verdict.reason == DropReason::over_budget) {
    if (traffic != nullptr) {
      traffic->heard = now;
      ++traffic->packets_dropped;
    }
    return referee_.saw("over budget from client");
  }
  if (verdict.reason == DropReason::expired && traffic != nullptr) ++traffic->packets_dropped;
  if (parcel.damaged || !is_data(parcel.bytes)) return;
  const auto expected = book_.outward(tuple, parcel.bytes, now);
  if (expected && !passed)
    return referee_.violation(fmt::format("data was withheld from a peer ({}): {}", to_string(verdict.reason),
                                          describe(tuple, expected->peer)));
  if (!expected && passed)
    return referee_.violation("data passed that must be dropped: " + describe(tuple, peer));
  referee_.saw(passed ? "data to peer" : "data from client dropped");
  if (!passed) return;
  const bool same = outside(verdict.along->route.relay) == expected->relay && peer == expected->peer &&
                    std::ranges::equal(verdict.parts.payload, expected->payload);
  if (!same)
    referee_.violation("data went to another peer, from another relay or changed: " + describe(tuple, peer));
}

void Auditor::from_peer(const RelayEndpoint& relay, const PeerEndpoint& peer, Bytes payload,
                        const Verdict& verdict, TimePoint now) {
  const FiveTuple* owner = book_.owner(outside(relay), now);
  const auto expected = owner == nullptr ? std::nullopt : book_.inward(*owner, outside(peer), now);
  const bool passed = verdict.kind == Verdict::Kind::to_client;
  relay::Traffic* traffic = owner == nullptr ? nullptr : traffic_of(*owner);
  if (verdict.reason == DropReason::over_budget) {
    if (traffic != nullptr) ++traffic->packets_dropped;
    return referee_.saw("over budget from peer");
  }
  if (verdict.reason == DropReason::expired) count_expired(relay);
  if (!expected && passed) {
    return referee_.violation(fmt::format("{} reached {} without permission", peer.to_string(),
                                          verdict.along->route.client.client.to_string()));
  }
  if (expected && !passed)
    return referee_.violation(fmt::format("data was withheld from a client ({}): {}",
                                          to_string(verdict.reason), describe(*owner, peer.plain())));
  referee_.saw(passed ? "data to client" : "data from peer dropped");
  if (!passed || traffic == nullptr) return;
  ++traffic->packets_to_client;
  traffic->bytes_to_client += payload.size();

  const auto packet = join(verdict.parts);
  const auto wrapped = unwrap(packet, is_stream(owner->transport));
  const bool right = verdict.along->route.client == *owner && wrapped && wrapped->number == *expected &&
                     wrapped->size == packet.size() && std::ranges::equal(wrapped->payload, payload) &&
                     (!wrapped->peer || *wrapped->peer == outside(peer));
  if (!right)
    referee_.violation("data of a peer was wrapped wrongly or went to another client: " +
                       describe(*owner, peer.plain()));
}

}  // namespace turnpike::sim
