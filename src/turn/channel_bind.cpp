#include "turnpike/turn/channel_bind.hpp"

#include "turnpike/stun/channel_data.hpp"
#include "turnpike/turn/permit.hpp"

namespace turnpike::turn {
namespace {

using stun::Attr;

struct Binding {
  std::uint16_t number = 0;
  PeerEndpoint peer;  // local form
};

std::optional<Binding> binding_in(const Request& request, const ServerOptions& options) {
  const auto number_value = request.message.find(Attr::channel_number);
  const auto peer_value = request.message.find(Attr::xor_peer_address);
  const auto number = number_value ? stun::read_channel_number(*number_value) : std::nullopt;
  const auto peer =
      peer_value ? stun::read_xor_address(*peer_value, request.exchange.transaction) : std::nullopt;
  const std::uint16_t number_max = options.rfc5766_channels ? stun::kChannelMaxRfc5766 : stun::kChannelMax;
  if (!number || *number < stun::kChannelMin || *number > number_max) return std::nullopt;
  if (!peer || peer->port == 0) return std::nullopt;
  return Binding{*number, options.external.to_local(ExternalEndpoint(*peer))};
}

bool is_taken(Allocation& allocation, const Binding& binding) {
  const Channel* channel = allocation.channel(binding.number);
  return channel == nullptr ? allocation.channel(binding.peer) != nullptr : channel->peer != binding.peer;
}

// What is forbidden since a reload ends with the refusal.
std::optional<Refusal> check(Core& core, Allocation& allocation, const Binding& binding) {
  if (const auto refusal = check_peer(core, allocation, binding.peer.address)) {
    if (refusal->cause != Cause::peer_family) withdraw(core, allocation, binding.peer.address);
    return refusal;
  }
  if (const auto refusal = core.policies.peers->why_not(binding.peer, allocation.reach())) {
    core.live.end_channels(allocation,
                           [&](const Channel& channel) { return channel.number == binding.number; });
    return refusal;
  }
  const bool is_new = allocation.channel(binding.number) == nullptr;
  if (is_new && is_full(allocation.channels.size(), core.options.channels_max))
    return Refusal{Cause::channels_full};
  const bool is_permitted = allocation.permission(binding.peer.address) != nullptr;
  if (!is_permitted && is_full(allocation.permissions.size(), core.options.permissions_max))
    return Refusal{Cause::permissions_full};
  return std::nullopt;
}

}  // namespace

// The order is that of RFC 8656 12.2: the four reasons for 400, then 443, 403, 508. The permission lasts as
// long as the channel, which goes beyond RFC 8656 9: many clients refresh their channels alone.
std::optional<Refusal> channel_bind(Core& core, const Request& request) {
  Allocation& allocation = *request.allocation;
  const auto binding = binding_in(request, core.options);
  if (!binding) return Refusal{Cause::malformed};
  if (is_taken(allocation, *binding)) return Refusal{Cause::channel_taken};
  if (const auto refusal = check(core, allocation, *binding)) return refusal;

  Channel* channel = allocation.channel(binding->number);
  if (channel == nullptr)
    channel = &allocation.channels.emplace_back(Channel{binding->number, binding->peer, {}, {}});
  channel->expires = request.now.monotonic + kChannelLifetime;
  const Duration permitted = core.options.strict_permissions ? kPermissionLifetime : kChannelLifetime;
  permit(core, allocation, binding->peer.address, request.now.monotonic + permitted);
  core.live.update(allocation);
  core.out.respond(request.exchange.client, ResponseBuilder(request.exchange, stun::Class::success).finish());
  return std::nullopt;
}

}  // namespace turnpike::turn
