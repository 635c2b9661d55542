// What is answered to names and values that are not understood.
#include "turnpike/config/hints.hpp"

#include <gtest/gtest.h>

namespace turnpike::config {
namespace {

TEST(Hints, tell_a_slip_from_a_word_of_coturns_and_from_neither) {
  EXPECT_EQ(unknown_key("relay.prots"), "unknown key, did you mean relay.ports?");
  EXPECT_EQ(unknown_key("min-port"),
            "unknown key: coturn's option, which here is the first of relay.ports, FIRST-LAST");
  EXPECT_EQ(unknown_key("something"), "unknown key");
  EXPECT_EQ(unknown_variable("TURNPIKE_RELAY_PORT"),
            "not a variable of turnpike, did you mean TURNPIKE_RELAY_PORTS?");
  EXPECT_EQ(unknown_variable("TURNPIKE_STATIC_AUTH_SECRET"),
            "not a variable of turnpike: coturn's option, which here is credentials.rest_secrets");
}

TEST(Hints, say_how_a_value_is_written) {
  const auto hint = [](const char* key, const char* yaml, const char* wrong) {
    return hint_for(*find_key(key), YAML::Load(yaml), wrong);
  };
  EXPECT_EQ(hint("limits.lifetime_max_s", "10m", "is no number"), "; it is seconds, without a unit");
  EXPECT_EQ(hint("limits.bytes_per_second_per_room", "1.5G", "is no number"),
            "; it is bytes, without a unit");
  EXPECT_EQ(hint("limits.allocations", "10k", "is no number"), "");
  EXPECT_EQ(hint("relay.ports", "[1, 2]", "must be one value"), "; it is written FIRST-LAST");
  EXPECT_EQ(hint("peers.deny", "[10.0.0.0-10.0.0.255]", "is no prefix"),
            "; coturn's range is here 10.0.0.0/24");
}

TEST(Hints, find_bits_behind_the_length_of_a_prefix) {
  const auto bits = [](const char* key, const char* yaml) {
    return host_bits(*find_key(key), YAML::Load(yaml));
  };
  EXPECT_EQ(bits("peers.allow", "[10.0.0.0/8, 10.0.0.7/24]"),
            "10.0.0.7/24 has bits behind its length and means 10.0.0.0/24");
  EXPECT_EQ(bits("peers.allow", "[10.0.0.0/8, 10.0.0.7, \"[2001:db8::/32]:443\"]"), "");
  EXPECT_EQ(bits("realm", "10.0.0.7/24"), "");
}

TEST(Hints, know_livekits_file_by_its_sections) {
  for (const char* yaml : {"{rtc: {}}", "{room: {a: b}}", "{keys: {a: b}, port: 7880}"})
    EXPECT_TRUE(is_livekit_file(YAML::Load(yaml))) << yaml;
  for (const char* yaml : {"", "{realm: a}", "[rtc]", "rtc", "{keys: {a: b}}"})
    EXPECT_FALSE(is_livekit_file(YAML::Load(yaml))) << yaml;
}

}  // namespace
}  // namespace turnpike::config
