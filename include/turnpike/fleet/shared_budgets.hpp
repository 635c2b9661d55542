// Byte budgets of users, or of rooms, over all nodes: what this node may give of each.
#pragma once

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
// whoever begins can be heard of. Of nodes that know the same, all parts together are at most 9/8 of the
// limit.
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
  // What was used of it here during the last second, of everybody who used something or did before: 0
  // forgets the name. With as many nodes in the fleet.
  void note_used(const std::string& name, std::uint64_t bytes_per_second, std::size_t nodes);
  // What this node may give: the limit itself where nobody else uses any.
  std::uint64_t rate_of(const std::string& name) const;

  OwnHoldings& own() { return own_; }
  OthersHoldings& others() { return others_; }
  const OthersHoldings& others() const { return others_; }
  std::size_t size() const { return demands_.size(); }

 private:
  std::uint64_t limit_;
  Seal seal_;
  std::unordered_map<std::string, Demand> demands_;
  OwnHoldings own_;
  OthersHoldings others_;
};

}  // namespace turnpike::fleet
