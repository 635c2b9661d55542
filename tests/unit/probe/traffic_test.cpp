// Numbered packets and the statistics of their round trips.
#include "turnpike/probe/traffic.hpp"

#include <gtest/gtest.h>

#include "turnpike/stun/builder.hpp"
#include "turnpike/stun/message.hpp"

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

constexpr Run kRun{1, 2, 3, 4, 5, 6, 7, 8};

std::vector<std::uint8_t> answer_to(const std::vector<std::uint8_t>& question, stun::Class cls,
                                    std::optional<Endpoint> seen) {
  const auto request = stun::MessageView::parse(question);
  std::vector<std::uint8_t> response(100);
  stun::MessageBuilder message(response, request->method(), cls, request->transaction_id());
  if (seen) message.add_xor_address(stun::Attr::xor_mapped_address, *seen);
  response.resize(message.bytes().size());
  return response;
}

TEST(Question, is_a_binding_whose_answer_says_which_it_was_and_where_it_came_from) {
  const auto question = make_question(kRun, 77);
  const Endpoint relay{IpAddress::v4(192, 0, 2, 1), 50000};
  EXPECT_EQ(read_answer(answer_to(question, stun::Class::success, relay), kRun), (Answer{77, relay}));
  EXPECT_EQ(read_answer(answer_to(question, stun::Class::error, std::nullopt), kRun), (Answer{77, {}}));
}

TEST(Question, of_another_run_and_anything_else_is_no_answer) {
  const auto question = make_question(kRun, 77);
  EXPECT_EQ(read_answer(question, kRun), std::nullopt);
  EXPECT_EQ(read_answer(answer_to(make_question({}, 77), stun::Class::success, {}), kRun), std::nullopt);
  EXPECT_EQ(read_answer(make_packet(77, 40), kRun), std::nullopt);
  EXPECT_EQ(read_answer({}, kRun), std::nullopt);
}

TEST(TrafficTally, counts_round_trips_losses_duplicates_and_corrupt_packets) {
  TrafficTally tally;
  for (int i = 0; i < 4; ++i) tally.on_sent(kStart + milliseconds(i));
  EXPECT_FALSE(tally.is_complete());
  tally.on_received(0, 125, kStart + milliseconds(10));  // 10 ms
  tally.on_received(2, 125, kStart + milliseconds(6));   // 4 ms
  tally.on_received(2, 125, kStart + milliseconds(7));
  tally.on_received(3, 125, kStart + milliseconds(10));  // 7 ms
  tally.on_received(4, 125, kStart + milliseconds(11));  // never sent
  tally.on_received(std::nullopt, 125, kStart + milliseconds(11));
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
  tally.on_received(1, 125, kStart + milliseconds(12));
  EXPECT_TRUE(tally.is_complete());
}

TEST(TrafficTally, of_nothing_is_nothing) { EXPECT_EQ(TrafficTally().summary(), TrafficSummary{}); }

}  // namespace
}  // namespace turnpike::probe
