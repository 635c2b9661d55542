// Shares byte budgets of users, or of rooms, among all nodes: finds what this node may give of each.
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

// The use of a budget by one node, in bytes a second; a hungry node would use more.
struct Demand {
  std::uint64_t used = 0;
  bool is_hungry = false;

  bool operator==(const Demand&) const = default;
};

// The least share in bytes a second: a second's bytes have room for any packet of 1,500.
inline constexpr std::uint64_t kShareMin = 2048;
// Returns this node's part of a limit, in bytes a second. Nodes that are not hungry get a quarter more than
// they use, hungry ones get equal parts of the rest, and what then remains is divided among all. The result
// is at least an eighth of an equal part, so that a node that begins can be noticed, and at least kShareMin
// or the limit, whichever is less. Parts of nodes that know the same sum up to at most 9/8 of the limit,
// unless an eighth of an equal part is below kShareMin.
std::uint64_t fair_share(std::uint64_t limit, const Demand& own, std::span<const Demand> others);

// Convert a demand to the amount of a row and back: KiB a second, rounded up, and a bit for hunger.
std::uint32_t amount_of(const Demand& demand);
Demand demand_of(std::uint32_t amount);

// The budgets of all users, or of all rooms. Not thread-safe.
class SharedBudgets {
 public:
  // `kind` is user_rates or room_rates; `limit` is in bytes a second, 0 for none.
  SharedBudgets(Kind kind, std::uint64_t limit, const Keys& keys, const Seal& seal, std::string node_id);

  void set_limit(std::uint64_t limit) { limit_ = limit; }
  std::uint64_t limit() const { return limit_; }
  Digests digests_of(std::string_view name) const { return seal_.digests(name); }
  // Notes what was used here of a name's budget during the last second. `nodes` is the number of live nodes.
  // The name counts as hungry if it used nearly all that it may, or if `has_refused`, since few packets make
  // no even rate. Use below little() need not be noted.
  void note_used(const Digests& name, std::uint64_t bytes_per_second, std::size_t nodes,
                 bool has_refused = false);
  void note_used(std::string_view name, std::uint64_t bytes_per_second, std::size_t nodes) {
    note_used(digests_of(name), bytes_per_second, nodes);
  }
  // Ages the demands, once a second: what is not noted again shrinks by a fifth until it is little, so that a
  // user who stops and begins again on many nodes does not find the whole limit on each.
  void remember(std::size_t nodes);
  // Returns the rate, in bytes a second, below which others are not told.
  std::uint64_t little(std::size_t nodes) const { return limit_ / (8 * std::max<std::size_t>(nodes, 2)); }
  // Returns what this node may give, in bytes a second: the whole limit if no other node uses any, 0 for no
  // limit.
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
