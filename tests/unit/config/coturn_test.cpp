// coturn's file, options and values lead to our keys.
#include "turnpike/config/coturn.hpp"

#include <gmock/gmock.h>

#include "unit/config/config_files.hpp"

namespace turnpike::config {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kFile = R"(# Coturn TURN SERVER configuration file
listening-port=3478
min-port = 49152
fingerprint
lt-cred-mech
user=alice:hidden
static-auth-secret=hidden
denied-peer-ip=10.0.0.0-10.255.255.255
something-new
)";

class Coturn : public ConfigFiles {};

TEST_F(Coturn, a_file_of_it_is_known_and_each_line_leads_to_a_key) {
  ASSERT_TRUE(is_coturn_file(kFile));
  std::vector<std::string> lines;
  for (const Finding& finding : explain_coturn_file(kFile, "turnserver.conf"))
    lines.push_back(finding.line());
  ASSERT_EQ(lines.size(), 9U);
  EXPECT_THAT(lines[0], HasSubstr("turnserver.conf: is coturn's file"));
  EXPECT_THAT(
      lines[1],
      HasSubstr("turnserver.conf:2: listening-port: coturn's option, which here is the port of listen.udp"));
  EXPECT_THAT(lines[4], HasSubstr("turnserver.conf:5: lt-cred-mech: coturn's option, which is not needed"));
  EXPECT_THAT(lines[6], HasSubstr("credentials.rest_secrets"));
  EXPECT_EQ(lines[8], "turnserver.conf:9: something-new: not known here");
  for (const std::string& line : lines) EXPECT_EQ(line.find("hidden"), line.npos) << line;
  EXPECT_THAT(error_of(kFile), HasSubstr("turnpike.yaml: is coturn's file"));
}

TEST_F(Coturn, a_file_with_colons_is_none_of_its) {
  for (const char* text :
       {"", "# realm\n", "realm: x\n", "just text", "- realm\n", "{realm: x}", "user: a\nrealm=b\n"})
    EXPECT_FALSE(is_coturn_file(text)) << text;
}

TEST_F(Coturn, an_option_is_known_however_it_is_written) {
  for (const char* name : {"static-auth-secret", "--static-auth-secret", "static_auth_secret",
                           "STATIC_AUTH_SECRET", "credentials.static-auth-secret"})
    EXPECT_EQ(coturn_hint(name), "coturn's option, which here is credentials.rest_secrets") << name;
  for (const char* name : {"", "--", "relm", "min"}) EXPECT_EQ(coturn_hint(name), "") << name;
}

TEST_F(Coturn, an_option_whose_key_is_not_built_says_so) {
  for (const char* name : {"alt-listening-port", "alt-tls-listening-port", "rfc5780", "mobility"})
    EXPECT_THAT(coturn_hint(name), HasSubstr("which is not there yet")) << name;
}

TEST_F(Coturn, its_options_and_values_in_our_places_are_answered_with_ours) {
  const struct {
    const char* yaml;
    const char* error;
  } table[] = {
      {"lt-cred-mech: true",
       "lt-cred-mech: unknown key: coturn's option, which is not needed: give credentials.users or "
       "credentials.rest_secrets"},
      {"static-auth-secret: x",
       "static-auth-secret: unknown key: coturn's option, which here is credentials.rest_secrets"},
      {"relay: {min-port: 1}",
       "relay.min-port: unknown key: coturn's option, which here is the first of relay.ports, FIRST-LAST"},
      {"peers: {deny: [10.0.0.0-10.255.255.255]}", "; coturn's range is here 10.0.0.0/8"},
      {"peers: {deny: [192.168.0.1-192.168.0.6]}",
       "; coturn's range is here 192.168.0.1/32, 192.168.0.2/31, 192.168.0.4/31, 192.168.0.6/32"},
      {"peers: {deny: [0.0.0.0-255.255.255.255]}", "; coturn's range is here 0.0.0.0/0"},
      {"peers: {allow: [\"fc00::-fdff::\"]}",
       "; a range of addresses, as coturn takes it, has to be written as prefixes"},
      {"relay: {external: 203.0.113.5/10.0.0.5}", "; write {10.0.0.5: 203.0.113.5}, the local address first"},
      {"credentials: {users: \"alice:hidden\"}",
       "must be a map; coturn's name:password is here {name: password}"},
      {"credentials: {users: [\"alice:hidden\"]}",
       "must be a map; coturn's name:password is here {name: password}"},
      {"listen: {udp: 3478}", "; a port alone is [\"0.0.0.0:3478\", \"[::]:3478\"]"},
  };
  for (const auto& [yaml, error] : table) EXPECT_THAT(error_of(yaml), EndsWith(error)) << yaml;
}

TEST_F(Coturn, a_hashed_password_is_0x_and_32_hexadecimal_digits) {
  EXPECT_TRUE(is_hashed_password("0x7da2270ccfa49786e0115366d3a3d14d"));
  EXPECT_TRUE(is_hashed_password("0X7DA2270CCFA49786E0115366D3A3D14D"));
  for (const char* password :
       {"", "0x", "7da2270ccfa49786e0115366d3a3d14d", "0x7da2270ccfa49786e0115366d3a3d14",
        "0x7da2270ccfa49786e0115366d3a3d14g", "0x7da2270ccfa49786e0115366d3a3d14d0"})
    EXPECT_FALSE(is_hashed_password(password)) << password;
}

}  // namespace
}  // namespace turnpike::config
