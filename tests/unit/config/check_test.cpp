// Rules beyond the form of a value, and keys whose feature is not built yet.
#include "turnpike/config/check.hpp"

#include <gmock/gmock.h>

#include "unit/config/config_files.hpp"

namespace turnpike::config {
namespace {

using ::testing::ElementsAre;
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
      {"{tls: {certificate: c}, listen: {tls: [\"0.0.0.0:443\"]}}", "tls.certificate: needs tls.key"},
      {"tls: {key: k}", "tls.key: needs tls.certificate"},
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
      {"livekit: {webhook: true}", "livekit.webhook: needs credentials.livekit_keys"},
      {"{livekit: {webhook: true}, control: {listen: \"\"}}",
       "livekit.webhook: needs credentials.livekit_keys and control.listen"},
      {"{credentials: {livekit_keys: {a: b}}, livekit: {webhook: true}, control: {listen: \"\"}}",
       "livekit.webhook: needs control.listen"},
      {"{listen: {tcp: [\"0.0.0.0:3478\"]}, control: {listen: \"127.0.0.1:3478\"}}",
       "control.listen: 127.0.0.1:3478 is taken: listen.tcp has 0.0.0.0:3478"},
      {"{listen: {tcp: [], tls: [\"[::]:443\"]}, tls: {certificate: c, key: k}, control: {listen: "
       "\"0.0.0.0:443\"}}",
       "control.listen: 0.0.0.0:443 is taken: listen.tls has [::]:443"},
      {"livekit: {ice_urls: [\"turn:a\"]}", "livekit.ice_urls: needs credentials.livekit_keys"},
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

TEST_F(CheckConfig, a_hashed_password_of_coturn_leads_to_the_key_for_it_and_is_not_repeated) {
  EXPECT_EQ(
      error_of("credentials: {users: {alice: \"0x7da2270ccfa49786e0115366d3a3d14d\"}}"),
      "turnpike.yaml:1: credentials.users: the password of alice is a key as coturn stores them: give it in "
      "credentials.user_keys");
}

TEST_F(CheckConfig, warns_of_what_is_probably_not_meant) {
  const Case cases[] = {
      {"listen: {udp: [\"0.0.0.0:3478\", \"0.0.0.0:50000\"]}",
       "listen.udp: port 50000 is one of relay.ports, too, where no relay can have it"},
      {"{relay: {ports: 50000-50010}, limits: {allocations_per_user: 12}}",
       "limits.allocations_per_user: 12 is more than there can be: relay.ports has 11"},
      {"{relay: {ports: 50000-50010, addresses: [192.0.2.1, 192.0.2.2]}, limits: {allocations: 23}}",
       "limits.allocations: 23 is more than there can be: relay.ports has 11, and 22 in all"},
      {"{relay: {ports: 50000-50006}, limits: {allocations_per_user: 4}}",
       "relay.ports: 7 ports are few: a browser takes up to 4, and a port gets its next client before it has "
       "rested for relay.port_quiet_s"},
      {"tls: {certificate: c, key: k}", "tls.certificate: is not used: listen.tls has no address"},
      {"listen: {tcp: [\"0.0.0.0:9478\"]}",
       "control.listen: 127.0.0.1:9478 is taken: listen.tcp has 0.0.0.0:9478"},
      {"listen: {tcp: [], proxy_protocol: [10.0.0.7]}",
       "listen.proxy_protocol: is of no use: neither listen.tcp nor listen.tls has an address"},
  };
  for (const Case& c : cases) EXPECT_THAT(load(c.yaml).warnings, ElementsAre(EndsWith(c.error))) << c.yaml;
}

TEST_F(CheckConfig, everything_that_is_wrong_is_found_at_once_and_nothing_that_only_follows_from_it) {
  const auto findings =
      read_config(write("turnpike.yaml",
                        "realm: \"\"\nlisten:\n  tls: [\"0.0.0.0:443\"]\ntls: {certificate: [c]}\n"
                        "relay: {prots: 1, ports: 7-6}\nlimits: {allocations: 5x}\n"
                        "livekit: {webhook: true}\n"),
                  overrides_)
          .findings;
  std::vector<std::string> lines;
  for (const Finding& finding : findings) lines.push_back(finding.line().substr(path("").size()));
  EXPECT_THAT(
      lines,
      ElementsAre("turnpike.yaml:4: tls.certificate: must be one value, not a list; it is written FILE",
                  "turnpike.yaml:5: relay.prots: unknown key, did you mean relay.ports?",
                  "turnpike.yaml:5: relay.ports: \"7-6\" is not a port or a range of ports",
                  "turnpike.yaml:6: limits.allocations: \"5x\" is not a number from 0 to 4294967295",
                  "turnpike.yaml:1: realm: must not be empty",
                  "turnpike.yaml:7: livekit.webhook: needs credentials.livekit_keys"));
}

TEST_F(CheckConfig, a_server_is_told_the_first_error_and_how_many_there_are) {
  EXPECT_EQ(error_of("realm: \"\"\nrelay: {ports: 80}\nnonce_life_s: 0"),
            "turnpike.yaml:1: realm: must not be empty (and 2 more: turnpike check)");
}

TEST_F(CheckConfig, a_realm_has_127_characters_at_most) {
  std::string accented;
  for (int i = 0; i < 127; ++i) accented += "\u00e9";
  EXPECT_EQ(error_of("realm: " + accented), "");
  EXPECT_EQ(error_of("realm: " + accented + "x"), "turnpike.yaml:1: realm: is longer than 127 characters");
}

TEST_F(CheckConfig, refuses_what_the_credential_sources_refuse) {
  for (const char* yaml :
       {"users: {alice: \"\"}", "user_keys: {alice: abc}", "users: {\"a\\u0007\": b}", "rest_secrets: [\"\"]",
        "livekit_keys: {\"a|b\": c}", "rest_secrets: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q]"}) {
    const std::string key(yaml, std::string_view(yaml).find(':'));
    EXPECT_THAT(error_of(std::string("credentials: {") + yaml + "}"),
                StartsWith("turnpike.yaml:1: credentials." + key + ": "))
        << yaml;
  }
}

TEST_F(CheckConfig, refuses_features_that_are_not_built_yet) {
  for (const char* yaml : {"listen: {dtls: [\"0.0.0.0:5349\"]}", "relay: {tcp: true}", "mobility: true",
                           "nat_discovery: {other_address: 192.0.2.1:1}"}) {
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
fleet: {secret: "", region: "", high_water: 0.8, redis: {url: "", prefix: "turnpike:", tls: false, sentinel: []}}
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
