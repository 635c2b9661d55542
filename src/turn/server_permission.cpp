// CreatePermission and ChannelBind (RFC 8656 10.2 and 12.2): what lets a peer's data through, and how routes
// follow from it.
#include <algorithm>

#include "turnpike/stun/channel_data.hpp"
#include "turnpike/turn/server.hpp"

namespace turnpike::turn {
namespace {

using stun::Attr;
using stun::ErrorCode;

constexpr std::size_t kLoggedPeersMax = 16;

bool full(std::size_t size, std::uint32_t max) { return max != 0 && size >= max; }

}  // namespace

// The family and the policy; room is judged over all peers of a request together.
std::optional<ErrorCode> Server::judge_peer(const Allocation& allocation, const IpAddress& peer) {
  if (is_never_relayed(peer)) return ErrorCode::forbidden;
  if (allocation.half(peer.family()) == nullptr) return ErrorCode::peer_address_family_mismatch;
  if (!policies_.peers->allows_some_port(peer)) return ErrorCode::forbidden;
  return std::nullopt;
}

// All or nothing (TURN-PERM-05): every address is judged before the first permission changes.
void Server::on_create_permission(Request& request) {
  if (!require_allocation(request)) return;
  Allocation& allocation = *request.allocation;

  std::vector<IpAddress> peers;
  bool malformed = false;
  request.message.for_each([&](const stun::Attribute& attribute) {
    if (attribute.type != Attr::xor_peer_address) return;
    const auto peer = stun::read_xor_address(attribute.value, request.exchange.transaction);
    malformed |= !peer;
    if (!peer) return;
    peers.push_back(options_.external.to_local(peer->address));
  });
  if (malformed || peers.empty()) return refuse(request.exchange, ErrorCode::bad_request);
  std::ranges::sort(peers);  // a frame of a stream has room for thousands
  peers.erase(std::unique(peers.begin(), peers.end()), peers.end());

  // TURN-PERM-12: a family that does not match is named before a peer that is forbidden.
  std::optional<ErrorCode> error;
  std::size_t added = 0;
  for (const IpAddress& peer : peers) {
    const auto verdict = judge_peer(allocation, peer);
    if (verdict == ErrorCode::forbidden) forget_peer(allocation, peer);
    if (verdict && error != ErrorCode::peer_address_family_mismatch) error = verdict;
    added += allocation.permission(peer) == nullptr ? 1 : 0;
  }
  if (!error && added > 0 && full(allocation.permissions.size() + added - 1, options_.permissions_max)) {
    error = ErrorCode::insufficient_capacity;
  }
  if (error) return refuse(request.exchange, *error);

  for (const IpAddress& peer : peers) permit(allocation, peer, request.now.monotonic);
  publish_changed(allocation);
  allocations_.reschedule(allocation);
  respond(request.exchange.client, ResponseBuilder(request.exchange, stun::Class::success).finish());
}

// TURN-CHAN-13: the four reasons for 400, then 443, 403, 508.
void Server::on_channel_bind(Request& request) {
  if (!require_allocation(request)) return;
  Allocation& allocation = *request.allocation;

  const auto number_value = request.message.find(Attr::channel_number);
  const auto peer_value = request.message.find(Attr::xor_peer_address);
  const auto number = number_value ? stun::read_channel_number(*number_value) : std::nullopt;
  const auto named_peer =
      peer_value ? stun::read_xor_address(*peer_value, request.exchange.transaction) : std::nullopt;
  if (!number || !named_peer || named_peer->port == 0)
    return refuse(request.exchange, ErrorCode::bad_request);
  if (*number < stun::kChannelMin || *number > channel_max())
    return refuse(request.exchange, ErrorCode::bad_request);
  const Endpoint peer = options_.external.to_local(*named_peer);
  Channel* channel = allocation.channel(*number);
  const bool number_taken = channel != nullptr && channel->peer != peer;
  const bool peer_taken = channel == nullptr && allocation.channel(peer) != nullptr;
  if (number_taken || peer_taken) return refuse(request.exchange, ErrorCode::bad_request);

  if (const auto error = judge_peer(allocation, peer.address)) {
    if (*error == ErrorCode::forbidden) forget_peer(allocation, peer.address);
    return refuse(request.exchange, *error);
  }
  if (!policies_.peers->allows(peer)) {
    if (channel != nullptr) forget_channel(allocation, *channel);
    return refuse(request.exchange, ErrorCode::forbidden);
  }
  const bool no_room = (channel == nullptr && full(allocation.channels.size(), options_.channels_max)) ||
                       (allocation.permission(peer.address) == nullptr &&
                        full(allocation.permissions.size(), options_.permissions_max));
  if (no_room) return refuse(request.exchange, ErrorCode::insufficient_capacity);

  if (channel == nullptr) channel = &allocation.channels.emplace_back(Channel{*number, peer, {}, {}});
  channel->expires = request.now.monotonic + kChannelLifetime;
  permit(allocation, peer.address, request.now.monotonic);
  publish_changed(allocation);
  allocations_.reschedule(allocation);
  respond(request.exchange.client, ResponseBuilder(request.exchange, stun::Class::success).finish());
}

void Server::permit(Allocation& allocation, const IpAddress& peer, TimePoint now) {
  const bool ports_filtered = policies_.peers->ports_differ(peer);
  Permission* permission = allocation.permission(peer);
  if (permission != nullptr &&
      permission->ports_filtered != ports_filtered) {  // since a reload: another route
    emit(RetractRoute{allocation.route(*permission)});
    permission->ports_filtered = ports_filtered;
    permission->published = {};
  }
  if (permission == nullptr) {
    permission = &allocation.add_permission(peer);
    permission->ports_filtered = ports_filtered;
    if (allocation.peers.size() < kLoggedPeersMax &&
        std::ranges::find(allocation.peers, peer) == allocation.peers.end()) {
      allocation.peers.push_back(peer);
    }
    ++allocation.peers_total;
  }
  permission->expires = now + kPermissionLifetime;
  if (!ports_filtered) return;
  // Channels live by this refresh, too: those to a port that is forbidden by now end.
  std::erase_if(allocation.channels, [&](const Channel& channel) {
    const bool forbidden = channel.peer.address == peer && !policies_.peers->allows(channel.peer);
    if (forbidden) emit(RetractRoute{allocation.route(channel)});
    return forbidden;
  });
}

// A rule that forbids the peer since a reload ends what the peer had.
void Server::forget_peer(Allocation& allocation, const IpAddress& peer) {
  if (allocation.permission(peer) == nullptr) return;  // nor does a channel of its pass anything
  for (const Channel& channel : allocation.channels) {
    if (channel.peer.address == peer) emit(RetractRoute{allocation.route(channel)});
  }
  std::erase_if(allocation.channels, [&](const Channel& channel) { return channel.peer.address == peer; });
  emit(RetractRoute{allocation.route(*allocation.permission(peer))});
  std::erase_if(allocation.permissions,
                [&](const Permission& permission) { return permission.peer == peer; });
  allocations_.reschedule(allocation);
}

void Server::forget_channel(Allocation& allocation, const Channel& channel) {
  emit(RetractRoute{allocation.route(channel)});
  std::erase_if(allocation.channels,
                [number = channel.number](const Channel& other) { return other.number == number; });
  allocations_.reschedule(allocation);
}

// Every route whose deadline is no longer the one that the engines hold.
void Server::publish_changed(Allocation& allocation) {
  const auto publish = [&](auto& part) {
    const relay::Route route = allocation.route(part);
    if (route.deadline == part.published) return;
    part.published = route.deadline;
    emit(PublishRoute{route});
  };
  std::ranges::for_each(allocation.permissions, publish);
  std::ranges::for_each(allocation.channels, publish);
}

}  // namespace turnpike::turn
