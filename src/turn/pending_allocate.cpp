#include "turnpike/turn/pending_allocate.hpp"

#include <algorithm>

namespace turnpike::turn {

bool PendingAllocate::settled() const {
  return std::ranges::none_of(wants,
                              [](const RelayWant& want) { return want.state == RelayWant::State::opening; });
}

bool PendingAllocate::any_open() const {
  return std::ranges::any_of(wants,
                             [](const RelayWant& want) { return want.state == RelayWant::State::open; });
}

}  // namespace turnpike::turn
