// Judges all allocations of a worker again after a reload, some of them each turn.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "turnpike/relay/route.hpp"

namespace turnpike::worker {

// A pass over a list of allocations that advances a bounded amount each turn.
class Revision {
 public:
  // Permissions and channels judged in one turn; the last allocation of a turn may exceed it.
  static constexpr std::size_t kJudgedPerTurn = 1024;

  // Starts with the first of `ids` and abandons an unfinished pass.
  void begin(std::vector<relay::AllocationId> ids) {
    ids_ = std::move(ids);
    next_ = 0;
  }
  bool is_going_on() const { return next_ < ids_.size(); }
  // Continues the pass for one turn. `judge` returns how many permissions and channels of the allocation it
  // has judged.
  void go_on(const std::function<std::size_t(relay::AllocationId)>& judge) {
    for (std::size_t judged = 0; is_going_on() && judged < kJudgedPerTurn; ++next_)
      judged += judge(ids_[next_]);
  }

 private:
  std::vector<relay::AllocationId> ids_;
  std::size_t next_ = 0;
};

}  // namespace turnpike::worker
