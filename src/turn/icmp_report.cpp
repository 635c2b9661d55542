#include "turnpike/turn/icmp_report.hpp"

#include <algorithm>
#include <array>

namespace turnpike::turn {
namespace {

constexpr std::uint32_t kIcmpPerSecondMax = 10;  // of an allocation: a closed port must not flood it

struct IcmpKind {
  Family family;
  std::uint8_t type;
};
// Unreachable and time exceeded; for IPv6 also "too big" (RFC 8656 11.5).
constexpr IcmpKind kForwardedIcmp[] = {
    {Family::ipv4, 3}, {Family::ipv4, 11}, {Family::ipv6, 1}, {Family::ipv6, 2}, {Family::ipv6, 3}};

bool is_forwarded(const IcmpError& error) {
  return std::ranges::any_of(kForwardedIcmp, [&](const IcmpKind& kind) {
    return kind.family == error.peer.family() && kind.type == error.type;
  });
}

// The permission is that of the peer we sent to, never of the router that complains (RFC 8656 11.5).
bool is_permitted(const Allocation& allocation, const IpAddress& peer, TimePoint now) {
  const Permission* permission = allocation.permission(peer);
  return permission != nullptr && allocation.route(*permission).deadline > now;
}

bool count_one(Allocation& allocation, TimePoint now) {
  if (now - allocation.icmp_window_start >= std::chrono::seconds(1)) {
    allocation.icmp_window_start = now;
    allocation.icmp_in_window = 0;
  }
  return ++allocation.icmp_in_window <= kIcmpPerSecondMax;
}

}  // namespace

void report_icmp(Core& core, const RelayEndpoint& relay, const IcmpError& error, TimePoint now) {
  Allocation* allocation = core.live.find_by_relay(relay);
  if (allocation == nullptr || !is_forwarded(error)) return;
  if (!is_permitted(*allocation, error.peer.address, now) || !count_one(*allocation, now)) return;

  stun::TransactionId id;
  core.random.fill(id);
  std::array<std::uint8_t, 64> buffer;
  stun::MessageBuilder indication(buffer, stun::Method::data, stun::Class::indication, id);
  indication.add_xor_address(stun::Attr::xor_peer_address,
                             core.options.external.to_external(error.peer).plain());
  indication.add_icmp(error.type, error.code, error.mtu);
  const Bytes bytes = indication.bytes();
  core.out.respond(allocation->client, {bytes.begin(), bytes.end()});
}

}  // namespace turnpike::turn
