// The configuration's words about the fleet, in those of its modules.
#include "turnpike/node/settings.hpp"

#include <gtest/gtest.h>

namespace turnpike::node {
namespace {

TEST(NodeSettings, the_fleet_has_its_prefix_secrets_and_limits) {
  config::Config config;
  EXPECT_EQ(fleet_options(config).prefix, "turnpike:");
  config.fleet.redis.prefix = "other:";
  config.fleet.secret = "new";
  config.fleet.secret_previous = "old";
  config.limits.bytes_per_second_per_user = 7;
  config.limits.bytes_per_second_per_room = 8;
  const fleet::FleetOptions options = fleet_options(config);
  EXPECT_EQ(options.prefix, "other:");
  EXPECT_EQ(options.secret, "new");
  EXPECT_EQ(options.secret_previous, "old");
  EXPECT_EQ(options.bytes_per_second_per_user, 7U);
  EXPECT_EQ(options.bytes_per_second_per_room, 8U);
}

TEST(NodeSettings, a_url_says_where_redis_is_and_other_keys_how_to_get_in) {
  config::Config config;
  EXPECT_FALSE(redis_settings(config));
  config::RedisConfig& from = config.fleet.redis;
  from.url = "redis://me@r.example.org:6380/2";
  from.password_file = "/file";
  redis::Target expected;
  expected.place = {"r.example.org", 6380};
  expected.database = 2;
  expected.login = {"me", "", "/file"};
  EXPECT_EQ(redis_settings(config)->target, expected);

  from.tls = true;
  expected.is_secure = true;
  EXPECT_EQ(redis_settings(config)->target, expected);
  from.url = "rediss://me@r.example.org:6380/2";
  from.tls = false;
  EXPECT_EQ(redis_settings(config)->target, expected);
}

TEST(NodeSettings, livekit_s_file_may_have_names_and_passwords_of_its_own) {
  config::Config config;
  config::RedisConfig& from = config.fleet.redis;
  from.url = "redis://mymaster";
  from.sentinel = {"a.example.org:26380"};
  from.user = "u";
  from.password = "p";
  from.sentinel_user = "su";
  from.sentinel_password = "sp";
  redis::Target expected;
  expected.master = "mymaster";
  expected.sentinels = {{"a.example.org", 26380}};
  expected.login = {"u", "p", ""};
  expected.sentinel_login = {"su", "sp", ""};
  EXPECT_EQ(redis_settings(config)->target, expected);
}

}  // namespace
}  // namespace turnpike::node
