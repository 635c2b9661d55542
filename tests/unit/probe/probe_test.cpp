// The probe's options, and its words for servers that are not there.
#include "turnpike/probe/probe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "turnpike/client/turn_client.hpp"

namespace turnpike::probe {
namespace {

using testing::HasSubstr;

TEST(Probe, wrong_options_are_named) {
  const Options good{.uris = {"turn:127.0.0.1", "stun:[::1]:9"}};
  EXPECT_EQ(check_options(good), "");
  struct {
    void (*spoil)(Options&);
    const char* expected;
  } const table[] = {
      {[](Options& o) { o.uris.clear(); }, "no URI"},
      {[](Options& o) { o.uris.push_back("turn:a:0"); }, "turn:a:0: the port"},
      {[](Options& o) { o.count = 0; }, "count"},
      {[](Options& o) { o.packets_per_second = 0; }, "rate"},
      {[](Options& o) { o.size = kPacketMin - 1; }, "size"},
      {[](Options& o) { o.size = client::kPayloadMax + 1; }, "size"},
      {[](Options& o) {
         o.peer = PeerKind::stun;
         o.peer_at = "relays:x";
       },
       "relays:x"},
  };
  for (const auto& row : table) {
    Options options = good;
    row.spoil(options);
    EXPECT_THAT(check_options(options), HasSubstr(row.expected));
    EXPECT_EQ(run(options), 2) << row.expected;
  }
}

TEST(Probe, a_ca_file_that_is_not_there_is_a_wrong_option) {
  EXPECT_EQ(run({.uris = {"stun:127.0.0.1:1"}, .ca_file = "/nonexistent"}), 2);
}

TEST(Probe, a_listener_is_probed_as_a_uri_is_and_nobody_need_resolve_its_name) {
  const client::ServerUri uri{.host = "name.invalid", .port = 1, .transport = Transport::tcp};
  const Findings findings = run_probe({.listeners = {{uri, IpAddress::v4(127, 0, 0, 1)}}});
  ASSERT_EQ(findings.legs.size(), 1U);
  EXPECT_EQ(findings.legs.front().uri, "turn:name.invalid:1?transport=tcp at 127.0.0.1");
  EXPECT_THAT(findings.legs.front().error, HasSubstr("nothing listens at TCP 127.0.0.1:1"));
}

TEST(Probe, a_name_that_leads_nowhere_is_told) {
  EXPECT_THAT(run_probe({.uris = {"turn:name.invalid"}}).legs.front().error, HasSubstr("name.invalid"));
  EXPECT_EQ(run({.uris = {"turn:127.0.0.1:1"}, .peer = PeerKind::stun, .peer_at = "name.invalid:1"}), 2);
}

TEST(Probe, what_was_not_tested_follows_from_what_came_about) {
  const LegResult nothing;
  const LegResult elsewhere{.relayed = Endpoint::parse("192.0.2.1:50000")};
  LegResult here = elsewhere;
  here.is_local = true;
  LegResult refused = elsewhere;
  refused.peers_refused = true;
  LegResult closed = elsewhere;
  closed.open_to_others = false;
  LegResult open = elsewhere;
  open.open_to_others = true;
  const Options options{.untested = {"as was said"}, .relay_ports = "30000-40000"};
  const struct {
    LegResult leg;
    std::vector<const char*> expected;
  } table[] = {
      {nothing, {"as was said", "nothing was allocated"}},
      {elsewhere, {"as was said", "relay ports from outside"}},
      {here, {"as was said", "way in from elsewhere", "UDP to 30000-40000"}},
      {refused, {"as was said", "--peer ADDRESS:PORT", "relay ports from outside"}},
      {closed, {"as was said", "did not arrive: a firewall drops UDP to 30000-40000"}},
      {open, {"as was said"}},
  };
  for (const auto& row : table) {
    const auto lines = list_untested({.legs = {row.leg}}, options);
    ASSERT_EQ(lines.size(), row.expected.size()) << row.expected.back();
    for (std::size_t i = 0; i < lines.size(); ++i) EXPECT_THAT(lines[i], HasSubstr(row.expected[i]));
  }
}

TEST(Probe, a_secure_uri_with_an_address_is_refused_unless_insecure_URI_06) {
  const Options options{.uris = {"turns:127.0.0.1:1"}};
  EXPECT_THAT(run_probe(options).legs.front().error, HasSubstr("certificate"));
}

TEST(Probe, a_server_that_is_not_there_fails_its_leg_and_no_other) {
  // Nothing listens on port 1 of the loopback.
  const Options options{
      .uris = {"turn:127.0.0.1:1", "turn:127.0.0.1:1?transport=tcp", "turns:localhost:1?transport=udp"}};
  const Findings result = run_probe(options);
  ASSERT_EQ(result.legs.size(), 3U);
  EXPECT_THAT(result.legs[0].error, HasSubstr("refused"));
  EXPECT_THAT(result.legs[1].error, HasSubstr("refused"));
  EXPECT_THAT(result.legs[2].error, HasSubstr("DTLS"));
  EXPECT_FALSE(result.is_good());
}

}  // namespace
}  // namespace turnpike::probe
