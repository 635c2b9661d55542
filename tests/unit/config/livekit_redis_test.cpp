// LiveKit's `redis`, in this server's words.
#include "turnpike/config/livekit_redis.hpp"

#include <gmock/gmock.h>

namespace turnpike::config {
namespace {

TEST(LiveKitRedis, is_a_url_with_its_names_and_passwords_beside_it) {
  const struct {
    livekit::Redis redis;
    std::string url;
  } cases[] = {
      {{.address = "redis.example.org:6380", .db = 3}, "redis://redis.example.org:6380/3"},
      {{.address = "[::1]:6379", .use_tls = true}, "rediss://[::1]:6379/0"},
      {{.address = ":6379"}, "redis://localhost:6379/0"},
      {{.address = "/run/redis.sock"}, "unix:/run/redis.sock"},
      {{.address = "", .sentinel_addresses = {"a:26379"}, .sentinel_master_name = "mymaster"},
       "redis://mymaster/0"},
  };
  for (const auto& c : cases) {
    const auto config = redis_of_livekit(c.redis);
    ASSERT_TRUE(config) << c.url << ": " << config.error();
    EXPECT_EQ(config->url, c.url);
    EXPECT_EQ(config->sentinel, c.redis.sentinel_addresses);
    EXPECT_TRUE(config->is_livekits);
  }
  const auto config = redis_of_livekit({.address = "a:1",
                                        .username = "u",
                                        .password = "p",
                                        .sentinel_username = "su",
                                        .sentinel_password = "sp"});
  EXPECT_EQ(config->user + config->password + config->sentinel_user + config->sentinel_password, "upsusp");
  EXPECT_EQ(config->url, "redis://a:1/0");
}

TEST(LiveKitRedis, what_cannot_be_shared_has_a_reason) {
  const struct {
    livekit::Redis redis;
    std::string error;
  } cases[] = {
      {{.address = "a:1", .cluster_addresses = {"a:1"}}, "is a cluster"},
      {{.address = "a b"}, "is no URL"},
      {{.address = "a:1", .db = -1}, "has a path that is no number"},
      {{.address = "a:1", .sentinel_addresses = {"s:1"}}, "names no server"},
      {{.address = "p:q@a:1"}, "has a password"},
  };
  for (const auto& c : cases) {
    const auto config = redis_of_livekit(c.redis);
    ASSERT_FALSE(config) << c.error;
    EXPECT_THAT(config.error(), ::testing::HasSubstr(c.error));
  }
}

}  // namespace
}  // namespace turnpike::config
