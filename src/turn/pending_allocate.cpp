#include "turnpike/turn/pending_allocate.hpp"

#include <algorithm>

namespace turnpike::turn {

bool PendingAllocate::settled() const {
  return std::ranges::none_of(plan.wants,
                              [](const RelayWant& want) { return want.state == RelayWant::State::opening; });
}

bool PendingAllocate::any_open() const {
  return std::ranges::any_of(plan.wants,
                             [](const RelayWant& want) { return want.state == RelayWant::State::open; });
}

const Refusal& PendingAllocate::failure() const {
  for (const auto code : {stun::ErrorCode::server_error, stun::ErrorCode::insufficient_capacity}) {
    const auto found =
        std::ranges::find(plan.wants, code, [](const RelayWant& want) { return want.failure.code(); });
    if (found != plan.wants.end()) return found->failure;
  }
  return plan.wants.front().failure;
}

}  // namespace turnpike::turn
