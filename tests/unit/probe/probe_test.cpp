// The probe's options, and its words for servers that are not there.
#include "turnpike/probe/probe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "turnpike/client/turn_client.hpp"

namespace turnpike::app {
namespace {

using testing::HasSubstr;

TEST(Probe, wrong_options_are_named) {
  const ProbeOptions good{.uris = {"turn:127.0.0.1", "stun:[::1]:9"}};
  EXPECT_EQ(check_probe_options(good), "");
  struct {
    void (*spoil)(ProbeOptions&);
    const char* expected;
  } const table[] = {
      {[](ProbeOptions& o) { o.uris.clear(); }, "no URI"},
      {[](ProbeOptions& o) { o.uris.push_back("turn:a:0"); }, "turn:a:0: the port"},
      {[](ProbeOptions& o) { o.count = 0; }, "count"},
      {[](ProbeOptions& o) { o.packets_per_second = 0; }, "rate"},
      {[](ProbeOptions& o) { o.size = kProbePacketMin - 1; }, "size"},
      {[](ProbeOptions& o) { o.size = client::kPayloadMax + 1; }, "size"},
  };
  for (const auto& row : table) {
    ProbeOptions options = good;
    row.spoil(options);
    EXPECT_THAT(check_probe_options(options), HasSubstr(row.expected));
    EXPECT_EQ(probe_main(options), 2) << row.expected;
  }
}

TEST(Probe, a_ca_file_that_is_not_there_is_a_wrong_option) {
  EXPECT_EQ(probe_main({.uris = {"stun:127.0.0.1:1"}, .ca_file = "/nonexistent"}), 2);
}

TEST(Probe, URI_06_a_secure_uri_with_an_address_is_refused_unless_insecure) {
  const ProbeOptions options{.uris = {"turns:127.0.0.1:1"}};
  EXPECT_THAT(run_probe(options).legs.front().error, HasSubstr("certificate"));
}

TEST(Probe, a_server_that_is_not_there_fails_its_leg_and_no_other) {
  // Nothing listens on port 1 of the loopback.
  const ProbeOptions options{.uris = {"turn:127.0.0.1:1", "turn:127.0.0.1:1?transport=tcp", "turns:localhost:1?transport=udp"}};
  const ProbeResult result = run_probe(options);
  ASSERT_EQ(result.legs.size(), 3U);
  EXPECT_THAT(result.legs[0].error, HasSubstr("refused"));
  EXPECT_THAT(result.legs[1].error, HasSubstr("refused"));
  EXPECT_THAT(result.legs[2].error, HasSubstr("DTLS"));
  EXPECT_FALSE(result.is_good());
}

}  // namespace
}  // namespace turnpike::app
