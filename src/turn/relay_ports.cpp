#include "turnpike/turn/relay_ports.hpp"

#include <algorithm>
#include <utility>

#include "turnpike/base/check.hpp"

namespace turnpike::turn {
namespace {

std::string owner_of(const Tenant& tenant) {
  switch (tenant.kind) {
    case NameKind::personal: return tenant.user_id;
    case NameKind::visitor: return "visitors";
    case NameKind::shared: break;
  }
  return "";
}

}  // namespace

RelayPorts::RelayPorts(const std::vector<IpAddress>& addresses, PortRange ports, Duration quiet,
                       Released released)
    : range_(ports), resting_(quiet), released_(std::move(released)) {
  set_addresses(addresses, {});
}

void RelayPorts::set_addresses(const std::vector<IpAddress>& addresses, TimePoint now) {
  wake(now);
  for (Pool& known : pools_)
    known.is_here = std::ranges::find(addresses, known.ports->address()) != addresses.end();
  std::erase_if(pools_, [](const Pool& known) { return !known.is_here && !known.is_in_use(); });
  for (const IpAddress& address : addresses) {
    if (find(address) == nullptr) pools_.push_back({std::make_shared<PortPool>(address, range_)});
  }
}

// Those that rest outside of it would only be given out again.
void RelayPorts::set_range(PortRange range, TimePoint now) {
  wake(now);
  if (range == range_) return;
  range_ = range;
  for (const RelayEndpoint& relay : resting_.take_outside(range)) --find(relay.address)->resting;
  for (Pool& each : pools_) {
    each.ports->set_range(range, [&](std::uint16_t port) {
      const RelayEndpoint relay(each.ports->address(), port);
      return leases_.contains(relay) || resting_.contains(relay);
    });
  }
}

std::vector<std::shared_ptr<const PortPool>> RelayPorts::pools() const {
  std::vector<std::shared_ptr<const PortPool>> pools;
  for (const Pool& each : pools_) pools.push_back(each.ports);
  return pools;
}

const RelayPorts::Pool* RelayPorts::find(const IpAddress& address) const {
  const auto found =
      std::ranges::find(pools_, address, [](const Pool& candidate) { return candidate.ports->address(); });
  return found == pools_.end() ? nullptr : &*found;
}

RelayPorts::Pool* RelayPorts::find(const IpAddress& address) {
  return const_cast<Pool*>(std::as_const(*this).find(address));
}

bool RelayPorts::is_here(const IpAddress& address) const {
  const Pool* pool = find(address);
  return pool != nullptr && pool->is_here;
}

bool RelayPorts::has_family(Family family) const {
  return std::ranges::any_of(pools_, [family](const Pool& candidate) { return candidate.is_for(family); });
}

std::vector<IpAddress> RelayPorts::addresses() const {
  std::vector<IpAddress> addresses;
  for (const Pool& each : pools_) {
    if (each.is_here) addresses.push_back(each.ports->address());
  }
  return addresses;
}

bool RelayPorts::is_live(const RelayEndpoint& relay) const {
  const Pool* owner = find(relay.address);
  return owner != nullptr && owner->ports->is_live(relay.port);
}

bool RelayPorts::is_visitors(const RelayEndpoint& relay) const {
  const Pool* owner = find(relay.address);
  return owner != nullptr && owner->ports->is_visitors(relay.port);
}

bool RelayPorts::is_free(const RelayEndpoint& relay) const {
  const Pool* owner = find(relay.address);
  return owner != nullptr && owner->ports->is_free(relay.port);
}

void RelayPorts::wake(TimePoint now) {
  for (const RelayEndpoint& rested : resting_.take_rested(now)) {
    Pool& pool = *find(rested.address);
    --pool.resting;
    pool.ports->put_back(rested.port);
  }
}

void RelayPorts::rest(const RelayEndpoint& relay, const std::string& owner, TimePoint now) {
  Pool& pool = *find(relay.address);
  if (!pool.ports->contains(relay.port)) return;
  ++pool.resting;
  resting_.add(relay, owner, now);
}

std::optional<RelayEndpoint> RelayPorts::lease(Family family, Parity parity, const Tenant& tenant,
                                               Random& random, TimePoint now) {
  wake(now);
  const auto chosen = choose(family, parity, tenant, random);
  if (!chosen) return std::nullopt;
  take(*chosen, tenant, true);
  if (parity == Parity::pair) take(partner_of(*chosen), tenant, false);
  return chosen;
}

std::optional<RelayEndpoint> RelayPorts::choose(Family family, Parity parity, const Tenant& tenant,
                                                Random& random) {
  const auto here = [this](const IpAddress& address) { return is_here(address); };
  const auto free = [this](const RelayEndpoint& relay) { return is_free(relay); };
  const std::string owner = owner_of(tenant);
  if (!owner.empty()) {
    if (const auto own = resting_.longest_of(owner, family, parity, here)) return own;
  }
  if (!owner.empty() || has_as_many_free_as_resting(family)) {
    if (const auto fresh = pick_free(family, parity, random)) return fresh;
  }
  if (const auto rested = resting_.longest(family, parity, here, free)) return rested;
  return pick_free(family, parity, random);
}

// Addresses in random order.
std::optional<RelayEndpoint> RelayPorts::pick_free(Family family, Parity parity, Random& random) const {
  std::vector<const PortPool*> candidates;
  for (const Pool& owned : pools_) {
    if (owned.is_for(family)) candidates.push_back(owned.ports.get());
  }
  const auto count = static_cast<std::uint32_t>(candidates.size());
  if (count == 0) return std::nullopt;
  const std::uint32_t start = random.below(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    const PortPool& candidate = *candidates[(start + i) % count];
    if (const auto port = candidate.pick(parity, random)) return RelayEndpoint(candidate.address(), *port);
  }
  return std::nullopt;
}

bool RelayPorts::has_as_many_free_as_resting(Family family) const {
  std::size_t free = 0, resting = 0;
  for (const Pool& each : pools_) {
    if (!each.is_for(family)) continue;
    free += each.ports->ports_free();
    resting += each.resting;
  }
  return free >= resting;
}

void RelayPorts::take(const RelayEndpoint& relay, const Tenant& tenant, bool live) {
  Pool& from = *find(relay.address);
  if (resting_.take(relay)) {
    --from.resting;
  } else {
    from.ports->take(relay.port);
  }
  const bool is_visitors = tenant.kind == NameKind::visitor;
  leases_[relay] = {owner_of(tenant), is_visitors};
  ++from.leased;
  from.ports->set_live(relay.port, live, is_visitors);
}

std::optional<RelayPorts::Lease> RelayPorts::end_lease(const RelayEndpoint& relay) {
  Pool* const owner = find(relay.address);
  if (owner == nullptr) return std::nullopt;
  const auto found = leases_.find(relay);
  TURNPIKE_CHECK(found != leases_.end());
  Lease ended = std::move(found->second);
  leases_.erase(found);
  --owner->leased;
  owner->ports->set_live(relay.port, false);
  if (released_) released_(relay);
  return ended;
}

void RelayPorts::release(const RelayEndpoint& relay, TimePoint now) {
  if (const auto ended = end_lease(relay)) rest(relay, ended->owner, now);
}

void RelayPorts::set_aside(const RelayEndpoint& relay, TimePoint now) {
  if (end_lease(relay)) rest(relay, "", now);
}

bool RelayPorts::claim(const RelayEndpoint& relay, const Tenant& tenant) {
  if (!is_free(relay) && !resting_.contains(relay)) return false;
  take(relay, tenant, true);
  return true;
}

void RelayPorts::add_to(PortCounts& counts, const Pool& pool) {
  const std::size_t free = pool.is_here ? pool.ports->ports_free() : 0;
  const std::size_t resting = pool.is_here ? pool.resting : 0;
  counts.free += free;
  counts.resting += resting;
  counts.leased += pool.leased;
  counts.total += free + resting + pool.leased;
}

PortCounts RelayPorts::counts() const {
  PortCounts counts;
  for (const Pool& each : pools_) add_to(counts, each);
  return counts;
}

PortCounts RelayPorts::scarcest() const {
  PortCounts v4, v6;
  for (const Pool& each : pools_) add_to(each.ports->address().is_v6() ? v6 : v4, each);
  return v4.leased * v6.total > v6.leased * v4.total || v6.total == 0 ? v4 : v6;
}

bool RelayPorts::has_port(Family family) const {
  const auto has_one = [family](const Pool& each) {
    return each.is_for(family) && each.ports->ports_free() + each.resting > 0;
  };
  const auto is_left = [&](const Reservation& each) {
    return each.is_left && each.relay.family() == family && is_here(each.relay.address);
  };
  return std::ranges::any_of(pools_, has_one) || std::ranges::any_of(reservations_, is_left);
}

bool RelayPorts::is_exhausted() const {
  return std::ranges::any_of(
      pools_, [this](const Pool& each) { return each.is_here && !has_port(each.ports->address().family()); });
}

}  // namespace turnpike::turn
