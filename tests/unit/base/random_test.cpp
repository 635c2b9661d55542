// The seeded generator, and numbers below a bound.
#include "turnpike/base/random.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <vector>

namespace turnpike {
namespace {

// Gives out prepared 32-bit draws.
class ScriptedRandom final : public Random {
 public:
  explicit ScriptedRandom(std::vector<std::uint32_t> draws) : draws_(std::move(draws)) {}
  void fill(MutableBytes out) override {
    ASSERT_EQ(out.size(), 4U);
    ASSERT_LT(drawn_, draws_.size());
    std::memcpy(out.data(), &draws_[drawn_++], 4);
  }
  std::size_t drawn() const { return drawn_; }

 private:
  std::vector<std::uint32_t> draws_;
  std::size_t drawn_ = 0;
};

TEST(Random, a_seed_repeats_itself_and_another_does_not) {
  std::array<std::uint8_t, 33> first{}, again{}, other{};
  SeededRandom(7).fill(first);
  SeededRandom(7).fill(again);
  SeededRandom(8).fill(other);
  EXPECT_EQ(first, again);
  EXPECT_NE(first, other);
}

TEST(Random, fill_writes_all_of_its_bytes_and_no_more) {
  for (std::size_t size = 0; size < 40; ++size) {
    std::vector<std::uint8_t> bytes(48, 0);
    std::vector<std::uint8_t> seen(48, 0);
    SeededRandom random(size);
    for (int round = 0; round < 64; ++round) {
      random.fill(MutableBytes{bytes}.first(size));
      for (std::size_t i = 0; i < bytes.size(); ++i) seen[i] |= bytes[i];
    }
    for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i] != 0, i < size) << size << ", byte " << i;
  }
}

TEST(Random, below_draws_again_where_the_remainder_would_be_biased) {
  // 2^32 mod 10 = 6: the draws 0..5 are refused, so that the rest is a multiple of 10 long.
  ScriptedRandom random({0, 5, 6, 0xFFFFFFFF});
  EXPECT_EQ(random.below(10), 6U);
  EXPECT_EQ(random.drawn(), 3U);
  EXPECT_EQ(random.below(10), 5U);
}

TEST(Random, below_a_power_of_two_never_draws_again) {
  ScriptedRandom random({0, 0x80000000, 0xFFFFFFFF, 123});
  EXPECT_EQ(random.below(1U << 31), 0U);
  EXPECT_EQ(random.below(1U << 31), 0U);
  EXPECT_EQ(random.below(1U << 16), 0xFFFFU);
  EXPECT_EQ(random.below(1), 0U);
}

TEST(Random, below_is_unbiased_where_a_plain_remainder_is_worst) {
  // Of 3 * 2^30 a plain remainder gives the lowest third every second draw.
  SeededRandom random(1);
  constexpr std::uint32_t third = 1U << 30;
  std::array<int, 3> counts{};
  for (int i = 0; i < 90000; ++i) ++counts.at(random.below(3 * third) / third);
  for (const int count : counts) EXPECT_NEAR(count, 30000, 600);  // four standard deviations are 566
}

TEST(Random, below_reaches_every_value_equally) {
  SeededRandom random(2);
  for (const std::uint32_t bound : {2U, 3U, 7U, 100U}) {
    std::vector<double> counts(bound);
    const double expected = 1000;
    for (std::uint32_t i = 0; i < bound * 1000; ++i) ++counts.at(random.below(bound));
    double chi_square = 0;
    for (const double count : counts) chi_square += (count - expected) * (count - expected) / expected;
    EXPECT_LT(chi_square, bound + 4 * std::sqrt(2.0 * bound) + 6) << bound;
  }
}

}  // namespace
}  // namespace turnpike
