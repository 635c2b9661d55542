#include "turnpike/relay/forwarder.hpp"

#include <cstring>

#include "turnpike/stun/channel_data.hpp"
#include "turnpike/stun/classify.hpp"
#include "turnpike/stun/message.hpp"

namespace turnpike::relay {
namespace {

using stun::Attr;

constexpr std::uint16_t kSendIndication = stun::message_type(stun::Method::send, stun::Class::indication);
constexpr std::uint16_t kDataIndication = stun::message_type(stun::Method::data, stun::Class::indication);
constexpr std::size_t kUdpPayloadMax = 65507;  // over IPv4; what does not fit it is dropped whole
constexpr std::size_t kStunLengthMax = 65532;  // 16 bits, a multiple of 4
constexpr std::size_t kChannelPayloadMax = 65535;

constexpr std::uint8_t kZeros[3] = {};

Verdict drop(DropReason reason) { return {.reason = reason, .parts = {}, .peer = {}}; }

// Of an allocation that is known: its account says so, too.
Verdict drop_along(const RouteTable::Slot& slot, DropReason reason) {
  ++slot.traffic->packets_dropped;
  return drop(reason);
}

// To a multiple of 4.
Bytes padding_of(Bytes payload) { return Bytes{kZeros}.first(padded4(payload.size()) - payload.size()); }

// What matters of a Send indication, if it may be relayed at all (RFC 8656 11.2, RFC 8489 6.3.2).
struct SendParts {
  ExternalEndpoint peer;
  Bytes data;
  bool dont_fragment;
};

std::optional<SendParts> read_send(Bytes packet) {
  const auto message = stun::MessageView::parse(packet);
  if (!message) return std::nullopt;
  std::optional<Bytes> peer_value;
  SendParts parts{{}, {}, false};
  bool has_data = false;
  bool has_unknown = false;
  message->for_each([&](const stun::Attribute& attribute) {
    if (attribute.type == Attr::xor_peer_address && !peer_value) {
      peer_value = attribute.value;
    } else if (attribute.type == Attr::data && !has_data) {
      parts.data = attribute.value;
      has_data = true;
    } else if (attribute.type == Attr::dont_fragment) {
      parts.dont_fragment = true;
    } else if (stun::is_comprehension_required(attribute.type) && !stun::is_known(attribute.type)) {
      has_unknown = true;
    }
  });
  const auto peer =
      peer_value ? stun::read_xor_address(*peer_value, message->transaction_id()) : std::nullopt;
  if (!peer || !has_data || has_unknown || peer->port == 0) return std::nullopt;
  parts.peer = ExternalEndpoint(*peer);
  return parts;
}

}  // namespace

Verdict Forwarder::from_client(Bytes packet, const FiveTuple& client, TimePoint now) {
  if (packet.empty()) return drop(DropReason::malformed);
  const auto kind = options_.rfc5766_channels ? stun::classify_rfc5766(packet[0]) : stun::classify(packet[0]);
  if (kind == stun::PacketKind::channel_data) return channel_data(packet, client, now);
  if (kind != stun::PacketKind::stun) return drop(DropReason::malformed);
  if (packet.size() >= stun::kHeaderSize && load_be16(packet.data()) == kSendIndication)
    return send_indication(packet, client, now);
  Verdict verdict;
  verdict.kind = Verdict::Kind::punt;
  return verdict;
}

Verdict Forwarder::channel_data(Bytes packet, const FiveTuple& client, TimePoint now) {
  const auto data = stun::parse_channel_data(packet);
  if (!data) return drop(DropReason::malformed);
  const auto* slot = routes_.by_channel(client, data->number);
  if (slot == nullptr) return drop(DropReason::no_route);
  return take_to_peer(*slot, slot->route.peer, data->payload, now);
}

Verdict Forwarder::send_indication(Bytes packet, const FiveTuple& client, TimePoint now) {
  const auto parts = read_send(packet);
  if (!parts) return drop(DropReason::malformed);
  const PeerEndpoint peer = options_.external.to_local(parts->peer);
  const auto* slot = routes_.by_permission(client, peer.address);
  if (slot == nullptr) return drop(DropReason::no_route);
  if (!may_reach(slot->route, peer)) return drop(DropReason::peer_refused);
  Verdict verdict = take_to_peer(*slot, peer, parts->data, now);
  verdict.dont_fragment = parts->dont_fragment;
  return verdict;
}

Verdict Forwarder::take_to_peer(const RouteTable::Slot& slot, const PeerEndpoint& peer, Bytes payload,
                                TimePoint now) {
  if (slot.route.deadline <= now) return drop_along(slot, DropReason::expired);
  slot.traffic->heard = now;
  if (!meters_.admit(slot.route.meter, payload.size(), now)) return drop_along(slot, DropReason::over_budget);
  ++slot.traffic->packets_from_client;
  slot.traffic->bytes_from_client += payload.size();
  Verdict verdict;
  verdict.kind = Verdict::Kind::to_peer;
  verdict.parts.payload = payload;
  verdict.along = &slot;
  verdict.peer = peer;
  return verdict;
}

// What a peer of this host sends to a relay's external address comes back from the NAT with the external
// address of the peer.
Verdict Forwarder::from_peer(Bytes payload, const RelayEndpoint& relay, const ExternalEndpoint& sender,
                             HeaderSpace space, TimePoint now) {
  const PeerEndpoint peer = options_.external.to_local(sender);
  const auto* channel = routes_.channel_from_peer(relay, peer);
  if (channel != nullptr && channel->route.deadline > now)
    return wrap_channel_data(payload, *channel, space, now);
  const auto* permission = routes_.permission_from_peer(relay, peer.address);
  if (permission == nullptr)
    return channel == nullptr ? drop(DropReason::no_route) : drop_along(*channel, DropReason::expired);
  if (permission->route.deadline <= now) return drop_along(*permission, DropReason::expired);
  if (!may_reach(permission->route, peer)) return drop(DropReason::peer_refused);
  return wrap_data_indication(payload, *permission, peer, space, now);
}

Verdict Forwarder::wrap_channel_data(Bytes payload, const RouteTable::Slot& slot, HeaderSpace space,
                                     TimePoint now) {
  if (payload.size() > kChannelPayloadMax) return drop(DropReason::malformed);
  const auto header = space.first<stun::kChannelHeaderSize>();
  stun::write_channel_header(header, slot.route.channel, payload.size());
  const bool padded = is_stream(slot.route.client.transport);  // RFC 8656 12.5
  return deliver(slot, {header, payload, padded ? padding_of(payload) : Bytes{}}, now);
}

// STUN header, XOR-PEER-ADDRESS and the header of DATA.
Verdict Forwarder::wrap_data_indication(Bytes payload, const RouteTable::Slot& slot, const PeerEndpoint& peer,
                                        HeaderSpace space, TimePoint now) {
  const std::size_t address_size = peer.address.is_v4() ? 8 : 20;
  const MutableBytes header = space.first(stun::kHeaderSize + 4 + address_size + 4);
  const std::size_t length = header.size() - stun::kHeaderSize + padded4(payload.size());
  if (length > kStunLengthMax) return drop_along(slot, DropReason::too_large);
  stun::TransactionId id;
  random_.fill(id);
  std::uint8_t* at = header.data();
  store_be16(at, kDataIndication);
  store_be16(at + 2, static_cast<std::uint16_t>(length));
  store_be32(at + 4, stun::kMagicCookie);
  std::memcpy(at + 8, id.data(), id.size());
  at += stun::kHeaderSize;
  store_be16(at, static_cast<std::uint16_t>(Attr::xor_peer_address));
  store_be16(at + 2, static_cast<std::uint16_t>(address_size));
  stun::write_xor_address({at + 4, address_size}, options_.external.to_external(peer).plain(), id);
  at += 4 + address_size;
  store_be16(at, static_cast<std::uint16_t>(Attr::data));
  store_be16(at + 2, static_cast<std::uint16_t>(payload.size()));
  return deliver(slot, {header, payload, padding_of(payload)}, now);
}

Verdict Forwarder::deliver(const RouteTable::Slot& slot, const Parts& parts, TimePoint now) {
  const bool fits = is_stream(slot.route.client.transport) || parts.size() <= kUdpPayloadMax;
  if (!fits) return drop_along(slot, DropReason::too_large);
  if (!meters_.admit(slot.route.meter, parts.payload.size(), now))
    return drop_along(slot, DropReason::over_budget);
  ++slot.traffic->packets_to_client;
  slot.traffic->bytes_to_client += parts.payload.size();
  Verdict verdict;
  verdict.kind = Verdict::Kind::to_client;
  verdict.parts = parts;
  verdict.along = &slot;
  return verdict;
}

}  // namespace turnpike::relay
