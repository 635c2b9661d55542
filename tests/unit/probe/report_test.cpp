// The probe's table, JSON and verdict.
#include "turnpike/probe/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

namespace turnpike::probe {
namespace {

using std::chrono::microseconds;

LegResult good_leg() {
  return {.uri = "turn:192.0.2.1:3478?transport=udp",
          .transport = "udp",
          .error = "",
          .mapped = Endpoint::parse("198.51.100.7:4000"),
          .binding_rtt = microseconds(250),
          .relayed = Endpoint::parse("192.0.2.1:50000"),
          .traffic = TrafficSummary{.sent = 100,
                                    .received = 99,
                                    .rtt_min = microseconds(100),
                                    .rtt_median = microseconds(200),
                                    .rtt_p99 = microseconds(1500),
                                    .bits_per_second = 1.6e6}};
}

LegResult failed_leg() {
  return {.uri = "stun:192.0.2.2:3478", .transport = "udp", .error = "Binding timed out"};
}

TEST(ProbeReport, a_leg_is_good_without_error_or_corruption_and_with_no_more_loss_than_is_let_pass) {
  LegResult corrupt = good_leg();
  corrupt.traffic->corrupt = 1;
  LegResult silent = good_leg();
  silent.traffic->received = 0;
  LegResult stun = good_leg();
  stun.traffic.reset();
  struct {
    const char* name;
    LegResult leg;
    double loss_max_percent;
    bool expected;
  } const table[] = {
      {"one of a hundred lost, none let pass", good_leg(), 0, false},
      {"one of a hundred lost, one let pass", good_leg(), 1, true},
      {"corrupt", corrupt, 100, false},
      {"nothing came back", silent, 100, false},
      {"error", failed_leg(), 100, false},
      {"Binding only", stun, 0, true},
  };
  for (const auto& row : table) EXPECT_EQ(row.leg.is_good(row.loss_max_percent), row.expected) << row.name;
}

TEST(ProbeReport, all_legs_must_be_good_and_none_is_not_good) {
  EXPECT_FALSE(Findings{}.is_good());
  EXPECT_TRUE((Findings{{good_leg()}, 1}.is_good()));
  EXPECT_FALSE((Findings{{good_leg(), failed_leg()}, 1}.is_good()));
}

TEST(ProbeReport, the_table_has_a_line_a_leg_and_the_errors_below) {
  EXPECT_EQ(to_table({{good_leg(), failed_leg()}, 1}),
            "transport  server                             allocated address  binding ms  sent  received  "
            "lost  rtt ms (min / median / p99)\n"
            "udp        turn:192.0.2.1:3478?transport=udp  192.0.2.1:50000    0.25        100   99        1  "
            "   0.10 / 0.20 / 1.50           ok\n"
            "udp        stun:192.0.2.2:3478                -                  -           -     -         -  "
            "   -                            "
            "FAILED\n"
            "stun:192.0.2.2:3478: Binding timed out\n");
}

TEST(ProbeReport, duplicates_and_corrupt_packets_are_noted_below_the_table) {
  LegResult leg = good_leg();
  leg.traffic->duplicated = 2;
  leg.traffic->corrupt = 3;
  EXPECT_THAT(to_table({{leg}, 1}),
              testing::EndsWith("turn:192.0.2.1:3478?transport=udp: 2 duplicated, 3 corrupt\n"));
}

TEST(ProbeReport, the_json_says_the_same) {
  EXPECT_EQ(boost::json::parse(to_json({{good_leg(), failed_leg()}, 1})),
            boost::json::parse(R"({"ok": false, "legs": [
      {"uri": "turn:192.0.2.1:3478?transport=udp", "transport": "udp", "ok": true, "error": null,
       "mapped_address": "198.51.100.7:4000", "relayed_address": "192.0.2.1:50000", "binding_rtt_ms": 0.25,
       "traffic": {"sent": 100, "received": 99, "lost": 1, "duplicated": 0, "corrupt": 0,
                   "rtt_min_ms": 0.1, "rtt_median_ms": 0.2, "rtt_p99_ms": 1.5, "bits_per_second": 1.6e6}},
      {"uri": "stun:192.0.2.2:3478", "transport": "udp", "ok": false, "error": "Binding timed out",
       "mapped_address": null, "relayed_address": null, "binding_rtt_ms": null, "traffic": null}]})"));
}

}  // namespace
}  // namespace turnpike::probe
