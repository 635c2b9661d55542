// Which credentials `turnpike mint` makes, and why it makes none.
#include "turnpike/app/mint_command.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "turnpike/auth/fleet_credentials.hpp"
#include "turnpike/livekit/embedded_credentials.hpp"

namespace turnpike::app {
namespace {

constexpr UnixSeconds kNow = 1'700'000'000;

config::Config config_with(std::vector<std::string> rest_secrets, auth::Secrets livekit_keys) {
  config::Config config;
  config.credentials.rest_secrets = std::move(rest_secrets);
  config.credentials.livekit_keys = std::move(livekit_keys);
  return config;
}

MintOptions options_with(std::string format = "", std::string api_key = "") {
  return {.participant = "PA_1",
          .ttl_s = 600,
          .urls = {"turn:a:3478", "turns:a:5349"},
          .format = std::move(format),
          .api_key = std::move(api_key)};
}

TEST(Mint, takes_the_keys_that_are_asked_for) {
  const auto rest = *auth::mint_rest("new", "PA_1", kNow + 600);
  const auto first = *livekit::mint_embedded("akey", "asecret", "PA_1", kNow + 600);
  const auto second = *livekit::mint_embedded("bkey", "bsecret", "PA_1", kNow + 600);
  const auth::Secrets livekit{{"akey", "asecret"}, {"bkey", "bsecret"}};
  const struct {
    const char* name;
    config::Config config;
    MintOptions options;
    auth::MintedCredential expected;
  } table[] = {
      {"the newest REST secret comes first", config_with({"new", "old"}, livekit), options_with(), rest},
      {"REST", config_with({"new"}, livekit), options_with("rest"), rest},
      {"LiveKit where there is nothing else", config_with({}, livekit), options_with(), first},
      {"LiveKit", config_with({"new"}, livekit), options_with("livekit"), first},
      {"one of several keys", config_with({}, livekit), options_with("livekit", "bkey"), second},
  };
  for (const auto& row : table) {
    const Minted minted = mint_for(row.config, row.options, kNow);
    EXPECT_EQ(minted.error, "") << row.name;
    const auto server = boost::json::parse(minted.json).as_object();
    EXPECT_EQ(server.at("urls"), (boost::json::array{"turn:a:3478", "turns:a:5349"})) << row.name;
    EXPECT_EQ(server.at("username").as_string(), row.expected.username) << row.name;
    EXPECT_EQ(server.at("credential").as_string(), row.expected.password) << row.name;
    EXPECT_EQ(server.at("ttl").as_int64(), 600) << row.name;
  }
}

TEST(Mint, makes_a_credential_of_the_fleet_where_it_is_asked_for_or_there_is_nothing_else) {
  config::Config alone = config_with({}, {}), beside = config_with({"rest"}, {});
  alone.fleet.secret = beside.fleet.secret = "north";
  const auto expected = *auth::FleetCredentials({"north"}).mint("PA_1", kNow + 600);
  EXPECT_EQ(credential_for(alone, options_with(), kNow).credential->username, expected.username);
  EXPECT_EQ(credential_for(beside, options_with("fleet"), kNow).credential->password, expected.password);
  EXPECT_NE(credential_for(beside, options_with(), kNow).credential->username, expected.username);
}

TEST(Mint, an_api_key_means_livekit_even_beside_a_rest_secret) {
  const Minted minted = mint_for(config_with({"new"}, {{"akey", "asecret"}}), options_with("", "akey"), kNow);
  EXPECT_EQ(boost::json::parse(minted.json).at("username").as_string(),
            livekit::mint_embedded("akey", "asecret", "PA_1", kNow + 600)->username);
}

TEST(Mint, says_in_one_line_why_there_is_none) {
  MintOptions ambiguous = options_with("livekit");
  ambiguous.participant = "PA|1";
  MintOptions past = options_with("rest");
  past.ttl_s = -kNow;
  const struct {
    const char* name;
    config::Config config;
    MintOptions options;
    std::string expected;
  } table[] = {
      {"no keys at all", config_with({}, {}), options_with(),
       "neither credentials.rest_secrets nor credentials.livekit_keys has a key, and fleet.secret is empty"},
      {"no secret of a fleet", config_with({"new"}, {}), options_with("fleet"), "fleet.secret is empty"},
      {"no REST secret", config_with({}, {{"akey", "asecret"}}), options_with("rest"),
       "credentials.rest_secrets is empty"},
      {"no LiveKit key", config_with({"new"}, {}), options_with("livekit"),
       "credentials.livekit_keys is empty"},
      {"another key", config_with({}, {{"akey", "asecret"}}), options_with("livekit", "ckey"),
       "no API key ckey in credentials.livekit_keys"},
      {"a participant with a bar", config_with({}, {{"akey", "asecret"}}), ambiguous,
       "no credential can be made of this participant and ttl"},
      {"an expiry that has been", config_with({"new"}, {}), past,
       "no credential can be made of this participant and ttl"},
  };
  for (const auto& row : table) {
    const Minted minted = mint_for(row.config, row.options, kNow);
    EXPECT_EQ(minted.error, row.expected) << row.name;
    EXPECT_EQ(minted.json, "") << row.name;
  }
}

}  // namespace
}  // namespace turnpike::app
