// The lines of coturn's file as values; what cannot be taken is told with its line, and never with its value.
#include "turnpike/coturn/settings.hpp"

#include <gmock/gmock.h>

namespace turnpike::coturn {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Settings settings_of(std::string_view text) {
  const ReadSettings read = read_settings(text, "turnserver.conf");
  for (const config::Finding& error : read.errors) ADD_FAILURE() << error.line();
  return read.settings;
}

TEST(CoturnSettings, lines_are_options_with_or_without_a_value_in_any_of_their_forms) {
  const Settings settings = settings_of(R"(# a comment
listening-port=3479
  min-port = 50000
max-port 50999
realm="example.org"
no-udp
no-tcp=0
use-auth-secret
static-auth-secret=a # b = c
)");
  EXPECT_EQ(settings.port, 3479);
  EXPECT_EQ(settings.first_port, 50000U);
  EXPECT_EQ(settings.last_port, 50999U);
  EXPECT_EQ(settings.realm, "example.org");
  EXPECT_FALSE(settings.has_udp);
  EXPECT_TRUE(settings.has_tcp);
  EXPECT_TRUE(settings.has_secrets_alone);
  EXPECT_THAT(settings.secrets, ElementsAre("a # b = c"));
}

TEST(CoturnSettings, users_have_passwords_or_keys) {
  const Settings settings = settings_of(
      "user=alice:open:sesame\nuser=bob:0x7da2270ccfa49786e0115366d3a3d14d\nuser=carol:0xshort\n");
  EXPECT_EQ(settings.users, (NamesAndSecrets{{"alice", "open:sesame"}}));
  EXPECT_EQ(settings.user_keys, (NamesAndSecrets{{"bob", "0x7da2270ccfa49786e0115366d3a3d14d"}}));
  EXPECT_THAT(settings.notes,
              ElementsAre(Note{3, "user", "not possible: keys are MD5, which has 32 digits"}));
}

TEST(CoturnSettings, an_external_address_may_name_the_local_one) {
  const Settings settings = settings_of("external-ip=203.0.113.5/10.0.0.5\nexternal-ip=203.0.113.6\n");
  const auto address = [](const char* text) { return *IpAddress::parse(text); };
  EXPECT_THAT(settings.external, ElementsAre(External{address("203.0.113.5"), address("10.0.0.5")},
                                             External{address("203.0.113.6"), std::nullopt}));
}

TEST(CoturnSettings, an_option_without_a_counterpart_is_a_note_that_says_why) {
  EXPECT_THAT(settings_of("fingerprint\nalternate-server=192.0.2.1\nsomething-new=1\n").notes,
              ElementsAre(Note{1, "fingerprint", "not needed: a FINGERPRINT is answered with one"},
                          Note{2, "alternate-server", "not there"}, Note{3, "something-new", "not known"}));
}

TEST(CoturnSettings, what_cannot_be_taken_is_told_with_its_line_and_without_its_value) {
  const struct {
    std::string text;
    const char* error;
  } table[] = {
      {"listening-port=hidden", "turnserver.conf:1: listening-port: must be a number from 1 to 65535"},
      {"listening-port=0", "must be a number from 1 to 65535"},
      {"\n\nmin-port=70000", "turnserver.conf:3: min-port: must be a number from 0 to 65535"},
      {"user-quota=-1", "user-quota: must be a number from 0 to 4294967295"},
      {"max-bps=18446744073709551615", "max-bps: must be a number up to 9223372036854775807"},
      {"listening-ip=hidden", "listening-ip: must be an IP address"},
      {"external-ip=203.0.113.5/", "external-ip: must be an IP address"},
      {"aux-server=192.0.2.1", "aux-server: must be an address with a port"},
      {"denied-peer-ip=10.0.0.9-10.0.0.1", "denied-peer-ip: must be an address, a prefix, or two"},
      {"static-auth-secret", "static-auth-secret: has no value"},
      {"static-auth-secret=${SECRET}", "static-auth-secret: ${SECRET} was never filled in"},
      {"user=hidden", "user: must be NAME:PASSWORD or NAME:0xKEY"},
      {"user=hidden:", "user: must be NAME:PASSWORD or NAME:0xKEY"},
      {"allocation-default-address-family=ipv5", "must be ipv4, ipv6 or keep"},
      {"realm: x", "turnserver.conf:1: is no line of coturn's file"},
      {"\x7f\x45\x4c\x46", "turnserver.conf:1: is no line of coturn's file"},
      {"static-auth-secret=a\x1b[2J", "static-auth-secret: has a control character in its value"},
  };
  for (const auto& [text, error] : table) {
    const ReadSettings read = read_settings(text, "turnserver.conf");
    ASSERT_EQ(read.errors.size(), 1U) << text;
    EXPECT_THAT(read.errors.front().line(), HasSubstr(error));
    EXPECT_EQ(read.errors.front().line().find("hidden"), std::string::npos);
  }
}

TEST(CoturnSettings, neither_errors_nor_ranges_are_without_end) {
  std::string lines;
  for (int i = 0; i < 100; ++i) lines += "listening-port=x\n";
  EXPECT_EQ(read_settings(lines, "f").errors.size(), kErrorsMax);
  std::string ranges;
  for (std::size_t i = 0; i <= kRangesMax; ++i) ranges += "denied-peer-ip=10.0.0.1\n";
  const ReadSettings read = read_settings(ranges, "f");
  EXPECT_EQ(read.settings.denied.size(), kRangesMax);
  ASSERT_EQ(read.errors.size(), 1U);
  EXPECT_THAT(read.errors.front().line(), HasSubstr("f:1001: denied-peer-ip: is there more than 1000 times"));
}

}  // namespace
}  // namespace turnpike::coturn
