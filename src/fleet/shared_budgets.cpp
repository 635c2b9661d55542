#include "turnpike/fleet/shared_budgets.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>
#include <vector>

namespace turnpike::fleet {
namespace {

constexpr std::uint64_t kUnit = 1024;
constexpr std::uint32_t kHungry = std::uint32_t{1} << 31;
constexpr std::uint64_t kAll = std::numeric_limits<std::uint64_t>::max();

std::uint64_t wanted_by(const Demand& demand) {
  return demand.is_hungry ? kAll : demand.used + demand.used / 4;
}

std::uint64_t remembered(std::uint64_t used) { return used - used / 5; }

std::uint64_t difference(std::uint64_t a, std::uint64_t b) { return a < b ? b - a : a - b; }

}  // namespace

std::uint64_t fair_share(std::uint64_t limit, const Demand& own, std::span<const Demand> others) {
  if (others.empty()) return limit;
  std::vector<std::uint64_t> wanted{wanted_by(own)};
  for (const Demand& each : others) wanted.push_back(wanted_by(each));
  std::ranges::sort(wanted);
  // Each gets what it wants or an equal part of what is left, the least wanted first.
  std::uint64_t left = limit, level = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    level = std::min(wanted[i], left / (wanted.size() - i));
    left -= level;
  }
  const std::uint64_t part = limit / wanted.size();
  const std::uint64_t filled = std::min(wanted_by(own), level) + left / wanted.size();
  return std::max({filled, part / 8, std::min(limit, kShareMin), std::uint64_t{1}});
}

std::uint32_t amount_of(const Demand& demand) {
  const std::uint64_t units = std::min<std::uint64_t>((demand.used + kUnit - 1) / kUnit, kHungry - 1);
  return static_cast<std::uint32_t>(units) | (demand.is_hungry ? kHungry : 0);
}

Demand demand_of(std::uint32_t amount) {
  return {std::uint64_t{amount & (kHungry - 1)} * kUnit, (amount & kHungry) != 0};
}

SharedBudgets::SharedBudgets(Kind kind, std::uint64_t limit, const Keys& keys, const Seal& seal,
                             std::string node_id)
    : limit_(limit), seal_(seal), own_(kind, keys, seal, std::move(node_id)), others_(kind, keys, seal) {}

void SharedBudgets::note_used(const Digests& name, std::uint64_t bytes_per_second, std::size_t nodes,
                              bool has_refused) {
  if (limit_ == 0 || bytes_per_second == 0) return;
  const std::uint64_t rate = rate_of(name);
  Known& known = demands_[name.front()];
  known.demand.used = std::max(bytes_per_second, known.is_news ? 0 : remembered(known.demand.used));
  known.demand.is_hungry = has_refused || bytes_per_second >= rate - rate / 10;
  known.is_news = true;
  tell(name.front(), known.demand, nodes);
}

void SharedBudgets::remember(std::size_t nodes) {
  for (auto each = demands_.begin(); each != demands_.end();) {
    auto& [who, known] = *each;
    if (!std::exchange(known.is_news, false)) known.demand = {remembered(known.demand.used), false};
    const bool is_over = limit_ == 0 || (known.demand.used < little(nodes) && !known.demand.is_hungry);
    tell(who, is_over ? Demand{} : known.demand, nodes);
    each = is_over ? demands_.erase(each) : std::next(each);
  }
}

// Who uses little is not told of, nor a little more or less: all nodes together may use so an eighth of the
// limit that nobody counts.
void SharedBudgets::tell(Who who, const Demand& demand, std::size_t nodes) {
  const std::uint32_t told = own_.amount_of(who);
  const Demand known = demand_of(told);
  if (demand.used < std::max<std::uint64_t>(little(nodes), 1) && !demand.is_hungry) return own_.set(who, 0);
  if (told == 0 || known.is_hungry != demand.is_hungry || difference(known.used, demand.used) > little(nodes))
    own_.set(who, amount_of(demand));
}

std::uint64_t SharedBudgets::rate_of(const Digests& name) const {
  if (limit_ == 0) return 0;
  std::vector<Demand> others;
  for (const OthersHoldings::Held& each : others_.held(name)) others.push_back(demand_of(each.amount));
  const auto found = demands_.find(name.front());
  return fair_share(limit_, found == demands_.end() ? Demand{} : found->second.demand, others);
}

}  // namespace turnpike::fleet
