// The lease, step by step.
#include "turnpike/fleet/lease.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace turnpike::fleet {
namespace {

using std::chrono::milliseconds;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TimePoint at(double s) {
  return TimePoint(std::chrono::duration_cast<Duration>(std::chrono::duration<double>(100 + s)));
}

class LeaseTest : public ::testing::Test {
 protected:
  LeaseTest() { lease_.on_connected(at(0)); }

  // What is asked by then: "claim", "renew", "give up" or nothing.
  std::string asked(double s) {
    lease_.tick(at(s));
    const Commands commands = lease_.take_commands();
    if (commands.empty()) return "";
    if (const auto* claim = std::get_if<Claim>(&commands[0])) number_ = claim->number;
    if (const auto* renew = std::get_if<Renew>(&commands[0])) number_ = renew->number;
    return std::holds_alternative<Claim>(commands[0])   ? "claim"
           : std::holds_alternative<Renew>(commands[0]) ? "renew"
                                                        : "give up";
  }
  void answer(bool is_done, double s) { lease_.on_answer(number_, is_done, at(s)); }

  SeededRandom random_{1};
  Lease lease_{"k", random_};
  std::uint64_t number_ = 0;
};

TEST_F(LeaseTest, is_held_when_that_is_confirmed_and_from_when_it_was_asked_for) {
  EXPECT_EQ(asked(0), "claim");
  EXPECT_FALSE(lease_.is_held(at(0)));
  answer(true, 2);
  EXPECT_TRUE(lease_.is_held(at(9.4)));
  EXPECT_FALSE(lease_.is_held(at(9.5)));
}

TEST_F(LeaseTest, is_renewed_every_three_seconds) {
  asked(0);
  answer(true, 0);
  EXPECT_EQ(asked(2.9), "");
  EXPECT_EQ(asked(3), "renew");
  EXPECT_EQ(asked(4), "") << "one question at a time";
  answer(true, 4);
  EXPECT_TRUE(lease_.is_held(at(12.4)));
  EXPECT_FALSE(lease_.is_held(at(12.5)));
}

TEST_F(LeaseTest, somebody_else_has_it_so_it_is_claimed_again) {
  asked(0);
  answer(false, 0);
  EXPECT_EQ(asked(1.9), "");
  EXPECT_EQ(asked(3), "claim");
}

TEST_F(LeaseTest, a_renewal_that_is_refused_ends_it_at_once) {
  asked(0);
  answer(true, 0);
  asked(3);
  answer(false, 3.1);
  EXPECT_FALSE(lease_.is_held(at(3.1)));
  EXPECT_EQ(asked(3.1), "claim");
}

TEST_F(LeaseTest, a_confirmation_that_comes_too_late_holds_nothing_but_is_renewed) {
  asked(0);
  answer(true, 9.9);
  EXPECT_FALSE(lease_.is_held(at(9.9)));
  EXPECT_EQ(asked(9.9), "renew");
  answer(true, 10);
  EXPECT_TRUE(lease_.is_held(at(10)));
}

TEST_F(LeaseTest, a_claim_that_was_not_answered_may_have_succeeded) {
  asked(0);
  lease_.on_disconnected();
  EXPECT_EQ(asked(1), "");
  lease_.on_connected(at(2));
  answer(true, 2);  // of the connection before
  EXPECT_FALSE(lease_.is_held(at(2)));
  EXPECT_EQ(asked(2), "renew");
  answer(false, 2);
  EXPECT_EQ(asked(2), "claim");
}

TEST_F(LeaseTest, who_is_cut_off_holds_it_to_its_end_and_no_longer) {
  asked(0);
  answer(true, 0);
  lease_.on_disconnected();
  EXPECT_TRUE(lease_.is_held(at(9)));
  EXPECT_FALSE(lease_.is_held(at(9.5)));
}

TEST_F(LeaseTest, a_redis_that_does_not_answer_is_asked_again_after_a_life) {
  asked(0);
  EXPECT_EQ(asked(9.9), "");
  EXPECT_EQ(asked(10), "renew");
}

TEST_F(LeaseTest, who_gives_it_up_deletes_what_is_its_own) {
  asked(0);
  answer(true, 0);
  lease_.give_up();
  EXPECT_FALSE(lease_.is_held(at(0)));
  EXPECT_EQ(asked(1), "give up");
  EXPECT_EQ(asked(60), "");
}

}  // namespace
}  // namespace turnpike::fleet
