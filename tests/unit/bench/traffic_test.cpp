// The books agree with a forwarder that harms packets at known rates, and find nothing where nothing is
// harmed.
#include "load/traffic.hpp"

#include <gtest/gtest.h>

#include "unit/bench/harmful_forwarder.hpp"

namespace turnpike::bench {
namespace {

// A port that was free a moment ago.
std::uint16_t free_port() {
  const auto socket = net::UdpSocket::open({.local = {IpAddress::v4(127, 0, 0, 1), 0}});
  return socket->local().port;
}

TrafficResult run(const Target& target, const Part& part, Duration measured, bool segment) {
  Progress progress("test", false);
  Fleet fleet(target, {part}, progress);
  const TrafficOptions options{
      .warm_up = std::chrono::milliseconds(100), .measured = measured, .segment = segment, .processes = {}};
  return run_traffic(fleet, options, progress);
}

constexpr Part kOpen{.direction = Direction::to_peer,
                     .pace = Pace::open,
                     .clients = 4,
                     .frame_packets = 2,
                     .frames_per_s = 300};

struct Harmed {
  TrafficResult result;
  Harm done;
};

Harmed run_harmed(const Harm& rates) {
  const std::uint16_t port = free_port();
  HarmfulForwarder forwarder(rates, port);
  Target target = Target::parse("forwarder:" + forwarder.endpoint().to_string());
  target.peer_port = port;
  const TrafficResult result = run(target, kOpen, std::chrono::milliseconds(600), false);
  return {result, forwarder.stop()};
}

TEST(Traffic, books_agree_with_a_forwarder_that_harms) {
  const struct {
    std::string_view name;
    Harm rates;
  } table[] = {
      {"nothing", {}},
      {"drops", {.dropped = 50}},
      {"copies", {.copied = 50}},
      {"swaps", {.swapped = 50}},
      {"changes", {.changed = 50}},
      {"everything", {.dropped = 20, .copied = 30, .swapped = 40, .changed = 50}},
  };
  for (const auto& [name, rates] : table) {
    const auto [result, done] = run_harmed(rates);
    const Totals& t = result.totals;
    EXPECT_GT(t.sent, 1000U) << name;
    EXPECT_EQ(t.duplicated, done.copied) << name;
    EXPECT_EQ(t.reordered, done.swapped) << name;
    EXPECT_EQ(t.corrupt, done.changed) << name;
    // What is held back when the traffic ends, of each client one packet at most, was never sent on.
    EXPECT_GE(t.lost(), done.dropped) << name;
    EXPECT_LE(t.lost(), done.dropped + (rates.swapped > 0 ? kOpen.clients : 0)) << name;
  }
}

TEST(Traffic, every_direction_reaches_its_end_without_a_server) {
  for (const Direction direction : {Direction::to_peer, Direction::to_client, Direction::echo}) {
    for (const Pace pace : {Pace::open, Pace::closed}) {
      for (const bool segment : {false, true}) {
        Part part = kOpen;
        part.direction = direction;
        part.pace = pace;
        const TrafficResult result =
            run(Target::parse("direct"), part, std::chrono::milliseconds(200), segment);
        const Totals& t = result.totals;
        EXPECT_GT(t.sent, 100U);
        EXPECT_EQ(t, (Totals{.sent = t.sent, .received = t.sent}));
        EXPECT_GT(result.relayed, 0U);
        EXPECT_GT(result.latency.count(), 0U);
        EXPECT_LE(result.latency.count(), t.sent);
      }
    }
  }
}

TEST(Traffic, open_loop_keeps_its_rate_when_nothing_comes_back) {
  const auto [result, done] = run_harmed({.dropped = 1000});
  EXPECT_NEAR(static_cast<double>(result.totals.sent), 0.7 * 4 * 2 * 300, 0.15 * 0.7 * 4 * 2 * 300);
  EXPECT_EQ(result.totals.lost(), result.totals.sent);
  EXPECT_EQ(done.dropped, result.totals.sent);
}

}  // namespace
}  // namespace turnpike::bench
