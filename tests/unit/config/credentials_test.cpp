// Every kind of credential that a configuration names is found, and what cannot be prepared is refused.
#include "turnpike/config/credentials.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string_view>
#include <vector>

#include "turnpike/auth/fleet_credentials.hpp"
#include "turnpike/auth/mint.hpp"
#include "turnpike/auth/visitors.hpp"
#include "turnpike/base/random.hpp"
#include "turnpike/livekit/embedded_credentials.hpp"

namespace turnpike::config {
namespace {

bool knows(const Config& config, std::string_view username) {
  std::vector<turn::Credential> found;
  make_credentials(config)->find(username, found);
  return !found.empty();
}

TEST(Credentials, every_kind_is_found) {
  Config config;
  EXPECT_TRUE(make_credentials(config)->empty());
  EXPECT_FALSE(knows(config, "alice"));
  config.credentials.users = {{"alice", "secret"}};
  config.credentials.rest_secrets = {"north"};
  config.credentials.livekit_keys = {{"devkey", "secret"}};
  EXPECT_TRUE(make_credentials(config)->supports_sha256());
  config.credentials.user_keys = {{"carol", std::string(32, 'a')}};
  EXPECT_TRUE(knows(config, "carol"));
  EXPECT_FALSE(make_credentials(config)->supports_sha256());
  EXPECT_FALSE(make_credentials(config)->empty());
  EXPECT_TRUE(knows(config, "alice"));
  EXPECT_FALSE(knows(config, "bob"));
  EXPECT_TRUE(knows(config, auth::mint_rest("north", "bob", 2'000'000'000)->username));
  EXPECT_TRUE(knows(config, livekit::mint_embedded("devkey", "secret", "PA_1", 2'000'000'000)->username));
  EXPECT_FALSE(knows(config, livekit::mint_embedded("otherkey", "secret", "PA_1", 2'000'000'000)->username));
}

TEST(Credentials, visitors_are_found_where_there_is_a_page_and_something_to_make_theirs_with) {
  SeededRandom random(1);
  const auto name_by = [&](const char* secret) {
    return auth::Visitors({secret}).mint(IpAddress::v4(198, 51, 100, 7), 1'700'000'000, random)->username;
  };
  Config config;
  config.credentials.users = {{"alice", "secret"}};
  config.http.check_page = "/check";
  EXPECT_FALSE(admits_visitors(config));
  EXPECT_TRUE(make_credentials(config)->supports_userhash()) << "as without the page";
  config.credentials.rest_secrets = {"north", "south"};
  config.credentials.livekit_keys = {{"devkey", "west"}};
  EXPECT_TRUE(admits_visitors(config));
  EXPECT_EQ(visitor_secrets(config), (std::vector<std::string>{"north", "south", "west"}));
  for (const char* secret : {"north", "south", "west"}) EXPECT_TRUE(knows(config, name_by(secret))) << secret;
  EXPECT_FALSE(knows(config, name_by("east")));
  config.http.check_page = "";
  EXPECT_FALSE(admits_visitors(config));
  EXPECT_FALSE(knows(config, name_by("north")));
}

TEST(Credentials, the_secrets_of_a_fleet_make_visitors_before_all_others) {
  Config config;
  EXPECT_TRUE(fleet_secrets(config).empty());
  config.credentials.rest_secrets = {"rest"};
  config.http.check_page = "/check";
  config.fleet.secret = "new";
  EXPECT_EQ(fleet_secrets(config), std::vector<std::string>{"new"});
  config.fleet.secret_previous = "old";
  EXPECT_EQ(fleet_secrets(config), (std::vector<std::string>{"new", "old"}));
  EXPECT_EQ(visitor_secrets(config), (std::vector<std::string>{"new", "old", "rest"}));
  config.credentials.rest_secrets.clear();
  EXPECT_TRUE(admits_visitors(config));
}

TEST(Credentials, names_of_the_fleet_are_found_by_both_secrets) {
  const auto name_by = [](const char* secret) {
    return auth::FleetCredentials({secret}).mint("bob", 2'000'000'000)->username;
  };
  Config config;
  EXPECT_FALSE(knows(config, name_by("new")));
  config.fleet.secret = "new";
  EXPECT_TRUE(knows(config, name_by("new")));
  EXPECT_FALSE(knows(config, name_by("old")));
  EXPECT_FALSE(make_credentials(config)->knows_key_of(name_by("old")));
  config.fleet.secret_previous = "old";
  EXPECT_TRUE(knows(config, name_by("old")));
  EXPECT_FALSE(make_credentials(config)->supports_userhash());
}

TEST(Credentials, a_name_that_cannot_be_prepared_is_refused) {
  Config config;
  config.credentials.users = {{"\xff", "secret"}};
  EXPECT_THROW(make_credentials(config), std::invalid_argument);
}

}  // namespace
}  // namespace turnpike::config
