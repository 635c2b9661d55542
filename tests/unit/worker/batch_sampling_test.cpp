// Of which batches the time is taken.
#include "turnpike/worker/batch_sampling.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace turnpike::worker {
namespace {

class BatchSamplingTest : public ::testing::Test {
 protected:
  // That takes a millisecond.
  void batch(std::uint64_t packets) {
    sampling_.begin(clock());
    now_ += std::chrono::milliseconds(1);
    sampling_.end(relayed_ += packets, clock(), times_);
  }
  std::function<TimePoint()> clock() {
    return [this] {
      ++looks_;
      return now_;
    };
  }

  BatchSampling sampling_;
  TimePoint now_;
  std::uint64_t relayed_ = 0;
  int looks_ = 0;
  DurationHistogram times_;
};

TEST_F(BatchSamplingTest, one_batch_in_so_many_has_its_time_taken_and_the_others_ask_no_clock) {
  for (std::uint32_t i = 0; i < 2 * BatchSampling::kOneIn; ++i) batch(10);
  EXPECT_EQ(times_.count(), 2U);
  EXPECT_EQ(times_.sum(), std::chrono::milliseconds(2));
  EXPECT_EQ(looks_, 4);
}

TEST_F(BatchSamplingTest, batches_that_relay_nothing_do_not_take_the_place_of_those_that_do) {
  for (std::uint32_t i = 0; i < 2 * BatchSampling::kOneIn; ++i) {
    batch(0);
    batch(10);
  }
  EXPECT_EQ(times_.count(), 2U);
}

}  // namespace
}  // namespace turnpike::worker
