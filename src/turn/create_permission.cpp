#include "turnpike/turn/create_permission.hpp"

#include <algorithm>
#include <vector>

#include "turnpike/turn/permit.hpp"

namespace turnpike::turn {
namespace {

using stun::Attr;

// In local form, sorted, each once: a frame of a stream has room for thousands. Empty if one is malformed.
std::vector<IpAddress> peers_in(const Request& request, const AddressMap& external) {
  std::vector<IpAddress> peers;
  bool malformed = false;
  request.message.for_each([&](const stun::Attribute& attribute) {
    if (attribute.type != Attr::xor_peer_address) return;
    const auto peer = stun::read_xor_address(attribute.value, request.exchange.transaction);
    malformed |= !peer;
    if (peer) peers.push_back(external.to_local(ExternalAddress(peer->address)));
  });
  if (malformed) return {};
  std::ranges::sort(peers);
  peers.erase(std::unique(peers.begin(), peers.end()), peers.end());
  return peers;
}

// A family that does not match is named before a peer that is forbidden: that is the order of RFC 8656 12.2,
// and 10.2 has none. Each one that is forbidden loses what it had.
std::optional<Refusal> check_peers(Core& core, Allocation& allocation, const std::vector<IpAddress>& peers) {
  std::optional<Refusal> worst;
  for (const IpAddress& peer : peers) {
    const auto refusal = check_peer(core, allocation, peer);
    if (!refusal) continue;
    if (refusal->cause != Cause::peer_family) withdraw(core, allocation, peer);
    if (!worst || worst->cause != Cause::peer_family) worst = refusal;
  }
  return worst;
}

bool has_room(const Core& core, const Allocation& allocation, const std::vector<IpAddress>& peers) {
  const auto added = std::ranges::count_if(
      peers, [&](const IpAddress& peer) { return allocation.permission(peer) == nullptr; });
  return added == 0 || !is_full(allocation.permissions.size() + static_cast<std::size_t>(added) - 1,
                                core.options.permissions_max);
}

}  // namespace

// All or nothing (RFC 8656 10.2): every address is checked before the first permission changes.
std::optional<Refusal> create_permission(Core& core, const Request& request) {
  Allocation& allocation = *request.allocation;
  const auto peers = peers_in(request, core.options.external);
  if (peers.empty()) return Refusal{Cause::malformed};
  if (const auto refusal = check_peers(core, allocation, peers)) return refusal;
  if (!has_room(core, allocation, peers)) return Refusal{Cause::permissions_full};

  const TimePoint until = request.now.monotonic + kPermissionLifetime;
  for (const IpAddress& peer : peers) permit(core, allocation, peer, until);
  core.live.update(allocation);
  core.out.respond(request.exchange.client, ResponseBuilder(request.exchange, stun::Class::success).finish());
  return std::nullopt;
}

}  // namespace turnpike::turn
