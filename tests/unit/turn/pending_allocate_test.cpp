// When an Allocate that waits for its relays is decided.
#include "turnpike/turn/pending_allocate.hpp"

#include <gtest/gtest.h>

namespace turnpike::turn {
namespace {

using State = RelayWant::State;

PendingAllocate pending(std::initializer_list<State> states, Parity parity = Parity::any) {
  PendingAllocate made;
  for (const State state : states) {
    RelayWant& want = made.wants.emplace_back();
    want.state = state;
    want.parity = parity;
  }
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

TEST(PendingAllocate, TURN_ALLOC_16_only_a_single_pair_reserves_and_takes_a_second_place) {
  EXPECT_TRUE(pending({State::opening}, Parity::pair).reserves_next());
  EXPECT_FALSE(pending({State::opening}, Parity::even).reserves_next());
  EXPECT_FALSE(pending({State::opening, State::opening}, Parity::even).reserves_next());
}

}  // namespace
}  // namespace turnpike::turn
