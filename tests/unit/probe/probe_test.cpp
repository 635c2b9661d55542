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

TEST(Probe, URI_06_a_secure_uri_with_an_address_is_refused_unless_insecure) {
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
