// What a configuration gives to probe: listeners, credentials, and where the password comes from.
#include "turnpike/app/probe_command.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "temporary_folder.hpp"

namespace turnpike::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr UnixSeconds kNow = 1'700'000'000;
const std::vector<IpAddress> kRelays{IpAddress::v4(192, 0, 2, 1)};

config::Loaded loaded_with(std::vector<Endpoint> udp, std::vector<Endpoint> tcp, std::vector<Endpoint> tls) {
  config::Loaded loaded;
  loaded.config.listen.udp = std::move(udp);
  loaded.config.listen.tcp = std::move(tcp);
  loaded.config.listen.tls = std::move(tls);
  loaded.config.credentials.rest_secrets = {"north"};
  return loaded;
}

std::vector<std::string> texts_of(const std::vector<probe::Target>& targets) {
  std::vector<std::string> texts;
  for (const auto& target : targets)
    texts.push_back(target.uri.to_string() + " " + (target.at ? target.at->to_string() : "?"));
  return texts;
}

Endpoint endpoint(const char* text) { return *Endpoint::parse(text); }

TEST(ProbeCommand, every_listener_is_tried_at_an_address_of_this_host) {
  auto loaded =
      loaded_with({endpoint("0.0.0.0:3478")}, {endpoint("127.0.0.1:3479")}, {endpoint("0.0.0.0:443")});
  loaded.config.livekit.ice_urls = {"turn:192.0.2.1:3478?transport=udp",
                                    "turns:turn.example.org:443?transport=tcp"};
  const auto plan = plan_probe({}, loaded, kRelays, kNow);
  EXPECT_THAT(texts_of(plan.listeners), ElementsAre("turn:192.0.2.1:3478?transport=udp 192.0.2.1",
                                                    "turn:127.0.0.1:3479?transport=tcp 127.0.0.1",
                                                    "turns:turn.example.org:443?transport=tcp 192.0.2.1"));
  EXPECT_THAT(plan.untested, ElementsAre(HasSubstr("where LiveKit sends its clients: turn:192.0.2.1")));
  EXPECT_EQ(plan.relay_ports, "49152-65535");
}

TEST(ProbeCommand, a_uri_takes_the_place_of_the_listeners) {
  const auto plan = plan_probe({.uris = {"turn:turn.example.org"}}, loaded_with({}, {}, {}), kRelays, kNow);
  EXPECT_THAT(plan.listeners, IsEmpty());
  EXPECT_EQ(plan.username, std::to_string(kNow + 300) + ":PA_probe");
}

TEST(ProbeCommand, a_listener_that_wants_a_proxy_header_from_here_is_left_out_and_told) {
  auto loaded = loaded_with({}, {endpoint("127.0.0.1:3478"), endpoint("192.0.2.1:3478")}, {});
  loaded.config.listen.proxy_protocol = {*IpPrefix::parse("127.0.0.0/8")};
  const auto plan = plan_probe({}, loaded, kRelays, kNow);
  EXPECT_THAT(texts_of(plan.listeners), ElementsAre("turn:192.0.2.1:3478?transport=tcp 192.0.2.1"));
  EXPECT_THAT(plan.untested, ElementsAre(HasSubstr("TCP 127.0.0.1:3478: ")));
}

TEST(ProbeCommand, credentials_are_made_from_keys_or_taken_from_users_unless_a_name_is_given) {
  const std::string expiry = std::to_string(kNow + 300);
  using Credentials = config::CredentialsConfig;
  const struct {
    const char* name;
    void (*give)(Credentials&);
    std::string given;
    std::string expected;
  } table[] = {
      {"a secret", [](Credentials& c) { c.users.clear(); }, "", expiry + ":PA_probe"},
      {"a user", [](Credentials& c) { c.rest_secrets.clear(); }, "", "alice"},
      {"a secret goes first", [](Credentials&) {}, "", expiry + ":PA_probe"},
      {"a name", [](Credentials&) {}, "bob", "bob"},
      {"nothing but a name", [](Credentials& c) { c = {}; }, "bob", "bob"},
  };
  for (const auto& row : table) {
    auto loaded = loaded_with({endpoint("127.0.0.1:1")}, {}, {});
    loaded.config.credentials.users = {{"alice", "secret"}};
    row.give(loaded.config.credentials);
    EXPECT_EQ(plan_probe({.username = row.given}, loaded, kRelays, kNow).username, row.expected) << row.name;
  }
}

TEST(ProbeCommand, what_keeps_a_server_from_its_start_does_not_keep_it_from_being_probed) {
  auto loaded = loaded_with({endpoint("127.0.0.1:1")}, {}, {});
  loaded.findings = {{config::Severity::error, "tls.certificate", "", "needs tls.key"}};
  EXPECT_EQ(plan_probe({}, loaded, kRelays, kNow).listeners.size(), 1U);
  loaded.failed = {"listen.udp"};
  loaded.findings.push_back({config::Severity::error, "listen.udp", "", "is no list"});
  EXPECT_THROW(plan_probe({}, loaded, kRelays, kNow), config::ConfigError);
}

TEST(ProbeCommand, a_configuration_without_listeners_or_credentials_is_refused) {
  EXPECT_THROW(plan_probe({}, loaded_with({}, {}, {}), kRelays, kNow), config::ConfigError);
  auto loaded = loaded_with({endpoint("127.0.0.1:1")}, {}, {});
  loaded.config.credentials = {};
  EXPECT_THROW(plan_probe({}, loaded, kRelays, kNow), config::ConfigError);
}

TEST(ProbeCommand, the_password_comes_from_the_flag_else_the_file_else_the_environment) {
  const TemporaryFolder folder;
  folder.write("password", "from file \r\nnot this\n");
  folder.write("empty", "");
  const config::NamesAndValues environment{{"HOME", "/"}, {"TURNPIKE_PROBE_PASSWORD", "from environment"}};
  EXPECT_EQ(find_password({}, environment), "from environment");
  EXPECT_EQ(find_password({}, {}), "");
  EXPECT_EQ(find_password({.options = {}, .password_file = folder.path("password")}, environment),
            "from file ");
  EXPECT_EQ(find_password({.options = {.password = "flag"}, .password_file = ""}, environment), "flag");
  EXPECT_THROW(find_password({.options = {}, .password_file = folder.path("empty")}, {}),
               config::ConfigError);
}

}  // namespace
}  // namespace turnpike::app
