// Realm, users and secrets; what a credential source takes, it judges itself.
#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "turnpike/auth/opaque_string.hpp"
#include "turnpike/auth/rest_secret.hpp"
#include "turnpike/auth/user_list.hpp"
#include "turnpike/config/coturn.hpp"
#include "turnpike/config/rules.hpp"
#include "turnpike/livekit/embedded_credentials.hpp"

namespace turnpike::config {
namespace {

constexpr std::size_t kRealmCharactersMax = 127;  // RFC 8489 14.9

std::string check_realm(const Config& c) {
  const auto characters = std::ranges::count_if(c.realm, [](char byte) { return (byte & 0xc0) != 0x80; });
  if (c.realm.empty()) return "must not be empty";
  if (static_cast<std::size_t>(characters) > kRealmCharactersMax)
    return fmt::format("is longer than {} characters", kRealmCharactersMax);
  return auth::opaque_string(c.realm) ? "" : "has characters that OpaqueString (RFC 8265) does not allow";
}

// The sources have rules of their own.
template <class Make>
std::string refusal(Make make) {
  try {
    make();
    return "";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

std::string check_users(const Config& c) {
  for (const auto& [name, password] : c.credentials.users) {
    if (is_hashed_password(password))
      return fmt::format(
          "the password of {} is a key as coturn stores them: give it in credentials.user_keys", name);
  }
  return check_realm(c).empty() ? refusal([&] { auth::UserList(c.credentials.users, c.realm); }) : "";
}
std::string check_user_keys(const Config& c) {
  if (!check_users(c).empty() || !check_realm(c).empty()) return "";
  return refusal([&] { auth::UserList(c.credentials.users, c.realm, c.credentials.user_keys); });
}

std::string check_rest_secrets(const Config& c) {
  return refusal([&] { auth::RestSecrets{c.credentials.rest_secrets}; });
}
std::string check_livekit_keys(const Config& c) {
  return refusal([&] { livekit::EmbeddedCredentials{c.credentials.livekit_keys}; });
}

constexpr Rule kRules[] = {
    {"realm", check_realm},
    {"credentials.users", check_users, {"realm"}},
    {"credentials.user_keys", check_user_keys, {"realm", "credentials.users"}},
    {"credentials.rest_secrets", check_rest_secrets},
    {"credentials.livekit_keys", check_livekit_keys},
    {"credentials.rest_separator",
     [](const Config& c) {
       return std::string(c.credentials.rest_separator.empty() ? "must not be empty" : "");
     }},
};

}  // namespace

std::span<const Rule> credential_rules() { return kRules; }

}  // namespace turnpike::config
