// Frames are due at the rate asked for, spread or in phase.
#include "load/pacer.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace turnpike::bench {
namespace {

std::vector<std::pair<std::int64_t, std::uint32_t>> first_of(Pacer pacer, int count) {
  std::vector<std::pair<std::int64_t, std::uint32_t>> frames;
  for (int i = 0; i < count; ++i) {
    const std::int64_t due_ns = pacer.due_ns();
    frames.emplace_back(due_ns, pacer.take());
  }
  return frames;
}

using Frames = std::vector<std::pair<std::int64_t, std::uint32_t>>;

TEST(Pacer, spreads_flows_over_the_period) {
  EXPECT_EQ(first_of(Pacer(2, 50, false, 100), 4),
            (Frames{{100, 0}, {10'000'100, 1}, {20'000'100, 0}, {30'000'100, 1}}));
}

TEST(Pacer, sends_flows_in_phase_together) {
  EXPECT_EQ(first_of(Pacer(2, 50, true, 0), 4), (Frames{{0, 0}, {0, 1}, {20'000'000, 0}, {20'000'000, 1}}));
}

TEST(Pacer, rounding_does_not_add_up) {
  Pacer pacer(3, 30, false, 0);
  for (int i = 0; i < 90 * 3600; ++i) pacer.take();
  EXPECT_NEAR(static_cast<double>(pacer.due_ns()), 3600e9, 1000);
}

}  // namespace
}  // namespace turnpike::bench
