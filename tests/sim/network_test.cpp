// The network of the simulation does to packets what its weather says, and nothing else.
#include <gtest/gtest.h>

#include <numeric>

#include "letter.hpp"
#include "network.hpp"

namespace turnpike::sim {
namespace {

constexpr TimePoint kForever = TimePoint::max();

struct Fate {
  int arrived = 0;
  int damaged = 0;
  Duration longest{};
};

Fate carry_thousands(const Weather& weather) {
  Timeline timeline;
  Dice dice(1);
  Network network(weather, timeline, dice);
  Fate fate;
  const TimePoint start = timeline.now();
  for (int i = 0; i < 10'000; ++i) {
    network.carry({{1, 2, 3, 4}}, [&](const Parcel& parcel) {
      ++fate.arrived;
      fate.damaged += parcel.damaged ? 1 : 0;
      EXPECT_EQ(parcel.damaged, parcel.bytes != std::vector<std::uint8_t>({1, 2, 3, 4}));
      fate.longest = std::max(fate.longest, timeline.now() - start);
    });
  }
  while (timeline.step(kForever)) {
  }
  return fate;
}

TEST(Network, loses_doubles_and_damages_as_often_as_it_is_told) {
  const Weather calm{.lost_permille = 0, .doubled_permille = 0, .late_permille = 0, .damaged_permille = 0};
  EXPECT_EQ(carry_thousands(calm).arrived, 10'000);
  EXPECT_EQ(carry_thousands(calm).damaged, 0);
  EXPECT_LE(carry_thousands(calm).longest, calm.delay_max);

  const Weather storm{
      .lost_permille = 500, .doubled_permille = 200, .late_permille = 100, .damaged_permille = 100};
  const Fate fate = carry_thousands(storm);
  EXPECT_NEAR(fate.arrived, 6'000, 300);
  EXPECT_NEAR(fate.damaged, 600, 120);
  EXPECT_GT(fate.longest, storm.delay_max);
}

TEST(Pipe, brings_everything_in_order_cut_and_joined_and_then_its_end) {
  Timeline timeline;
  Dice dice(2);
  std::vector<std::uint8_t> received;
  bool cut = false, joined = false;
  int ends = 0;
  const auto arrive = [&](Bytes bytes) {
    EXPECT_EQ(ends, 0);
    cut |= bytes.size() % 10 != 0;
    joined |= bytes.size() > 10;
    received.insert(received.end(), bytes.begin(), bytes.end());
  };
  const auto pipe = std::make_shared<Pipe>(timeline, dice, Pipe::Reader{arrive, [&] { ++ends; }});
  std::vector<std::uint8_t> sent(200);
  std::iota(sent.begin(), sent.end(), std::uint8_t{0});
  for (std::size_t at = 0; at < sent.size(); at += 10) {
    pipe->write(Bytes{sent}.subspan(at, 10));
    if (at % 20 == 0) timeline.step(kForever);
  }
  pipe->finish();
  pipe->write(sent);
  while (timeline.step(kForever)) {
  }
  EXPECT_EQ(received, sent);
  EXPECT_TRUE(cut && joined);
  EXPECT_EQ(ends, 1);
}

TEST(Letter, opens_as_it_was_sealed_and_not_at_all_after_any_bit_has_changed) {
  const Letter letter{1, 2, 3, 4};
  std::vector<std::uint8_t> bytes = seal(letter, 5);
  EXPECT_EQ(open(bytes), letter);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
    EXPECT_EQ(open(bytes), std::nullopt) << bit;
    bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
  }
}

}  // namespace
}  // namespace turnpike::sim
