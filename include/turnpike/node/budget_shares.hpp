// Byte budgets that nodes have together: what was taken here is told, and this node's share is set.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "turnpike/base/time.hpp"
#include "turnpike/fleet/shared_budgets.hpp"
#include "turnpike/relay/meter.hpp"

namespace turnpike::node {

// The share of a limit that a rate is, rounded, but neither nothing nor more than all (0).
relay::Share share_for(std::uint64_t rate, std::uint64_t limit);

// Of users by their meters, or of rooms by their numbers. Each is looked at once in so many ticks, a part of
// them in each tick. Not thread-safe.
class BudgetShares {
 public:
  static constexpr std::size_t kTicks = 10;

  struct Budgets {
    std::function<relay::Taken(std::uint32_t id, TimePoint now)> taken;
    std::function<void(std::uint32_t id, relay::Share share)> set_share;
  };

  // What it is given must outlive it.
  BudgetShares(fleet::SharedBudgets& shared, Budgets budgets)
      : shared_(shared), budgets_(std::move(budgets)) {}

  // Whose budget that is from now on; empty: nobody's. A new owner begins with the whole limit.
  void assign(std::uint32_t id, std::string_view name, TimePoint now);
  // With as many nodes in the fleet, this one included.
  void tick(std::size_t nodes, TimePoint now);
  // All owners have the whole limit again, and nobody is one any more.
  void release();
  // Owners of less than the whole limit.
  std::size_t shared() const { return reduced_; }

  // Those that the next tick looks at are numbered so: what this leaves, modulo kTicks.
  std::size_t next() const { return next_; }

 private:
  struct Row {
    std::string name;
    fleet::Digests digests;
    std::uint64_t bytes = 0;  // taken until then
    TimePoint looked_at;
    relay::Share share = 0;
  };

  void look(std::uint32_t id, Row& row, std::size_t nodes, TimePoint now);
  void note(Row& row, const relay::Taken& taken, std::size_t nodes, TimePoint now);
  void give(std::uint32_t id, Row& row, relay::Share share);

  fleet::SharedBudgets& shared_;
  Budgets budgets_;
  std::vector<Row> rows_;  // by id
  std::size_t next_ = 0;
  std::size_t reduced_ = 0;
};

}  // namespace turnpike::node
