#include "turnpike/turn/revise.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "turnpike/turn/permit.hpp"

namespace turnpike::turn {
namespace {

std::optional<EndReason> reason_to_end(const Core& core, const Authenticator& authenticator,
                                       const Allocation& allocation) {
  const Policies& policies = core.policies;
  // Without the page that has let visitors in, nothing bounds them any more.
  const bool must_be_known = policies.end_unverified || allocation.identity.kind == NameKind::visitor;
  if (must_be_known && !authenticator.is_known(allocation.identity, *policies.credentials))
    return EndReason::credential_gone;
  const bool is_anywhere = std::ranges::any_of(
      allocation.halves, [&](const RelayHalf& half) { return is_here(half.relay, policies); });
  return is_anywhere ? std::nullopt : std::optional(EndReason::address_gone);
}

void close_lost_half(Core& core, Allocation& allocation) {
  const auto lost = std::ranges::find_if(
      allocation.halves, [&](const RelayHalf& half) { return !is_here(half.relay, core.policies); });
  if (lost != allocation.halves.end()) core.live.close_half(allocation, lost->relay.family());
}

// Where metering was switched on or off. Each route names its meter.
void heed_meter(Core& core, Allocation& allocation) {
  const relay::MeterId meter = core.ledger.meter_of(allocation.identity.user_id);
  if (meter == allocation.meter) return;
  const auto retract = [&](auto& part) {
    if (part.published == TimePoint{}) return;
    core.out.emit(RetractRoute{allocation.route(part)});
    part.published = {};
  };
  std::ranges::for_each(allocation.channels, retract);
  std::ranges::for_each(allocation.permissions, retract);
  allocation.meter = meter;
}

void judge_peers(Core& core, Allocation& allocation) {
  const PeerPolicy& peers = *core.policies.peers;
  const relay::Reach reach = allocation.reach();
  std::vector<IpAddress> forbidden;
  for (Permission& permission : allocation.permissions) {
    if (peers.why_no_port(permission.peer, reach)) {
      forbidden.push_back(permission.peer);
    } else {
      update_ports_filtered(core, allocation, permission);
    }
  }
  for (const IpAddress& peer : forbidden) withdraw(core, allocation, peer);
  core.live.end_channels(allocation,
                         [&](const Channel& channel) { return !peers.allows(channel.peer, reach); });
}

}  // namespace

bool is_here(const RelayEndpoint& relay, const Policies& policies) {
  const auto& here = policies.host_addresses;
  return !here || std::ranges::find(*here, relay.address) != here->end();
}

std::size_t revise(Core& core, const Authenticator& authenticator, relay::AllocationId id, TimePoint now) {
  Allocation* const allocation = core.live.find(id);
  if (allocation == nullptr) return 1;
  const std::size_t judged = 1 + allocation->permissions.size() + allocation->channels.size();
  if (const auto reason = reason_to_end(core, authenticator, *allocation)) {
    core.live.end(id, *reason, now);
    return judged;
  }
  close_lost_half(core, *allocation);
  judge_peers(core, *allocation);
  heed_meter(core, *allocation);
  core.live.update(*allocation);
  return judged;
}

}  // namespace turnpike::turn
