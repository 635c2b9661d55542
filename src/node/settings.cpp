#include "turnpike/node/settings.hpp"

#include "turnpike/base/check.hpp"

namespace turnpike::node {

fleet::FleetOptions fleet_options(const config::Config& config) {
  return {.prefix = config.fleet.redis.prefix,
          .secret = config.fleet.secret,
          .secret_previous = config.fleet.secret_previous,
          .bytes_per_second_per_user = config.limits.bytes_per_second_per_user,
          .bytes_per_second_per_room = config.limits.bytes_per_second_per_room};
}

std::optional<redis::Settings> redis_settings(const config::Config& config) {
  const config::RedisConfig& from = config.fleet.redis;
  if (from.url.empty()) return std::nullopt;
  auto target = redis::Target::parse(from.url, from.sentinel);
  TURNPIKE_CHECK(target.has_value());
  target->is_secure = target->is_secure || from.tls;
  target->login.password_file = from.password_file;
  target->login.password = from.password;
  if (!from.user.empty()) target->login.user = from.user;
  target->sentinel_login.user = from.sentinel_user;
  target->sentinel_login.password = from.sentinel_password;
  return redis::Settings{.target = std::move(*target)};
}

}  // namespace turnpike::node
