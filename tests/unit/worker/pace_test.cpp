// How fast allocations relay, by readings that are a second or more apart.
#include "turnpike/worker/pace.hpp"

#include <gtest/gtest.h>

namespace turnpike::worker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr TimePoint kStart{seconds(100)};

relay::Traffic sent(std::uint64_t packets) {
  relay::Traffic traffic;
  traffic.packets_from_client = packets;
  traffic.bytes_from_client = 1000 * packets;
  return traffic;
}

TEST(Pace, is_that_between_the_two_latest_readings) {
  const struct {
    Duration at;
    std::uint64_t packets;
    std::uint64_t expected;
  } table[] = {
      {milliseconds(500), 10, 0},          // too soon after the start
      {milliseconds(2000), 100, 400'000},  // since the start
      {milliseconds(2500), 900, 400'000},  // too soon: as it was
      {milliseconds(4000), 1100, 4'000'000},
      {milliseconds(6000), 1100, 0},
  };
  Paces paces;
  for (const auto& [at, packets, expected] : table) {
    const Pace pace = paces.note(1, {.by_sockets = sent(packets), .by_kernel = {}}, kStart, kStart + at);
    EXPECT_EQ(pace.bits_per_second, expected) << at.count();
    EXPECT_EQ(paces.bits_per_second(), expected) << at.count();
  }
  paces.forget(1);
  EXPECT_EQ(paces.bits_per_second(), 0U);
}

TEST(Pace, the_engine_is_that_of_what_was_relayed_meanwhile) {
  const struct {
    const char* name;
    std::uint64_t by_sockets, by_kernel;  // meanwhile
    bool has_flows;
    SessionEngine expected;
  } table[] = {
      {"nothing, and no flow", 0, 0, false, SessionEngine::sockets},
      {"nothing, with a flow", 0, 0, true, SessionEngine::kernel},
      {"by the sockets, with a flow", 1, 0, true, SessionEngine::sockets},
      {"by the kernel", 0, 1, true, SessionEngine::kernel},
      {"by both", 1, 1, true, SessionEngine::both},
      {"by the kernel, whose flow has gone", 0, 1, false, SessionEngine::kernel},
  };
  for (const auto& row : table) {
    Paces paces;
    paces.note(1, {sent(70), sent(80), row.has_flows}, kStart, kStart + seconds(1));
    const Pace pace = paces.note(1, {sent(70 + row.by_sockets), sent(80 + row.by_kernel), row.has_flows},
                                 kStart, kStart + seconds(2));
    EXPECT_EQ(pace.engine, row.expected) << row.name;
  }
}

TEST(Pace, engines_have_names) {
  EXPECT_EQ(to_string(SessionEngine::sockets), "sockets");
  EXPECT_EQ(to_string(SessionEngine::kernel), "kernel");
  EXPECT_EQ(to_string(SessionEngine::both), "both");
}

}  // namespace
}  // namespace turnpike::worker
