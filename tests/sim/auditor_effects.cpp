// The order of effects, and what each of them presupposes.
#include <fmt/format.h>

#include <algorithm>

#include "auditor.hpp"

namespace turnpike::sim {

using stun::Class;
using stun::MessageView;
using stun::Method;

namespace {

bool names(const MessageView& request, const std::string& user) {
  if (const auto username = request.find(stun::Attr::username)) return as_text(*username) == user;
  const auto userhash = request.find(stun::Attr::userhash);
  return userhash && std::ranges::equal(*userhash, stun::userhash(user, kRealm));
}

}  // namespace

Auditor::Auditor(const Population& population, const Geography& geography, const Rules& rules,
                 const Ground& ground, Referee& referee, Book::IsLive is_live)
    : population_(population),
      geography_(geography),
      ground_(ground),
      referee_(referee),
      book_(rules, std::move(is_live)),
      ports_(population.ports, kPortQuiet, referee) {
  for (std::uint32_t number = 0; number < population.users; ++number) {
    const auto hash = stun::userhash(user_name(number), kRealm);
    by_hash_[{hash.begin(), hash.end()}] = user_name(number);
  }
}

turn::Tenant Auditor::tenant_of(const MessageView& request) const {
  std::string name;
  if (const auto username = request.find(stun::Attr::username)) {
    name = as_text(*username);
  } else if (const auto userhash = request.find(stun::Attr::userhash)) {
    const auto found = by_hash_.find({userhash->begin(), userhash->end()});
    if (found != by_hash_.end()) name = found->second;
  }
  return tenant_named(name, population_.shared_every);
}

void Auditor::not_opened(const RelayEndpoint& relay, bool reserves_next) {
  ports_.failed(relay);
  if (reserves_next) ports_.failed(turn::partner_of(relay));
}

void Auditor::begin(const relay::Client& client, const Parcel& parcel) {
  asked_ = Asked{client, parcel, std::nullopt};
  if (const auto message = MessageView::parse(asked_->parcel.bytes)) asked_->message = *message;
}

void Auditor::end() {
  asked_.reset();
  icmp_.reset();
}

void Auditor::witness(const Shard& shard, const turn::Effect& effect, TimePoint now) {
  std::visit([&](const auto& one) { on(shard, one, now); }, effect);
}

void Auditor::on(const Shard& shard, const turn::SendToClient& effect, TimePoint now) {
  const FiveTuple& tuple = effect.to.tuple;
  if (!heard_.contains(tuple)) return referee_.violation("an answer goes to somebody who never asked");
  if (effect.to.ref.worker != shard.worker) return referee_.violation("an answer leaves from another worker");
  if (is_stream(tuple.transport)) {
    const auto stream = ground_.streams.find(effect.to.ref.path);
    if (stream == ground_.streams.end() || stream->second != tuple)
      return referee_.violation("an answer goes to a closed connection");
  }
  const auto message = MessageView::parse(effect.bytes);
  if (!message) return referee_.violation("the server sent something that is no STUN message");
  switch (message->cls()) {
    case Class::success: return succeeded(tuple, *message, now);
    case Class::error: return refused(tuple, *message, now);
    case Class::indication: return reported_icmp(tuple, *message, now);
    case Class::request: return referee_.violation("the server sent a request");
  }
}

void Auditor::succeeded(const FiveTuple& tuple, const MessageView& response, TimePoint now) {
  const bool to_asker = asked_ && asked_->client.tuple == tuple && asked_->message &&
                        asked_->message->method() == response.method() &&
                        asked_->message->transaction_id() == response.transaction_id();
  if (to_asker && asked_->parcel.damaged && response.method() != Method::binding) {
    return referee_.violation("a stranger, or a damaged request, was served");
  }
  std::string complaint;
  const auto live = live_by_tuple_.find(tuple);
  if (response.method() == Method::allocate) {
    if (live == live_by_tuple_.end())
      return referee_.violation("an Allocate succeeded before its allocation began");
    complaint = book_.allocated(tuple, live_.at(live->second).incarnation, response, now);
    referee_.saw("allocate");
  } else if (!to_asker) {
    complaint = "a success answers no request";
  } else if (response.method() == Method::refresh) {
    complaint = book_.refreshed(tuple, *asked_->message, response, now);
    referee_.saw(asked_->message->has(stun::Attr::requested_address_family) ? "half refreshed" : "refresh");
  } else if (response.method() != Method::binding) {
    if (book_.grant(tuple, now) == nullptr)
      return referee_.violation("a permission or channel without allocation");
    const bool channel = response.method() == Method::channel_bind;
    channel ? book_.bound(tuple, *asked_->message, now) : book_.permitted(tuple, *asked_->message, now);
    referee_.saw(channel ? "channel bind" : "create permission");
  }
  const bool of_allocation =
      to_asker && response.method() != Method::binding && response.method() != Method::allocate;
  if (of_allocation && live != live_by_tuple_.end() &&
      !names(*asked_->message, live_.at(live->second).user)) {
    complaint = "another user was served on an allocation";
  }
  if (!complaint.empty()) referee_.violation(complaint);
  if (to_asker && live != live_by_tuple_.end()) live_.at(live->second).served = now;
  if (response.method() != Method::binding) compare_routes(tuple, now);
}

void Auditor::refused(const FiveTuple& tuple, const MessageView& response, TimePoint now) {
  const auto value = response.find(stun::Attr::error_code);
  const int code = value ? stun::read_error_code(*value).value_or(0) : 0;
  referee_.saw_code(code);
  const Grant* grant = book_.grant(tuple, now);
  const bool allocate = response.method() == Method::allocate;
  const bool opening =
      std::ranges::any_of(pending_, [&](const auto& entry) { return entry.second.tuple == tuple; });
  if (code == 437 && (grant != nullptr || (allocate && opening)) != allocate) {
    return referee_.violation(
        fmt::format("437 where {} an allocation", grant != nullptr ? "there is" : "there is not"));
  }
  if (!asked_ || asked_->client.tuple != tuple || !asked_->message) {
    if (!allocate) referee_.violation("a refusal answers no request");
    return;
  }
  const Parcel& parcel = asked_->parcel;
  const bool of_owner = grant != nullptr && parcel.incarnation != 0 &&
                        parcel.incarnation == grant->incarnation && !parcel.damaged;
  // A client whose challenge was damaged on its way signs for another realm.
  const auto realm = asked_->message->find(stun::Attr::realm);
  const bool for_realm = realm && as_text(*realm) == kRealm;
  if (of_owner && for_realm && asked_->message->has_integrity() && (code == 401 || code == 441)) {
    referee_.violation(fmt::format("the owner of a live allocation was refused with {}", code));
  }
  if (grant != nullptr && (code == 403 || code == 443)) {
    book_.peer_refused(tuple, *asked_->message);
    compare_routes(tuple, now);
  }
}

void Auditor::reported_icmp(const FiveTuple& tuple, const MessageView& indication, TimePoint now) {
  if (!icmp_ || !indication.has(stun::Attr::icmp)) return referee_.violation("an indication without cause");
  const auto& [relay, peer] = *icmp_;
  const Grant* grant = book_.grant(tuple, now);
  const FiveTuple* owner = book_.owner(outside(relay), now);
  const bool right = grant != nullptr && owner != nullptr && *owner == tuple &&
                     grant->permit(outside(peer).address, now) != nullptr &&
                     peers_of(indication) == std::vector{outside(peer)};
  if (!right)
    return referee_.violation("an ICMP error was reported to the wrong client or without permission");
  referee_.saw("icmp");
}

void Auditor::on(const Shard& shard, const turn::OpenRelay& effect, TimePoint now) {
  if (effect.allocation >> 48 != shard.worker) referee_.violation("an allocation id names another worker");
  if (ground_.open.contains(effect.relay) || ground_.opening.contains(effect.relay)) {
    return referee_.violation(fmt::format("relay {} is opened twice", effect.relay.to_string()));
  }
  note_pending(effect.allocation, now);
  const Pending& pending = pending_[effect.allocation];
  if (pending.is_redeemed != ground_.reserved.contains(effect.relay))
    referee_.violation("a reserved port is not bound, or one is bound that nobody reserved");
  ports_.leased(effect.relay, pending.parity, pending.tenant, pending.is_redeemed, now);
}

void Auditor::on(const Shard&, const turn::EndAbandoned& effect, TimePoint now) {
  note_pending(effect.allocation, now);
}

void Auditor::note_pending(relay::AllocationId allocation, TimePoint now) {
  if (pending_.contains(allocation)) return;
  if (!asked_ || !asked_->message) return referee_.violation("a relay is opened for nobody");
  const bool is_redeemed = asked_->message->has(stun::Attr::reservation_token);
  if (is_redeemed) referee_.saw("reservation redeemed");
  const auto even_port = asked_->message->find(stun::Attr::even_port);
  const bool pair = even_port && stun::read_even_port(*even_port).value_or(false);
  const turn::Parity parity = pair ? turn::Parity::pair : even_port ? turn::Parity::even : turn::Parity::any;
  pending_[allocation] = {asked_->client.tuple,
                          asked_->parcel.incarnation,
                          pair ? 2U : 1U,
                          now,
                          tenant_of(*asked_->message),
                          parity,
                          is_redeemed};
}

void Auditor::on(const Shard& shard, const turn::CloseRelay& effect, TimePoint) {
  const auto socket = ground_.open.find(effect.relay);
  if (socket == ground_.open.end() || socket->second.shard != shard.worker)
    return referee_.violation("a relay is closed that is not open");
  if (routes_on_relay_[effect.relay] != 0)
    referee_.violation("a relay is closed before its routes are retracted");
}

void Auditor::on(const Shard&, const turn::PublishRoute& effect, TimePoint) {
  const relay::Route& route = effect.route;
  const auto live = live_.find(route.allocation);
  if (live == live_.end() || live->second.tuple != route.client)
    return referee_.violation("a route without allocation");
  const auto socket = ground_.open.find(route.relay);
  if (socket == ground_.open.end() || socket->second.allocation != route.allocation)
    return referee_.violation("a route without relay");
  const auto [known, is_new] = routes_.try_emplace(key_of(route), route);
  if (is_new) {
    ++live->second.routes;
    ++routes_on_relay_[route.relay];
    return;
  }
  relay::Route other = known->second;
  other.deadline = route.deadline;
  if (other != route)
    referee_.violation("a route changed in more than its deadline without having been retracted");
  known->second = route;
}

void Auditor::on(const Shard&, const turn::RetractRoute& effect, TimePoint) {
  const auto known = routes_.find(key_of(effect.route));
  if (known == routes_.end()) return referee_.violation("a route is retracted that was never published");
  if (const auto live = live_.find(effect.route.allocation); live != live_.end()) --live->second.routes;
  --routes_on_relay_[known->second.relay];
  routes_.erase(known);
}

void Auditor::on(const Shard&, const turn::AllocationStarted& effect, TimePoint now) {
  const FiveTuple& tuple = effect.client.tuple;
  if (book_.grant(tuple, now) != nullptr) referee_.violation("a second allocation began on a tuple");
  for (const ExternalEndpoint& relay : effect.relayed) {
    const auto socket = ground_.open.find(geography_.local_relay(relay.plain()));
    if (socket == ground_.open.end() || socket->second.allocation != effect.allocation)
      referee_.violation("an allocation began without its relay");
  }
  if (effect.lifetime_s < kLifetimeDefault_s || effect.lifetime_s > kLifetimeMax_s)
    referee_.violation("a lifetime is out of bounds");
  const Pending& pending = pending_[effect.allocation];
  if (const auto revoked = revoked_.find(effect.user_id);
      revoked != revoked_.end() && revoked->second > pending.since) {
    referee_.violation("an allocation that was revoked while it opened began all the same");
  }
  live_[effect.allocation] = {tuple, effect.user_id, pending.incarnation, {}, 0, now};
  live_by_tuple_[tuple] = effect.allocation;
  pending_.erase(effect.allocation);
}

void Auditor::on(const Shard&, const turn::AllocationEnded& effect, TimePoint now) {
  const auto live = live_.find(effect.allocation);
  if (live == live_.end()) return referee_.violation("an allocation ended that never began");
  if (live->second.routes != 0) referee_.violation("an allocation ended before its routes were retracted");
  if (effect.reason == turn::EndReason::abandoned) {
    const TimePoint heard = std::max(live->second.served, live->second.traffic.heard);
    if (ground_.placeless.empty())
      referee_.violation("an allocation had to go although nobody wants its place");
    if (is_stream(effect.client.tuple.transport))
      referee_.violation("an allocation had to go although its connection is open");
    if (now - heard < turn::kAbandonedAfter)
      referee_.violation("an allocation had to go although its client is there");
    book_.ended(effect.client.tuple);
  }
  const bool due = book_.grant(effect.client.tuple, now) == nullptr;
  const bool asked_for =
      asked_ && asked_->client.tuple == effect.client.tuple && effect.reason == turn::EndReason::deleted;
  if (!due && !asked_for)
    referee_.violation("an allocation ended before its time: " + std::string(to_string(effect.reason)));
  referee_.saw(to_string(effect.reason));
  live_by_tuple_.erase(effect.client.tuple);
}

void Auditor::on(const Shard&, const turn::RequestRefused&, TimePoint) { referee_.saw("request refused"); }

void Auditor::settle_traffic(relay::AllocationId allocation, const relay::Traffic& traffic) {
  const auto live = live_.find(allocation);
  if (live == live_.end()) return;
  if (live->second.traffic != traffic)
    referee_.violation("the counters of an allocation are not what passed through it");
  live_.erase(live);
}

std::size_t Auditor::revoked(const std::string& user, std::uint32_t worker, TimePoint now) {
  revoked_[user] = now;
  std::size_t count = 0;
  for (const auto& [id, live] : live_) {
    if (live.user != user || id >> 48 != worker) continue;
    book_.ended(live.tuple);
    ++count;
  }
  return count;
}

}  // namespace turnpike::sim
