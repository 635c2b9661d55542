// Quantiles are right, to the promised width.
#include "load/histogram.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace turnpike::bench {
namespace {

TEST(Histogram, nothing_has_quantile_zero) {
  const Histogram empty;
  EXPECT_EQ(empty.quantile_ns(0.5), 0);
  EXPECT_EQ(empty.max_ns(), 0);
  EXPECT_EQ(empty.count(), 0U);
}

TEST(Histogram, small_values_are_exact) {
  Histogram h;
  for (int i = 1; i <= 100; ++i) h.record(i);
  const std::pair<double, std::int64_t> table[] = {{0, 1},       {0.01, 1}, {0.5, 50}, {0.99, 99},
                                                   {0.999, 100}, {1, 100},  {2, 100}};
  for (const auto& [quantile, expected] : table) EXPECT_EQ(h.quantile_ns(quantile), expected) << quantile;
}

TEST(Histogram, any_value_is_right_to_a_64th) {
  for (double exact = 1; exact < 1e12; exact *= 1.37) {
    const auto value = static_cast<std::int64_t>(exact);
    Histogram h;
    h.record(value);
    h.record(std::int64_t{1} << 40);  // else the largest value itself bounds the quantile
    EXPECT_GE(h.quantile_ns(0.5), value);
    EXPECT_LE(h.quantile_ns(0.5), value + value / 64);
  }
}

TEST(Histogram, values_out_of_range_count_as_the_nearest) {
  Histogram h;
  h.record(-5);
  EXPECT_EQ(h.quantile_ns(1), 0);
  h.record(INT64_MAX);
  EXPECT_EQ(h.quantile_ns(1), (std::int64_t{1} << 40) - 1);
}

TEST(Histogram, the_sum_of_two_is_as_if_recorded_in_one) {
  Histogram a;
  Histogram b;
  Histogram both;
  for (std::int64_t i = 0; i < 1000; ++i) {
    (i % 3 == 0 ? a : b).record(i * 1000);
    both.record(i * 1000);
  }
  a.add(b);
  EXPECT_EQ(a, both);
}

}  // namespace
}  // namespace turnpike::bench
