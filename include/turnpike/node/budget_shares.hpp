// Shares byte budgets between nodes: reports what was taken on this node and sets this node's share.
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

// Returns the share of `limit` that `rate` is, rounded to at least 1; 0, which means all of it, if `rate` is
// `limit` or more.
relay::Share share_for(std::uint64_t rate, std::uint64_t limit);

// Sets the shares of users, by meter, or of rooms, by number. Each id is looked at once in kTicks ticks. Not
// thread-safe.
class BudgetShares {
 public:
  static constexpr std::size_t kTicks = 10;

  // Access to the budgets of this node by id.
  struct Budgets {
    std::function<relay::Taken(std::uint32_t id, TimePoint now)> taken;
    std::function<void(std::uint32_t id, relay::Share share)> set_share;
  };

  // `shared` and whatever `budgets` uses must outlive this object.
  BudgetShares(fleet::SharedBudgets& shared, Budgets budgets)
      : shared_(shared), budgets_(std::move(budgets)) {}

  // Sets the owner of a budget; an empty name means none. A new owner begins with the whole limit.
  void assign(std::uint32_t id, std::string_view name, TimePoint now);
  // Looks at the next part of the budgets. `nodes` is the number of nodes in the fleet, including this one.
  void tick(std::size_t nodes, TimePoint now);
  // Gives every budget its whole limit again and removes all owners.
  void release();
  // Returns how many owners have less than the whole limit.
  std::size_t shared() const { return reduced_; }

  // Returns the remainder modulo kTicks of the ids that the next tick looks at.
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
