// All allocations of a worker, judged again after a reload, some a turn.
#pragma once

#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

#include "turnpike/relay/route.hpp"

namespace turnpike::worker {

class Revision {
 public:
  static constexpr std::size_t kJudgedPerTurn = 1024;  // permissions and channels

  // Begins with the first of these, even if it was at others.
  void begin(std::vector<relay::AllocationId> ids) {
    ids_ = std::move(ids);
    next_ = 0;
  }
  bool is_going_on() const { return next_ < ids_.size(); }
  // `judge` returns how many permissions and channels it has judged.
  void go_on(const std::function<std::size_t(relay::AllocationId)>& judge) {
    for (std::size_t judged = 0; is_going_on() && judged < kJudgedPerTurn; ++next_)
      judged += judge(ids_[next_]);
  }

 private:
  std::vector<relay::AllocationId> ids_;
  std::size_t next_ = 0;
};

}  // namespace turnpike::worker
