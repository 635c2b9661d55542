#include "turnpike/turn/peer_policy.hpp"

#include <algorithm>
#include <set>

namespace turnpike::turn {
namespace {

std::vector<IpPrefix> prefixes(std::initializer_list<std::string_view> texts) {
  std::vector<IpPrefix> result;
  for (const auto text : texts) result.push_back(IpPrefix::parse(text).value());
  return result;
}

bool any_contains(const std::vector<IpPrefix>& list, const IpAddress& address) {
  return std::ranges::any_of(list, [&](const IpPrefix& prefix) { return prefix.contains(address); });
}

// Of no host: a listener there serves all addresses.
bool is_wildcard(const IpAddress& address) {
  return std::ranges::all_of(address.wire(), [](std::uint8_t byte) { return byte == 0; });
}

// ISATAP (RFC 5214 6.1): the interface identifier 0000:5efe or 0200:5efe, then an IPv4 address.
bool is_isatap(const IpAddress& address) {
  const auto& b = address.bytes16();
  return address.is_v6() && (b[8] & 0xFD) == 0 && b[9] == 0 && b[10] == 0x5E && b[11] == 0xFE;
}

}  // namespace

const std::vector<IpPrefix>& special_prefixes() {
  static const auto list = prefixes({
      "0.0.0.0/8",       "10.0.0.0/8",      "100.64.0.0/10",  "127.0.0.0/8",
      "169.254.0.0/16",  "172.16.0.0/12",   "192.0.0.0/24",   "192.88.99.0/24",
      "192.168.0.0/16",  "198.18.0.0/15",   "224.0.0.0/4",    "240.0.0.0/4",
      "192.0.2.0/24",    "198.51.100.0/24", "203.0.113.0/24",  // documentation (RFC 5737)
      "::/96",                                                 // unspecified, loopback, IPv4-compatible
      "::ffff:0:0/96",                                         // IPv4-mapped
      "::ffff:0:0:0/96",                                       // IPv4-translated (SIIT)
      "64:ff9b::/96",    "64:ff9b:1::/48",                     // NAT64
      "100::/64",        "100:0:0:1::/64",                     // discard, dummy prefix (RFC 9780)
      "2001::/32",                                             // Teredo
      "2001:2::/48",                                           // benchmarking (RFC 5180)
      "2001:10::/28",    "2001:20::/28",                       // ORCHID (RFC 4843, RFC 7343)
      "2001:db8::/32",   "3fff::/20",                          // documentation (RFC 3849, RFC 9637)
      "5f00::/16",                                             // segment routing (RFC 9602)
      "2002::/16",                                             // 6to4
      "fc00::/7",        "fe80::/10",       "fec0::/10",      "ff00::/8",
  });
  return list;
}

bool is_special_purpose(const IpAddress& address) {
  return any_contains(special_prefixes(), address) || is_isatap(address);
}

bool is_never_relayed(const IpAddress& address) {
  static const auto list = prefixes({"::ffff:0:0/96", "2001::/32", "2002::/16"});
  return any_contains(list, address);
}

PeerPolicy::Verdict PeerPolicy::verdict_on(const PeerEndpoint& peer, relay::Reach reach) const {
  const auto matches = [&](const PeerRule& rule) { return rule.matches(peer); };
  if (is_never_relayed(peer.address)) return {Cause::peer_disguised};
  if (peer.port == 0) return {Cause::malformed};
  const auto is_listener = [&](const Endpoint& listener) {
    return listener.port == peer.port && serves(listener, peer.address);
  };
  if (std::ranges::any_of(rules_.own_listeners, is_listener)) return {Cause::peer_is_listener};
  if (reach == relay::Reach::visitors)
    return relays_->is_visitors_relay(peer) ? Verdict{} : Verdict{Cause::peer_is_no_visitor};
  if (relays_->is_live_relay(peer)) return rules_.only_allowed ? Verdict{Cause::peer_is_relay} : Verdict{};
  const auto denying = std::ranges::find_if(rules_.deny, matches);
  if (denying != rules_.deny.end()) return {Cause::peer_denied, &*denying};
  if (std::ranges::any_of(rules_.allow, matches)) return {};
  if (rules_.only_allowed) return {Cause::peer_not_allowed};
  if (is_own(peer.address)) return {Cause::peer_is_this_host};
  return is_special_purpose(peer.address) ? Verdict{Cause::peer_special_purpose} : Verdict{};
}

bool PeerPolicy::is_own(const IpAddress& address) const {
  return any_contains(rules_.own_addresses, address);
}

bool PeerPolicy::serves(const Endpoint& listener, const IpAddress& address) const {
  return listener.address == address || (is_wildcard(listener.address) && is_own(address));
}

std::optional<Refusal> PeerPolicy::why_not(const PeerEndpoint& peer, relay::Reach reach) const {
  const Verdict verdict = verdict_on(peer, reach);
  if (!verdict.refused) return std::nullopt;
  Refusal refusal{.cause = *verdict.refused, .peer = peer.address};
  if (verdict.rule != nullptr) refusal.rule = *verdict.rule;
  return refusal;
}

std::optional<Refusal> PeerPolicy::why_no_port(const IpAddress& address, relay::Reach reach) const {
  if (is_never_relayed(address)) return Refusal{.cause = Cause::peer_disguised, .peer = address};
  const bool is_ours = relays_->is_relay_address(address);
  if (reach == relay::Reach::visitors)
    return is_ours ? std::nullopt
                   : std::optional(Refusal{.cause = Cause::peer_is_no_visitor, .peer = address});
  if (is_ours && !rules_.only_allowed) return std::nullopt;
  // The verdict changes only where a rule's range or a listener's port begins or ends: those ports speak for
  // all.
  std::set<std::uint32_t> ports{1};
  for (const auto* list : {&rules_.allow, &rules_.deny}) {
    for (const PeerRule& rule : *list) {
      if (rule.matches_address(address)) ports.insert({rule.port_min, std::uint32_t{rule.port_max} + 1});
    }
  }
  for (const Endpoint& listener : rules_.own_listeners) {
    if (serves(listener, address)) ports.insert({listener.port, std::uint32_t{listener.port} + 1});
  }
  std::optional<Refusal> first;
  for (const std::uint32_t port : ports) {
    if (port < 1 || port > 65535) continue;
    auto refusal = why_not({address, static_cast<std::uint16_t>(port)});
    if (!refusal) return std::nullopt;
    if (!first) first = std::move(refusal);
  }
  return first;
}

bool PeerPolicy::ports_differ(const IpAddress& address) const {
  const auto depends_on_port = [&](const PeerRule& rule) {
    return rule.matches_address(address) && !rule.all_ports();
  };
  return relays_->is_relay_address(address) || std::ranges::any_of(rules_.allow, depends_on_port) ||
         std::ranges::any_of(rules_.deny, depends_on_port) ||
         std::ranges::any_of(rules_.own_listeners,
                             [&](const Endpoint& listener) { return serves(listener, address); });
}

}  // namespace turnpike::turn
