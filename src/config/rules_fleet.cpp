// What servers of a fleet share.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "turnpike/config/rules.hpp"
#include "turnpike/redis/target.hpp"

namespace turnpike::config {
namespace {

constexpr std::size_t kSecretMin = 32;  // nonces and names are samples to try secrets against
constexpr std::size_t kNameMax = 64;

std::string check_size(const std::string& secret) {
  if (secret.empty() || secret.size() >= kSecretMin) return "";
  return fmt::format("has fewer than {} bytes: make one with `openssl rand -hex 32`", kSecretMin);
}

std::string check_previous(const Config& c) {
  const FleetConfig& fleet = c.fleet;
  if (fleet.secret_previous.empty()) return "";
  if (fleet.secret.empty()) return "needs fleet.secret";
  if (fleet.secret_previous == fleet.secret) return "is the same as fleet.secret";
  return check_size(fleet.secret_previous);
}

bool is_visible(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

// It becomes a label of metrics and a part of addresses.
bool is_region(std::string_view name) {
  const auto is_of_name = [](unsigned char byte) {
    return std::isalnum(byte) != 0 || byte == '-' || byte == '.' || byte == '_';
  };
  return name.size() <= kNameMax && std::ranges::all_of(name, is_of_name);
}

std::string check_region(const Config& c) {
  if (is_region(c.fleet.region)) return "";
  return fmt::format("must have letters, digits, '-', '.' and '_' alone, {} at most", kNameMax);
}

// 10.0.0.1/8 is 10.0.0.0/8.
std::string find_prefix_twice(const RegionsByPrefix& regions) {
  std::set<IpPrefix> known;
  for (const auto& [prefix, region] : regions) {
    if (!known.insert(prefix).second) return prefix.to_string();
  }
  return "";
}

std::string check_regions(const Config& c) {
  for (const auto& [prefix, region] : c.fleet.regions) {
    if (region.empty() || !is_region(region))
      return fmt::format("{}: \"{}\" must have letters, digits, '-', '.' and '_' alone, 1 to {} of them",
                         prefix.to_string(), region, kNameMax);
  }
  const std::string twice = find_prefix_twice(c.fleet.regions);
  return twice.empty() ? "" : fmt::format("{} is there twice", twice);
}

std::string check_high_water(const Config& c) {
  return c.fleet.high_water > 0 && c.fleet.high_water <= 1 ? "" : "must be above 0 and at most 1";
}

std::string check_url(const Config& c) {
  const RedisConfig& redis = c.fleet.redis;
  if (redis.url.empty()) return "";
  const auto target = redis::Target::parse(redis.url, redis.sentinel);
  return target ? "" : target.error();
}

std::string check_prefix(const Config& c) {
  const std::string& prefix = c.fleet.redis.prefix;
  if (!prefix.empty() && prefix.size() <= kNameMax && is_visible(prefix)) return "";
  return fmt::format("must have 1 to {} visible ASCII characters, no space among them", kNameMax);
}

std::string check_tls(const Config& c) {
  const bool is_socket = c.fleet.redis.url.starts_with("unix:");
  return c.fleet.redis.tls && is_socket ? "is not to be had over the Unix socket of fleet.redis.url" : "";
}

std::string check_sentinel(const Config& c) {
  for (const std::string& server : c.fleet.redis.sentinel) {
    if (!redis::Place::parse(server, redis::kSentinelPort))
      return fmt::format("\"{}\" is not HOST:PORT, such as sentinel.example.org:26379", server);
  }
  return c.fleet.redis.sentinel.empty() || !c.fleet.redis.url.empty()
             ? ""
             : "needs fleet.redis.url with the name of the master, such as redis://mymaster";
}

constexpr Rule kRules[] = {
    {"fleet.secret", [](const Config& c) { return check_size(c.fleet.secret); }},
    {"fleet.secret_previous", check_previous, {"fleet.secret"}},
    {"fleet.region", check_region},
    {"fleet.regions", check_regions},
    {"fleet.high_water", check_high_water},
    {"fleet.redis.url", check_url, {"fleet.redis.sentinel"}},
    {"fleet.redis.prefix", check_prefix},
    {"fleet.redis.tls", check_tls, {"fleet.redis.url"}},
    {"fleet.redis.sentinel", check_sentinel, {"fleet.redis.url"}},
};

std::string warn_of_unsealed(const Config& c) {
  const RedisConfig& redis = c.fleet.redis;
  if (redis.url.empty() || redis.is_livekits || !c.fleet.secret.empty()) return "";
  return "is used without fleet.secret: nothing there is sealed, so whoever can write to it can bar "
         "everybody, "
         "and send clients to other servers";
}

std::string warn_without_url(const Config& c, bool is_given) {
  return is_given && c.fleet.redis.url.empty() ? "is of no use without fleet.redis.url" : "";
}

constexpr Rule kWarnings[] = {
    {"fleet.redis.url", warn_of_unsealed, {"fleet.secret"}},
    {"fleet.redis.password_file",
     [](const Config& c) { return warn_without_url(c, !c.fleet.redis.password_file.empty()); },
     {"fleet.redis.url"}},
    {"fleet.redis.tls",
     [](const Config& c) { return warn_without_url(c, c.fleet.redis.tls); },
     {"fleet.redis.url"}},
};

}  // namespace

std::span<const Rule> fleet_rules() { return kRules; }

std::span<const Rule> fleet_warnings() { return kWarnings; }

}  // namespace turnpike::config
