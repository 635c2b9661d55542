// Numbered packets and the statistics of their round trips.
#include "turnpike/probe/traffic.hpp"

#include <gtest/gtest.h>

namespace turnpike::probe {
namespace {

using std::chrono::milliseconds;

constexpr TimePoint kStart{std::chrono::seconds(10)};

TEST(ProbePacket, is_known_by_its_number_and_every_changed_byte_is_seen) {
  const auto packet = make_packet(77, 40);
  EXPECT_EQ(packet.size(), 40U);
  EXPECT_EQ(read_packet(packet), 77U);
  for (std::size_t i = 0; i < packet.size(); ++i) {
    auto changed = packet;
    changed[i] ^= 0x10;
    EXPECT_EQ(read_packet(changed), std::nullopt) << "byte " << i;
  }
  for (std::size_t size = 0; size < packet.size(); ++size)
    EXPECT_EQ(read_packet(Bytes{packet}.first(size)), std::nullopt);
}

TEST(TrafficTally, counts_round_trips_losses_duplicates_and_corrupt_packets) {
  TrafficTally tally;
  for (int i = 0; i < 4; ++i) tally.on_sent(kStart + milliseconds(i));
  EXPECT_FALSE(tally.is_complete());
  tally.on_received(make_packet(0, 125), kStart + milliseconds(10));  // 10 ms
  tally.on_received(make_packet(2, 125), kStart + milliseconds(6));   // 4 ms
  tally.on_received(make_packet(2, 125), kStart + milliseconds(7));
  tally.on_received(make_packet(3, 125), kStart + milliseconds(10));  // 7 ms
  tally.on_received(make_packet(4, 125), kStart + milliseconds(11));  // never sent
  tally.on_received(std::vector<std::uint8_t>(125), kStart + milliseconds(11));
  const TrafficSummary summary = tally.summary();
  EXPECT_EQ(summary, (TrafficSummary{.sent = 4,
                                     .received = 3,
                                     .duplicated = 1,
                                     .corrupt = 2,
                                     .rtt_min = milliseconds(4),
                                     .rtt_median = milliseconds(7),
                                     .rtt_p99 = milliseconds(10),
                                     .bits_per_second = 300'000}));
  EXPECT_EQ(summary.lost(), 1U);
  tally.on_received(make_packet(1, 125), kStart + milliseconds(12));
  EXPECT_TRUE(tally.is_complete());
}

TEST(TrafficTally, of_nothing_is_nothing) { EXPECT_EQ(TrafficTally().summary(), TrafficSummary{}); }

}  // namespace
}  // namespace turnpike::probe
