// Every kind of credential that a configuration names is found, and what cannot be prepared is refused.
#include "turnpike/config/credentials.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string_view>
#include <vector>

#include "turnpike/auth/mint.hpp"
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

TEST(Credentials, a_name_that_cannot_be_prepared_is_refused) {
  Config config;
  config.credentials.users = {{"\xff", "secret"}};
  EXPECT_THROW(make_credentials(config), std::invalid_argument);
}

}  // namespace
}  // namespace turnpike::config
