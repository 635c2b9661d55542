#include "turnpike/config/livekit_redis.hpp"

#include <fmt/format.h>

#include <utility>

#include "turnpike/redis/target.hpp"

namespace turnpike::config {
namespace {

// LiveKit's client takes a path for a Unix socket, and no host for this one.
std::string url_of(const livekit::Redis& redis) {
  if (redis.address.starts_with('/')) return "unix:" + redis.address;
  const bool has_sentinels = !redis.sentinel_addresses.empty();
  const std::string host = redis.address.starts_with(':') ? "localhost" + redis.address : redis.address;
  return fmt::format("{}://{}/{}", redis.use_tls ? "rediss" : "redis",
                     has_sentinels ? redis.sentinel_master_name : host, redis.db);
}

// RedisConfig may begin with a text as well, so which of the two it is has to be said.
Result<RedisConfig, std::string> error(std::string why) {
  return {boost::system::in_place_error, std::move(why)};
}

}  // namespace

Result<RedisConfig, std::string> redis_of_livekit(const livekit::Redis& redis) {
  if (!redis.cluster_addresses.empty()) return error("is a cluster, which cannot be shared");
  RedisConfig config;
  config.url = url_of(redis);
  config.sentinel = redis.sentinel_addresses;
  config.is_livekits = true;
  config.user = redis.username;
  config.password = redis.password;
  config.sentinel_user = redis.sentinel_username;
  config.sentinel_password = redis.sentinel_password;
  if (auto target = redis::Target::parse(config.url, config.sentinel); !target) return error(target.error());
  return config;
}

}  // namespace turnpike::config
