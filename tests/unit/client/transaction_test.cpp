// The waits between the repetitions of a request.
#include "turnpike/client/transaction.hpp"

#include <gtest/gtest.h>

namespace turnpike::client {
namespace {

using std::chrono::milliseconds;
using Due = RetransmissionTimer::Due;

constexpr TimePoint kStart{std::chrono::seconds(1000)};

TEST(RetransmissionTimer, doubles_the_wait_up_to_seven_sends_and_gives_up_after_39500_ms) {
  RetransmissionTimer timer(false, kStart);
  for (const int sent_at_ms : {500, 1500, 3500, 7500, 15500, 31500}) {
    EXPECT_EQ(timer.deadline(), kStart + milliseconds(sent_at_ms));
    EXPECT_EQ(timer.advance(timer.deadline() - Duration(1)), Due::nothing);
    EXPECT_EQ(timer.advance(timer.deadline()), Due::send_again);
  }
  EXPECT_EQ(timer.deadline(), kStart + milliseconds(39500));
  EXPECT_EQ(timer.advance(timer.deadline()), Due::give_up);
}

TEST(RetransmissionTimer, sends_nothing_again_on_a_stream) {
  RetransmissionTimer timer(true, kStart);
  EXPECT_EQ(timer.deadline(), kStart + milliseconds(39500));
  EXPECT_EQ(timer.advance(timer.deadline() - Duration(1)), Due::nothing);
  EXPECT_EQ(timer.advance(timer.deadline()), Due::give_up);
}

}  // namespace
}  // namespace turnpike::client
