// What happens to a server in its life: reloads, revocations, a restart from snapshots, the end of all
// allocations.
#include <fmt/format.h>

#include <algorithm>

#include "site.hpp"

namespace turnpike::sim {
namespace {

// They number the users of one process.
turn::Snapshot without_meters(turn::Snapshot snapshot) {
  for (turn::Allocation& allocation : snapshot.allocations) allocation.meter = 0;
  return snapshot;
}

}  // namespace

turn::Policies Site::policies() {
  return {credentials_, policy_.policy, false, std::make_shared<const std::vector<IpAddress>>(addresses())};
}

std::vector<IpAddress> Site::addresses() const {
  return has_v6_ ? std::vector{geography_.local_v4, geography_.v6} : std::vector{geography_.local_v4};
}

std::unique_ptr<Shard> Site::make_shard(std::uint32_t worker) {
  const turn::ServerOptions options{.worker = worker,
                                    .lifetime_default_s = kLifetimeDefault_s,
                                    .lifetime_max_s = kLifetimeMax_s,
                                    .permissions_max = kPermissionsMax,
                                    .channels_max = kChannelsMax,
                                    .unauthenticated_per_second = 20,
                                    .external = geography_.external};
  const turn::Authenticator authenticator(std::string(kRealm), turn::NonceFactory(nonce_key_, kNonceLife),
                                          turn::CheckExpiry::allocate);
  return std::make_unique<Shard>(options, authenticator, policies(), *ledger_, policy_, *meters_,
                                 dice_.random());
}

void Site::build() {
  const turn::LedgerOptions options{.addresses = {geography_.local_v4, geography_.v6},
                                    .ports = options_.ports,
                                    .port_quiet = kPortQuiet,
                                    .allocations_per_user_max = kAllocationsPerUserMax,
                                    .meters_max = options_.users,
                                    .released = [this](const RelayEndpoint& relay) {
                                      ground_.reserved.erase(relay);
                                      auditor_.released(relay, timeline_.now());
                                    }};
  shards_.clear();
  ledger_ = std::make_unique<turn::Ledger>(options);
  meters_ = std::make_unique<relay::Meters>(options_.bytes_per_second_per_user, options_.users);
  policy_.policy = std::make_shared<turn::PeerPolicy>(rules_.lists(), *ledger_);
  for (std::uint32_t worker = 0; worker < options_.workers; ++worker) shards_.push_back(make_shard(worker));
}

void Site::reload() {
  policy_.policy = std::make_shared<turn::PeerPolicy>(rules_.lists(), *ledger_);
  auditor_.rules_changed();
  for (const auto& shard : shards_) {
    shard->server.reload(policies());
    for (const relay::AllocationId id : shard->server.allocation_ids())
      shard->server.revise(id, timeline_.clocks());
    drain(*shard);
  }
}

void Site::change_rules() {
  rules_.change(dice_);
  reload();
  referee_.saw("rules changed");
}

void Site::change_passwords() {
  for (int i = 0; i < 10; ++i) {
    const std::string user = user_name(dice_.below(options_.users));
    passwords_[user] = "word" + std::to_string(dice_.below(1'000'000));
  }
  credentials_ = std::make_shared<People>(passwords_, kRealm, options_.shared_every);
  reload();
  referee_.saw("passwords changed");
}

void Site::change_addresses() {
  has_v6_ = !has_v6_;
  ledger_->set_addresses(addresses(), timeline_.now());
  if (!has_v6_) auditor_.address_lost(geography_.v6, timeline_.now());
  reload();
  referee_.saw(has_v6_ ? "address came" : "address went");
}

void Site::revoke(const std::string& user) {
  for (const auto& shard : shards_) {
    const std::size_t expected = auditor_.revoked(user, shard->worker, timeline_.now());
    const std::size_t ended = shard->server.revoke(user, timeline_.clocks());
    if (ended != expected)
      referee_.violation(fmt::format("a revocation ended {} allocations of {}", ended, expected));
    drain(*shard);
  }
}

// The new ledger knows nothing of ports that rest: the shell, which closed them, has them rest again.
void Site::rest_again() {
  const TimePoint now = timeline_.now();
  std::erase_if(closed_, [&](const auto& closed) { return closed.first + kPortQuiet <= now; });
  for (const auto& [when, relay] : closed_) {
    if (ledger_->claim_port(relay, {})) ledger_->release_port(relay, now);
  }
}

void Site::restart() {
  const TimePoint now = timeline_.now();
  check_all();
  const auto reservations = ledger_->reservations(now);
  std::vector<turn::Snapshot> snapshots;
  std::size_t halves = 0;
  for (const auto& shard : shards_) {
    snapshots.push_back(shard->server.snapshot());
    for (const auto& allocation : snapshots.back().allocations) halves += allocation.halves.size();
  }
  // Sockets of allocations that were still opening find no owner.
  std::erase_if(ground_.open, [&](const auto& socket) {
    return std::ranges::none_of(snapshots[socket.second.shard].allocations, [&](const auto& allocation) {
      return allocation.id == socket.second.allocation;
    });
  });
  ground_.opening.clear();
  std::erase_if(ground_.reserved, [&](const RelayEndpoint& relay) {
    return std::ranges::find(reservations, relay, &turn::Reservation::relay) == reservations.end();
  });
  ground_.placeless.clear();
  auditor_.restart();
  ++life_;
  nonce_key_ = {};
  build();
  for (const auto& shard : shards_) {
    shard->server.restore(snapshots[shard->worker]);
    drain(*shard);
  }
  for (const auto& reservation : reservations) ledger_->claim_reservation(reservation);
  auditor_.check_restarted(now);
  for (const auto& shard : shards_) {
    if (without_meters(shard->server.snapshot()) != without_meters(snapshots[shard->worker])) {
      referee_.violation("a snapshot changed by being restored");
    }
  }
  if (ledger_->reservations(now) != reservations)
    referee_.violation("reservations changed by being restored");
  if (ledger_->counts(now).ports.leased != halves + reservations.size())
    referee_.violation("ports changed by being restored");
  nonce_key_ = snapshots.front().nonce_key;
  rest_again();
  ledger_->set_addresses(addresses(), now);
  check_all();
  referee_.saw("restart");
}

void Site::check_empty() {
  check_all();
  const auto counts = ledger_->counts(timeline_.now());
  if (counts.places != 0 || counts.ports.leased != 0) referee_.violation("quota or ports are held by nobody");
  for (const auto& shard : shards_) {
    if (shard->server.allocation_count() != 0 || shard->routes.size() != 0)
      referee_.violation("an allocation or a route never ends");
    if (shard->server.next_deadline()) referee_.violation("a deadline without allocation");
  }
  if (!ground_.open.empty() || !ground_.opening.empty()) referee_.violation("a relay stays open");
}

}  // namespace turnpike::sim
