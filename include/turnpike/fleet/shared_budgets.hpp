// Byte budgets of users, or of rooms, over all nodes: what this node may give of each.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>

#include "turnpike/fleet/others_holdings.hpp"
#include "turnpike/fleet/own_holdings.hpp"

namespace turnpike::fleet {

// What a node uses of a budget, in bytes a second; one that is hungry would use more.
struct Demand {
  std::uint64_t used = 0;
  bool is_hungry = false;

  bool operator==(const Demand&) const = default;
};

// The own part of a limit: who is not hungry gets a quarter more than is used, those who are get equal parts
// of the rest, and what is left is for all alike. But never less than an eighth of an equal part, so that
// whoever begins can be heard of, nor than kShareMin. Of nodes that know the same, all parts together are at
// most 9/8 of the limit, if an eighth of an equal part is not less than kShareMin.
inline constexpr std::uint64_t kShareMin = 2048;  // a second's bytes have room for any packet of 1,500
std::uint64_t fair_share(std::uint64_t limit, const Demand& own, std::span<const Demand> others);

// A row's amount: KiB a second, and whether that is all the node may give.
std::uint32_t amount_of(const Demand& demand);
Demand demand_of(std::uint32_t amount);

// Not thread-safe.
class SharedBudgets {
 public:
  // `kind` is user_rates or room_rates. 0 is no limit.
  SharedBudgets(Kind kind, std::uint64_t limit, const Keys& keys, const Seal& seal, std::string node_id);

  void set_limit(std::uint64_t limit) { limit_ = limit; }
  std::uint64_t limit() const { return limit_; }
  Digests digests_of(std::string_view name) const { return seal_.digests(name); }
  // What was used of it here during the last second, of everybody who has used something worth it; with as
  // many nodes in the fleet. Hungry is who used nearly all that there was, and whoever `has_refused` says so
  // of, for few packets make no even rate.
  void note_used(const Digests& name, std::uint64_t bytes_per_second, std::size_t nodes,
                 bool has_refused = false);
  void note_used(std::string_view name, std::uint64_t bytes_per_second, std::size_t nodes) {
    note_used(digests_of(name), bytes_per_second, nodes);
  }
  // Once a second. What was used before is remembered, with a fifth less each second, until it is little:
  // whoever stops and begins again on many nodes does not find the whole limit on each.
  void remember(std::size_t nodes);
  // What is less is not told of, and need not be noted.
  std::uint64_t little(std::size_t nodes) const { return limit_ / (8 * std::max<std::size_t>(nodes, 2)); }
  // What this node may give: the limit itself where nobody else uses any.
  std::uint64_t rate_of(const Digests& name) const;
  std::uint64_t rate_of(std::string_view name) const { return rate_of(digests_of(name)); }

  OwnHoldings& own() { return own_; }
  OthersHoldings& others() { return others_; }
  const OthersHoldings& others() const { return others_; }
  std::size_t size() const { return demands_.size(); }

 private:
  struct Known {
    Demand demand{};
    bool is_news = false;  // noted since the last second
  };

  void tell(Who who, const Demand& demand, std::size_t nodes);

  std::uint64_t limit_;
  Seal seal_;
  std::unordered_map<Who, Known> demands_;
  OwnHoldings own_;
  OthersHoldings others_;
};

}  // namespace turnpike::fleet
