// How the world does what the core asks, and what it checks.
#include "rfc/harness.hpp"

#include <algorithm>

namespace turnpike::test {
namespace {

turn::LedgerOptions ledger_options(const WorldOptions& from, std::set<Endpoint>& reserved) {
  turn::LedgerOptions options;
  options.addresses = from.addresses;
  options.ports = from.ports;
  options.allocations_per_user_max = from.allocations_per_user_max;
  options.allocations_max = from.allocations_max;
  options.visitors_max = from.visitors_max;
  options.meters_max = from.bytes_per_second == 0 ? 0 : 64;
  options.released = [&reserved](const RelayEndpoint& relay) { reserved.erase(relay.plain()); };
  return options;
}

bool same_name(const relay::Route& a, relay::Route b) {
  b.deadline = a.deadline;
  return a == b;
}

}  // namespace

void Users::find(std::string_view username, std::vector<turn::Credential>& out) const {
  ++lookups;
  std::ranges::copy_if(credentials_, std::back_inserter(out),
                       [&](const auto& credential) { return credential.username == username; });
}

void Users::find_userhash(Bytes userhash, std::vector<turn::Credential>& out) const {
  ++lookups;
  std::ranges::copy_if(credentials_, std::back_inserter(out), [&](const auto& credential) {
    return std::ranges::equal(stun::userhash(credential.username, realm_), userhash);
  });
}

World::Core::Core(const WorldOptions& options, Random& random, std::set<Endpoint>& reserved)
    : ledger(ledger_options(options, reserved)),
      meters({options.bytes_per_second, 0, options.bytes_per_visitor},
             options.bytes_per_visitor == 0 ? 64 : relay::kVisitorMetersFrom + relay::kVisitorMeters),
      forwarder({options.server.rfc5766_channels, options.server.external}, table, ports, meters, random) {}

World::World(WorldOptions options) : options_(std::move(options)) {
  start(turn::NonceFactory::random_key(random_));
}

void World::start(const turn::NonceFactory::MacKey& nonce_key) {
  core_ = std::make_unique<Core>(options_, random_, reserved_);
  turn::NonceFactory nonces(nonce_key, std::chrono::hours(1));
  nonces.set_shared_keys(turn::NonceFactory::shared_keys(options_.fleet_secrets));
  turn::Authenticator authenticator(options_.realm, std::move(nonces), options_.check_expiry);
  core_->server = std::make_unique<turn::Server>(options_.server, std::move(authenticator), make_policies(),
                                                 core_->ledger, random_);
}

turn::Policies World::make_policies() {
  users_ = std::make_shared<Users>(options_.users, options_.realm, options_.userhash);
  core_->ports.policy = std::make_shared<turn::PeerPolicy>(options_.peers, core_->ledger);
  turn::Policies policies{options_.credentials ? options_.credentials : users_, core_->ports.policy,
                          options_.end_unverified, options_.host_addresses};
  policies.nonce_keys = turn::NonceFactory::shared_keys(options_.fleet_secrets);
  return policies;
}

void World::reload(WorldOptions options) {
  options_ = std::move(options);
  core_->server->reload(make_policies());
  for (const relay::AllocationId id : core_->server->allocation_ids()) core_->server->revise(id, now_);
  drain();
}

void World::restart() {
  const turn::Snapshot snapshot = core_->server->snapshot();
  const auto reservations = core_->ledger.reservations(now_.monotonic);
  routes_.clear();
  reserved_.clear();  // reserved ports are opened when they are redeemed
  has_restarted_ = true;
  start(turn::NonceFactory::random_key(random_));
  for (const auto& reservation : reservations) core_->ledger.claim_reservation(reservation);
  core_->server->restore(snapshot);
  drain();
}

std::vector<Buffer> World::send(Bytes packet, const relay::Client& client) {
  auto& inbox = inboxes_[client.tuple];
  const std::size_t before = inbox.size();
  const relay::Verdict verdict = core_->forwarder.from_client(packet, client.tuple, now_.monotonic);
  EXPECT_NE(verdict.kind, relay::Verdict::Kind::to_client);
  if (verdict.kind == relay::Verdict::Kind::punt) core_->server->on_client(packet, client, now_);
  if (verdict.kind == relay::Verdict::Kind::to_peer) {
    const Endpoint& relay = verdict.along->route.relay.plain();
    EXPECT_TRUE(relays_.contains(relay));
    arrived_.push_back({relay, verdict.peer.plain(), join(verdict.parts), verdict.dont_fragment});
  }
  drain();
  const std::vector<Buffer> sent(inbox.begin() + static_cast<std::ptrdiff_t>(before), inbox.end());
  inbox.resize(before);
  return sent;
}

std::optional<Buffer> World::peer_sends(const Endpoint& relay, const Endpoint& peer, Bytes payload) {
  std::array<std::uint8_t, relay::kHeaderMax> header;
  const auto verdict = core_->forwarder.from_peer(payload, RelayEndpoint(relay), ExternalEndpoint(peer),
                                                  header, now_.monotonic);
  if (verdict.kind == relay::Verdict::Kind::drop) return std::nullopt;
  EXPECT_EQ(verdict.kind, relay::Verdict::Kind::to_client);
  EXPECT_TRUE(relays_.contains(relay));
  const Buffer packet = join(verdict.parts);
  inboxes_[verdict.along->route.client].push_back(packet);
  return packet;
}

void World::icmp(const Endpoint& relay, const turn::IcmpError& error) {
  core_->server->on_icmp(RelayEndpoint(relay), error, now_);
  drain();
}

void World::close(const relay::Client& client) {
  core_->server->on_client_closed(client.tuple, now_);
  drain();
}

void World::oversleep(Duration by) {
  now_.monotonic += by;
  now_.unix_s += std::chrono::duration_cast<seconds>(by).count();
}

void World::advance(Duration by) {
  const TimePoint target = now_.monotonic + by;
  while (core_->server->next_deadline().value_or(TimePoint::max()) <= target) {
    oversleep(*core_->server->next_deadline() - now_.monotonic);
    core_->server->on_deadline(now_);
    drain();
    ASSERT_GT(core_->server->next_deadline().value_or(TimePoint::max()), now_.monotonic)
        << "a deadline that does not go away";
  }
  oversleep(target - now_.monotonic);
}

void World::open_next(boost::system::error_code outcome) {
  ASSERT_FALSE(held_.empty());
  const turn::OpenRelay wanted = held_.front();
  held_.pop_front();
  open(wanted, outcome);
  drain();
}

void World::open(const turn::OpenRelay& wanted, boost::system::error_code outcome) {
  if (outcome == kOpened) {
    EXPECT_TRUE(relays_.insert(wanted.relay.plain()).second) << "opened twice: " << wanted.relay.to_string();
    reserved_.erase(wanted.relay.plain());
    if (wanted.reserves_next) reserved_.insert(turn::partner_of(wanted.relay).plain());
  }
  core_->server->on_relay_opened(wanted.allocation, wanted.relay, outcome, now_);
}

void World::drain() {
  while (auto effect = core_->server->next_effect()) {
    std::visit([this](const auto& of_kind) { perform(of_kind); }, *effect);
    if (!std::holds_alternative<turn::SendToClient>(*effect)) log_.push_back(std::move(*effect));
  }
  check();
}

void World::perform(const turn::SendToClient& effect) { inboxes_[effect.to.tuple].push_back(effect.bytes); }

void World::perform(const turn::OpenRelay& effect) {
  EXPECT_FALSE(relays_.contains(effect.relay.plain())) << "already open: " << effect.relay.to_string();
  if (hold_openings) return held_.push_back(effect);
  boost::system::error_code outcome = kOpened;
  if (!outcomes.empty()) {
    outcome = outcomes.front();
    outcomes.pop_front();
  }
  open(effect, outcome);
}

void World::perform(const turn::EndAbandoned& effect) {
  const auto heard = [this](relay::AllocationId id) { return core_->table.traffic(id).heard; };
  auto silent = core_->server->silent_of(effect.user_id, heard, now_);
  std::ranges::sort(silent);
  std::uint32_t ended = silent.size() < effect.places ? effect.places : 0;
  for (const turn::Silent& each : silent) {
    if (ended < effect.places && core_->server->end_silent(each, heard, now_)) ++ended;
  }
  core_->server->on_abandoned_ended(effect.allocation, now_);
}

void World::perform(const turn::CloseRelay& effect) {
  EXPECT_EQ(relays_.erase(effect.relay.plain()), 1U) << "was not open: " << effect.relay.to_string();
  for (const relay::Route& route : routes_)
    EXPECT_NE(route.relay, effect.relay) << "a route through a closed relay";
  core_->server->on_relay_closed(effect.relay, now_);
}

void World::perform(const turn::PublishRoute& effect) {
  EXPECT_TRUE(relays_.contains(effect.route.relay.plain()));
  core_->table.publish(effect.route);
  const auto known = std::ranges::find_if(
      routes_, [&](const relay::Route& route) { return same_name(route, effect.route); });
  if (known == routes_.end()) {
    routes_.push_back(effect.route);
  } else {
    *known = effect.route;
  }
}

void World::perform(const turn::RetractRoute& effect) {
  core_->table.retract(effect.route);
  EXPECT_EQ(std::erase_if(routes_, [&](const relay::Route& route) { return same_name(route, effect.route); }),
            1U)
      << "was not published";
}

void World::perform(const turn::AllocationEnded& effect) {
  core_->table.take_traffic(effect.allocation);
  for (const relay::Route& route : routes_)
    EXPECT_NE(route.allocation, effect.allocation) << "a route without its allocation";
}

void World::check() {
  const auto counts = core_->ledger.counts(now_.monotonic);
  EXPECT_EQ(counts.ports.free + counts.ports.resting + counts.ports.leased, counts.ports.total);
  EXPECT_EQ(core_->table.size(), routes_.size());
  if (!held_.empty()) return;  // openings hold places and ports of their own
  EXPECT_EQ(counts.places, core_->server->allocation_count() + counts.reservations);
  EXPECT_EQ(counts.ports.leased, relays_.size() + counts.reservations);
  if (!has_restarted_) {
    EXPECT_EQ(reserved_.size(), counts.reservations);
  }
}

}  // namespace turnpike::test
