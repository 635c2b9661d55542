// Targets are read as written, and anything else is refused.
#include "load/target.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace turnpike::bench {
namespace {

TEST(Target, is_a_turn_server_a_forwarder_or_nothing) {
  const Target turn = Target::parse("turn:192.0.2.1:3479");
  EXPECT_EQ(turn.kind, Target::Kind::turn);
  EXPECT_EQ(turn.server, *Endpoint::parse("192.0.2.1:3479"));
  EXPECT_EQ(Target::parse("turn:[2001:db8::1]").server, *Endpoint::parse("[2001:db8::1]:3478"));

  const Target forwarder = Target::parse("forwarder:192.0.2.1:9000");
  EXPECT_EQ(forwarder.kind, Target::Kind::forwarder);
  EXPECT_EQ(forwarder.server, *Endpoint::parse("192.0.2.1:9000"));

  EXPECT_EQ(Target::parse("direct").kind, Target::Kind::direct);
}

TEST(Target, may_be_named_and_then_has_an_address_of_the_family_that_is_asked_for) {
  const Target target = Target::parse("turn:localhost:3479", Family::ipv4);
  EXPECT_EQ(target.name, "localhost");
  EXPECT_EQ(target.server, *Endpoint::parse("127.0.0.1:3479"));
  EXPECT_EQ(target.secure, *Endpoint::parse("127.0.0.1:5349"));
  EXPECT_THROW(Target::parse("turn:127.0.0.1:3479", Family::ipv6), std::invalid_argument);
}

TEST(Target, anything_else_is_refused) {
  for (const char* text : {"", "turn", "turn:", "turn:name.invalid", "stun:192.0.2.1", "turns:name",
                           "forwarder:", "forwarder:192.0.2.1", "http:192.0.2.1"}) {
    EXPECT_THROW(Target::parse(text), std::invalid_argument) << text;
  }
}

}  // namespace
}  // namespace turnpike::bench
