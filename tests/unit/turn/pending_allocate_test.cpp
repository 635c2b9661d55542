// When an Allocate that waits for its relays is decided, and why it failed where all of them did.
#include "turnpike/turn/pending_allocate.hpp"

#include <gtest/gtest.h>

namespace turnpike::turn {
namespace {

using State = RelayWant::State;

PendingAllocate pending(std::initializer_list<State> states) {
  PendingAllocate made;
  for (const State state : states) made.plan.wants.emplace_back().state = state;
  return made;
}

TEST(PendingAllocate, is_settled_when_no_relay_is_still_opening) {
  const struct {
    std::initializer_list<State> states;
    bool settled, any_open;
  } cases[] = {
      {{State::opening}, false, false},
      {{State::open}, true, true},
      {{State::failed}, true, false},
      {{State::open, State::opening}, false, true},
      {{State::failed, State::opening}, false, false},
      {{State::failed, State::open}, true, true},
      {{State::failed, State::failed}, true, false},
  };
  for (const auto& [states, settled, any_open] : cases) {
    EXPECT_EQ(pending(states).settled(), settled);
    EXPECT_EQ(pending(states).any_open(), any_open);
  }
}

TEST(PendingAllocate,
     fails_for_what_the_system_refused_before_what_is_used_up_before_what_was_never_there_ERR_04) {
  const struct {
    Cause first, second, expected;
  } cases[] = {
      {Cause::no_free_port, Cause::relay_not_opened, Cause::relay_not_opened},
      {Cause::relay_not_opened, Cause::ports_in_use, Cause::relay_not_opened},
      {Cause::family_unsupported, Cause::no_free_port, Cause::no_free_port},
      {Cause::ports_in_use, Cause::family_unsupported, Cause::ports_in_use},
      {Cause::no_free_port, Cause::ports_in_use, Cause::no_free_port},
  };
  for (const auto& [first, second, expected] : cases) {
    PendingAllocate made;
    made.plan.wants.emplace_back().fail({first});
    made.plan.wants.emplace_back().fail({second});
    EXPECT_EQ(to_string(made.failure().cause), to_string(expected))
        << to_string(first) << ", " << to_string(second);
  }
}

}  // namespace
}  // namespace turnpike::turn
