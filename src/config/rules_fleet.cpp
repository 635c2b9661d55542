// What servers of a fleet share.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "turnpike/config/rules.hpp"
#include "turnpike/http/url.hpp"

namespace turnpike::config {
namespace {

constexpr std::size_t kSecretMin = 32;  // nonces and names are samples to try secrets against
constexpr std::size_t kNameMax = 64;
constexpr std::size_t kDatabaseDigitsMax = 5;

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
std::string check_region(const Config& c) {
  const auto is_of_name = [](unsigned char byte) {
    return std::isalnum(byte) != 0 || byte == '-' || byte == '.' || byte == '_';
  };
  if (c.fleet.region.size() <= kNameMax && std::ranges::all_of(c.fleet.region, is_of_name)) return "";
  return fmt::format("must have letters, digits, '-', '.' and '_' alone, {} at most", kNameMax);
}

std::string check_high_water(const Config& c) {
  return c.fleet.high_water > 0 && c.fleet.high_water <= 1 ? "" : "must be above 0 and at most 1";
}

bool is_database(std::string_view path) {
  if (path.empty()) return true;
  path.remove_prefix(1);
  return !path.empty() && path.size() <= kDatabaseDigitsMax &&
         std::ranges::all_of(path, [](unsigned char byte) { return std::isdigit(byte) != 0; });
}

// Behind the scheme.
bool is_server(std::string_view text) {
  const auto url = http::Url::parse(fmt::format("http://{}", text));
  return url && url->authority() == text.substr(0, text.find('/')) && is_database(url->base);
}

bool is_redis_url(std::string_view url) {
  for (const std::string_view scheme : {"redis://", "rediss://"}) {
    if (url.starts_with(scheme)) return is_server(url.substr(scheme.size()));
  }
  constexpr std::string_view kSocket = "unix:/";
  return url.starts_with(kSocket) && url.size() > kSocket.size();
}

std::string check_url(const Config& c) {
  const std::string& url = c.fleet.redis.url;
  return url.empty() || is_redis_url(url)
             ? ""
             : "must be redis://HOST:PORT[/DB], rediss://HOST:PORT[/DB] or unix:/PATH";
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
    if (!is_server(server) || server.find('/') != server.npos)
      return fmt::format("\"{}\" is not HOST:PORT, such as sentinel.example.org:26379", server);
  }
  return "";
}

constexpr Rule kRules[] = {
    {"fleet.secret", [](const Config& c) { return check_size(c.fleet.secret); }},
    {"fleet.secret_previous", check_previous, {"fleet.secret"}},
    {"fleet.region", check_region},
    {"fleet.high_water", check_high_water},
    {"fleet.redis.url", check_url},
    {"fleet.redis.prefix", check_prefix},
    {"fleet.redis.tls", check_tls, {"fleet.redis.url"}},
    {"fleet.redis.sentinel", check_sentinel},
};

}  // namespace

std::span<const Rule> fleet_rules() { return kRules; }

}  // namespace turnpike::config
