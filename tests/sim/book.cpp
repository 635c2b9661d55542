// From answers to grants, and from grants to what may pass.
#include "book.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "turnpike/stun/channel_data.hpp"

namespace turnpike::sim {
namespace {

using std::chrono::seconds;
using stun::Attr;
using stun::MessageView;

constexpr auto kPermissionLife = seconds(300);
constexpr auto kChannelLife = seconds(600);

std::uint32_t lifetime_in(const MessageView& message) {
  const auto value = message.find(Attr::lifetime);
  return value ? stun::read_u32(*value).value_or(0) : 0;
}

std::vector<Endpoint> relays_in(const MessageView& response) {
  std::vector<Endpoint> relays;
  response.for_each([&](const stun::Attribute& attribute) {
    if (attribute.type == Attr::xor_relayed_address)
      relays.push_back(*stun::read_xor_address(attribute.value, response.transaction_id()));
  });
  return relays;
}

}  // namespace

std::vector<Endpoint> peers_of(const MessageView& request) {
  std::vector<Endpoint> peers;
  request.for_each([&](const stun::Attribute& attribute) {
    if (attribute.type != Attr::xor_peer_address) return;
    if (const auto peer = stun::read_xor_address(attribute.value, request.transaction_id()))
      peers.push_back(*peer);
  });
  return peers;
}

const Grant::Half* Grant::half(Family family, TimePoint now) const {
  const auto found = std::ranges::find_if(
      halves, [&](const Half& half) { return half.relay.family() == family && half.expires > now; });
  return found == halves.end() ? nullptr : &*found;
}

const Grant::Permit* Grant::permit(const IpAddress& peer, TimePoint now) const {
  const auto found = permits.find(peer);
  return found == permits.end() || found->second.expires <= now || half(peer.family(), now) == nullptr
             ? nullptr
             : &found->second;
}

std::uint16_t Grant::number_of(const Endpoint& peer, TimePoint now) const {
  for (const auto& [number, bond] : bonds) {
    if (bond.peer == peer && bond.expires > now) return number;
  }
  return 0;
}

bool Grant::is_live(TimePoint now) const {
  return half(Family::ipv4, now) != nullptr || half(Family::ipv6, now) != nullptr;
}

std::string Book::repeated(const Grant& grant, const std::vector<Endpoint>& relays, std::uint32_t lifetime_s,
                           TimePoint now) const {
  std::vector<Endpoint> live;
  TimePoint expires = TimePoint::max();
  for (const Grant::Half& half : grant.halves) {
    if (half.expires <= now) continue;
    live.push_back(half.relay);
    expires = std::min(expires, half.expires);
  }
  if (live != relays) return "a repeated Allocate names other relays than the first answer";
  const auto left_s = std::chrono::ceil<seconds>(expires - now).count();
  return left_s == lifetime_s
             ? ""
             : fmt::format("a repeated Allocate says {} s where {} s are left", lifetime_s, left_s);
}

std::string Book::allocated(const FiveTuple& tuple, std::uint32_t incarnation, const MessageView& response,
                            TimePoint now) {
  const auto relays = relays_in(response);
  const std::uint32_t lifetime_s = lifetime_in(response);
  if (relays.empty() || lifetime_s == 0) return "an Allocate succeeded without relay or lifetime";
  if (const Grant* old = grant(tuple, now)) {
    return old->transaction == response.transaction_id() ? repeated(*old, relays, lifetime_s, now)
                                                         : "a tuple has two allocations";
  }
  Grant& fresh = grants_[tuple] = {};
  fresh.transaction = response.transaction_id();
  fresh.incarnation = incarnation;
  for (const Endpoint& relay : relays) {
    if (owner(relay, now) != nullptr) return fmt::format("relay {} is given out twice", relay.to_string());
    fresh.halves.push_back({relay, now + seconds(lifetime_s)});
    owners_[relay] = tuple;
  }
  return {};
}

std::string Book::refreshed(const FiveTuple& tuple, const MessageView& request, const MessageView& response,
                            TimePoint now) {
  const auto found = grants_.find(tuple);
  if (found == grants_.end() || !found->second.is_live(now)) return "a Refresh succeeded without allocation";
  const auto wanted = request.find(Attr::requested_address_family);
  const auto lifetime = seconds(lifetime_in(response));
  for (Grant::Half& half : found->second.halves) {
    const bool meant = !wanted || static_cast<std::uint8_t>(half.relay.family()) == wanted->front();
    if (meant && half.expires > now) half.expires = now + lifetime;
  }
  if (!found->second.is_live(now)) grants_.erase(found);
  return {};
}

// A refresh looks at the rules of the moment: bonds to ports that are forbidden now end.
void Book::permit(Grant& grant, const IpAddress& peer, TimePoint until) {
  const auto held = grant.permits.find(peer);
  const TimePoint expires = held == grant.permits.end() ? until : std::max(until, held->second.expires);
  grant.permits[peer] = {expires, rules_.ports_matter(peer)};
  std::erase_if(grant.bonds, [&](const auto& bond) {
    return bond.second.peer.address == peer && forbids(bond.second.peer);
  });
}

void Book::permitted(const FiveTuple& tuple, const MessageView& request, TimePoint now) {
  for (const Endpoint& peer : peers_of(request)) permit(grants_[tuple], peer.address, now + kPermissionLife);
}

void Book::bound(const FiveTuple& tuple, const MessageView& request, TimePoint now) {
  Grant& grant = grants_[tuple];
  const Endpoint peer = peers_of(request).front();
  const auto number = stun::read_channel_number(request.find(Attr::channel_number).value()).value();
  grant.bonds[number] = {peer, now + kChannelLife};
  permit(grant, peer.address, now + kChannelLife);  // with the channel
}

void Book::peer_refused(const FiveTuple& tuple, const MessageView& request) {
  const auto found = grants_.find(tuple);
  if (found == grants_.end()) return;
  for (const Endpoint& peer : peers_of(request)) {
    const bool whole = rules_.forbids_every_port(peer.address);
    if (whole) found->second.permits.erase(peer.address);
    const bool exact = request.method() == stun::Method::channel_bind && forbids(peer);
    std::erase_if(found->second.bonds, [&](const auto& bond) {
      return (whole && bond.second.peer.address == peer.address) || (exact && bond.second.peer == peer);
    });
  }
}

void Book::rules_changed() {
  for (auto& [tuple, grant] : grants_) {
    std::erase_if(grant.permits, [&](const auto& permit) { return rules_.forbids_every_port(permit.first); });
    for (auto& [peer, permit] : grant.permits) permit.ports_matter = rules_.ports_matter(peer);
    std::erase_if(grant.bonds, [&](const auto& bond) {
      return !grant.permits.contains(bond.second.peer.address) || forbids(bond.second.peer);
    });
  }
}

void Book::address_lost(const IpAddress& outside, TimePoint now) {
  for (auto& [tuple, grant] : grants_) {
    for (Grant::Half& half : grant.halves) {
      if (half.relay.address == outside) half.expires = std::min(half.expires, now);
    }
  }
}

const Grant* Book::grant(const FiveTuple& tuple, TimePoint now) const {
  const auto found = grants_.find(tuple);
  return found == grants_.end() || !found->second.is_live(now) ? nullptr : &found->second;
}

const FiveTuple* Book::owner(const Endpoint& relay, TimePoint now) const {
  const auto found = owners_.find(relay);
  if (found == owners_.end()) return nullptr;
  const Grant* holder = grant(found->second, now);
  const Grant::Half* half = holder == nullptr ? nullptr : holder->half(relay.family(), now);
  return half != nullptr && half->relay == relay ? &found->second : nullptr;
}

bool Book::may_send(const FiveTuple& tuple, const Endpoint& relay, const Endpoint& peer,
                    TimePoint now) const {
  const Grant* holder = grant(tuple, now);
  if (holder == nullptr) return false;
  const Grant::Half* half = holder->half(peer.family(), now);
  const Grant::Permit* permit = holder->permit(peer.address, now);
  if (half == nullptr || half->relay != relay || permit == nullptr) return false;
  return holder->number_of(peer, now) != 0 || !permit->ports_matter || !forbids(peer);
}

std::optional<Passage> Book::outward(const FiveTuple& tuple, Bytes packet, TimePoint now) const {
  const Grant* holder = grant(tuple, now);
  if (holder == nullptr) return std::nullopt;
  Passage passage;
  if (packet.front() >= 0x40) {
    const auto data = stun::parse_channel_data(packet);
    const auto bond = data ? holder->bonds.find(data->number) : holder->bonds.end();
    if (bond == holder->bonds.end() || bond->second.expires <= now) return std::nullopt;
    passage = {{}, bond->second.peer, data->payload};
    if (holder->permit(passage.peer.address, now) == nullptr) return std::nullopt;
  } else {
    const auto message = MessageView::parse(packet);
    const auto peers = message ? peers_of(*message) : std::vector<Endpoint>{};
    const auto data = message ? message->find(Attr::data) : std::nullopt;
    if (peers.empty() || !data || peers.front().port == 0) return std::nullopt;
    passage = {{}, peers.front(), *data};
    const Grant::Permit* permit = holder->permit(passage.peer.address, now);
    if (permit == nullptr || (permit->ports_matter && forbids(passage.peer))) return std::nullopt;
  }
  passage.relay = holder->half(passage.peer.family(), now)->relay;
  return passage;
}

std::optional<std::uint16_t> Book::inward(const FiveTuple& tuple, const Endpoint& peer, TimePoint now) const {
  const Grant* holder = grant(tuple, now);
  const Grant::Permit* permit = holder == nullptr ? nullptr : holder->permit(peer.address, now);
  if (permit == nullptr) return std::nullopt;
  if (const std::uint16_t number = holder->number_of(peer, now)) return number;
  if (permit->ports_matter && forbids(peer)) return std::nullopt;
  return std::uint16_t{0};
}

}  // namespace turnpike::sim
