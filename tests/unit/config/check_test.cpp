// Rules beyond the form of a value, and keys whose feature is not built yet.
#include "turnpike/config/check.hpp"

#include <gmock/gmock.h>

#include "unit/config/config_files.hpp"

namespace turnpike::config {
namespace {

using ::testing::EndsWith;
using ::testing::StartsWith;

class CheckConfig : public ConfigFiles {};

struct Case {
  const char* yaml;
  const char* error;
};

TEST_F(CheckConfig, refuses_what_cannot_be_meant) {
  const Case cases[] = {
      {"realm: \"\"", "realm: must not be empty"},
      {"realm: \"a\\u0007\"", "realm: has characters that OpaqueString (RFC 8265) does not allow"},
      {"listen: {udp: [\"0.0.0.0:1\", \"0.0.0.0:1\"]}", "listen.udp: 0.0.0.0:1 is there twice"},
      {"listen: {tls: [\"0.0.0.0:443\"]}", "listen.tls: needs tls.certificate and tls.key"},
      {"{tls: {certificate: c}, listen: {tls: [\"0.0.0.0:443\"]}}",
       "listen.tls: tls.certificate and tls.key need each other"},
      {"{tls: {certificate: c, key: k}, listen: {tls: [\"0.0.0.0:3478\"]}}",
       "listen.tls: 0.0.0.0:3478 is there twice, for listen.tcp has it"},
      {"{tls: {certificate: c, key: k}, listen: {tls: [\"0.0.0.0:443\", \"0.0.0.0:443\"]}}",
       "listen.tls: 0.0.0.0:443 is there twice"},
      {"relay: {addresses: [0.0.0.0]}", "relay.addresses: 0.0.0.0 is not the address of a host"},
      {"relay: {addresses: [192.0.2.1, \"ff02::1\"]}",
       "relay.addresses: ff02::1 is not the address of a host"},
      {"relay: {addresses: [192.0.2.1, 192.0.2.1]}", "relay.addresses: 192.0.2.1 is there twice"},
      {"relay: {external: {10.0.0.1: 0.0.0.0}}", "relay.external: 0.0.0.0 is not the address of a host"},
      {"relay: {external: {10.0.0.1: \"2001:db8::1\"}}",
       "relay.external: 10.0.0.1 and 2001:db8::1 are of two families"},
      {"relay: {external: {10.0.0.1: 192.0.2.1, 10.0.0.2: 192.0.2.1}}",
       "relay.external: 192.0.2.1 is there twice"},
      {"relay: {external: {\"2001:db8::1\": \"::2\", \"2001:db8:0::1\": \"::3\"}}",
       "relay.external: 2001:db8::1 is there twice"},
      {"relay: {ports: 1023-2000}", "relay.ports: must not be below 1024"},
      {"limits: {lifetime_default_s: 0}", "limits.lifetime_default_s: must be at least 1"},
      {"livekit: {webhook: true}", "livekit.webhook: needs credentials.livekit_keys and control.listen"},
      {"{credentials: {livekit_keys: {a: b}}, livekit: {webhook: true}, control: {listen: \"\"}}",
       "livekit.webhook: needs credentials.livekit_keys and control.listen"},
      {"livekit: {ice_urls: [\"turn:a\"]}",
       "livekit.ice_urls: needs credentials.livekit_keys and control.listen"},
      {"{credentials: {livekit_keys: {a: b}}, livekit: {ice_urls: [\"stun:a\"]}}",
       "livekit.ice_urls: stun:a does not begin with turn: or turns:"},
      {"{credentials: {livekit_keys: {a: b}}, livekit: {url: \"127.0.0.1:7880\"}}",
       "livekit.url: 127.0.0.1:7880 is no URL of a server, such as http://127.0.0.1:7880"},
      {"livekit: {url: \"wss://livekit.example.org\"}", "livekit.url: needs credentials.livekit_keys"},
      {"livekit: {reconcile_s: 0}", "livekit.reconcile_s: must be from 1 to 3600"},
      {"livekit: {reconcile_s: 3601}", "livekit.reconcile_s: must be from 1 to 3600"},
      {"livekit: {ice_ttl_s: 0}", "livekit.ice_ttl_s: must be from 1 to 86400"},
      {"livekit: {ice_ttl_s: 86401}", "livekit.ice_ttl_s: must be from 1 to 86400"},
      {"nonce_life_s: 0", "nonce_life_s: must be at least 1"},
  };
  for (const Case& c : cases)
    EXPECT_EQ(error_of(c.yaml), std::string("turnpike.yaml:1: ") + c.error) << c.yaml;
}

TEST_F(CheckConfig, a_realm_has_127_characters_at_most) {
  std::string accented;
  for (int i = 0; i < 127; ++i) accented += "\u00e9";
  EXPECT_EQ(error_of("realm: " + accented), "");
  EXPECT_EQ(error_of("realm: " + accented + "x"), "turnpike.yaml:1: realm: is longer than 127 characters");
}

TEST_F(CheckConfig, refuses_what_the_credential_sources_refuse) {
  for (const char* yaml :
       {"users: {alice: \"\"}", "users: {\"a\\u0007\": b}", "rest_secrets: [\"\"]",
        "livekit_keys: {\"a|b\": c}", "rest_secrets: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q]"}) {
    const std::string key(yaml, std::string_view(yaml).find(':'));
    EXPECT_THAT(error_of(std::string("credentials: {") + yaml + "}"),
                StartsWith("turnpike.yaml:1: credentials." + key + ": "))
        << yaml;
  }
}

TEST_F(CheckConfig, refuses_features_that_are_not_built_yet) {
  for (const char* yaml : {"listen: {dtls: [\"0.0.0.0:5349\"]}", "relay: {tcp: true}", "mobility: true",
                           "compat: {rfc3489: true}", "nat_discovery: {other_address: 192.0.2.1:1}"}) {
    EXPECT_THAT(error_of(yaml), EndsWith(" is not built yet")) << yaml;
  }
  EXPECT_EQ(error_of("relay:\n  tcp: true"), "turnpike.yaml:2: relay.tcp: true is not built yet");
}

TEST_F(CheckConfig, accepts_the_off_values_of_those_features) {
  EXPECT_EQ(error_of(R"(
listen: {dtls: []}
relay: {tcp: false}
mobility: false
compat: {rfc3489: false}
nat_discovery: {other_address: ""}
livekit: {config: "", webhook: false}
)"),
            "");
}

TEST(PlaceOf, is_where_the_key_was_given_or_its_name) {
  const Origins origins = {{"relay.ports", "--relay.ports"}};
  EXPECT_EQ(place_of("relay.ports", origins), "--relay.ports");
  EXPECT_EQ(place_of("realm", origins), "realm");
}

}  // namespace
}  // namespace turnpike::config
