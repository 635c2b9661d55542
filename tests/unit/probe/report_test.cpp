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
  return {.uri = "stun:192.0.2.2:3478", .transport = "udp", .error = "UDP 192.0.2.2:3478 does not answer"};
}

LegResult refused_leg() {
  return {.uri = "turn:192.0.2.3:3478?transport=tcp at ::1",
          .transport = "tcp",
          .error = "allocated, peers refused by the rules",
          .peers_refused = true,
          .mapped = Endpoint::parse("198.51.100.7:4000"),
          .binding_rtt = microseconds(250),
          .relayed = Endpoint::parse("192.0.2.1:50002")};
}

Findings all_legs() {
  return {.legs = {good_leg(), failed_leg(), refused_leg()},
          .loss_max_percent = 1,
          .untested = {"relay ports from outside"}};
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
    Verdict expected;
  } const table[] = {
      {"one of a hundred lost, none let pass", good_leg(), 0, Verdict::failed},
      {"one of a hundred lost, one let pass", good_leg(), 1, Verdict::ok},
      {"corrupt", corrupt, 100, Verdict::failed},
      {"nothing came back", silent, 100, Verdict::failed},
      {"error", failed_leg(), 100, Verdict::failed},
      {"Binding only", stun, 0, Verdict::ok},
      {"no peer is allowed", refused_leg(), 0, Verdict::peers_refused},
  };
  for (const auto& row : table) {
    const Findings findings{.legs = {row.leg}, .loss_max_percent = row.loss_max_percent};
    EXPECT_EQ(findings.verdict(row.leg), row.expected) << row.name;
    EXPECT_EQ(findings.is_good(), row.expected != Verdict::failed) << row.name;
  }
}

TEST(ProbeReport, a_peer_that_was_asked_for_and_is_refused_is_a_failure) {
  const Findings findings{.legs = {refused_leg()}, .has_named_peer = true};
  EXPECT_EQ(findings.verdict(refused_leg()), Verdict::failed);
}

TEST(ProbeReport, no_leg_may_have_failed_and_none_is_not_good) {
  EXPECT_FALSE(Findings{}.is_good());
  EXPECT_TRUE((Findings{.legs = {good_leg(), refused_leg()}, .loss_max_percent = 1}.is_good()));
  EXPECT_FALSE(all_legs().is_good());
}

TEST(ProbeReport, the_table_has_a_line_a_leg_then_the_errors_then_what_was_not_tested) {
  EXPECT_EQ(to_table(all_legs()),
            "     verdict    relay            bind ms  rtt ms/p99  lost   server\n"
            "udp  ok         192.0.2.1:50000  0.25     0.20/1.50   1/100  turn:192.0.2.1:3478\n"
            "udp  FAILED     -                -        -           -      stun:192.0.2.2:3478\n"
            "tcp  allocated  192.0.2.1:50002  0.25     -           -      turn:192.0.2.3:3478 at ::1\n"
            "stun:192.0.2.2:3478: UDP 192.0.2.2:3478 does not answer\n"
            "turn:192.0.2.3:3478?transport=tcp at ::1: allocated, peers refused by the rules\n"
            "not tested: relay ports from outside\n");
}

TEST(ProbeReport, notes_tell_duplicates_corrupt_packets_and_a_relay_that_peers_see_elsewhere) {
  LegResult leg = good_leg();
  leg.traffic->duplicated = 2;
  leg.traffic->corrupt = 3;
  leg.seen_by_peer = Endpoint::parse("203.0.113.9:50000");
  EXPECT_THAT(to_table({.legs = {leg}, .loss_max_percent = 1}),
              testing::EndsWith(
                  "turn:192.0.2.1:3478?transport=udp: 2 duplicated, 3 corrupt\n"
                  "turn:192.0.2.1:3478?transport=udp: the peer sees the relay at 203.0.113.9:50000, but "
                  "clients are told 192.0.2.1:50000: relay.external may be wrong or missing\n"));
}

TEST(ProbeReport, where_a_server_sends_its_clients_is_told) {
  LegResult leg = good_leg();
  leg.sent_to = {"192.0.2.8:3478", "192.0.2.9:5349 as b.example"};
  const Findings findings{.legs = {leg}, .loss_max_percent = 1};
  EXPECT_THAT(to_table(findings),
              testing::EndsWith(
                  "turn:192.0.2.1:3478?transport=udp: sent to another server by a 300: 192.0.2.8:3478\n"
                  "turn:192.0.2.1:3478?transport=udp: sent to another server by a 300: 192.0.2.9:5349 as "
                  "b.example\n"));
  EXPECT_EQ(boost::json::parse(to_json(findings)).at("legs").at(0).at("sent_to"),
            boost::json::parse(R"(["192.0.2.8:3478", "192.0.2.9:5349 as b.example"])"));
}

TEST(ProbeReport, the_json_says_the_same) {
  EXPECT_EQ(boost::json::parse(to_json(all_legs())), boost::json::parse(R"({"ok": false, "legs": [
      {"uri": "turn:192.0.2.1:3478?transport=udp", "transport": "udp", "ok": true, "verdict": "ok",
       "error": null, "mapped_address": "198.51.100.7:4000", "sent_to": [], "relayed_address": "192.0.2.1:50000",
       "address_seen_by_peer": null, "binding_rtt_ms": 0.25,
       "traffic": {"sent": 100, "received": 99, "lost": 1, "duplicated": 0, "corrupt": 0,
                   "rtt_min_ms": 0.1, "rtt_median_ms": 0.2, "rtt_p99_ms": 1.5, "bits_per_second": 1.6e6}},
      {"uri": "stun:192.0.2.2:3478", "transport": "udp", "ok": false, "verdict": "failed",
       "error": "UDP 192.0.2.2:3478 does not answer", "mapped_address": null, "sent_to": [], "relayed_address": null,
       "address_seen_by_peer": null, "binding_rtt_ms": null, "traffic": null},
      {"uri": "turn:192.0.2.3:3478?transport=tcp at ::1", "transport": "tcp", "ok": true,
       "verdict": "peers_refused", "error": "allocated, peers refused by the rules",
       "mapped_address": "198.51.100.7:4000", "sent_to": [], "relayed_address": "192.0.2.1:50002",
       "address_seen_by_peer": null, "binding_rtt_ms": 0.25, "traffic": null}],
      "untested": ["relay ports from outside"]})"));
}

}  // namespace
}  // namespace turnpike::probe
