#include "turnpike/app/mint_command.hpp"

#include <fmt/format.h>

#include "turnpike/auth/fleet_credentials.hpp"
#include "turnpike/config/credentials.hpp"
#include "turnpike/livekit/embedded_credentials.hpp"

namespace turnpike::app {
namespace {

using Credential = std::optional<auth::MintedCredential>;

Made give(const Credential& credential) {
  return credential ? Made{credential, ""}
                    : Made{std::nullopt, "no credential can be made of this participant and ttl"};
}

Made make_rest(const config::CredentialsConfig& keys, const MintOptions& options, UnixSeconds expiry) {
  if (keys.rest_secrets.empty()) return {std::nullopt, "credentials.rest_secrets is empty"};
  if (keys.rest_ttl_max_s != 0 && options.ttl_s > keys.rest_ttl_max_s)
    return {std::nullopt, fmt::format("--ttl is above credentials.rest_ttl_max_s, {}", keys.rest_ttl_max_s)};
  return give(auth::mint_rest(keys.rest_secrets.front(), options.participant, expiry, keys.rest_separator));
}

Made make_livekit(const config::CredentialsConfig& keys, const MintOptions& options, UnixSeconds expiry) {
  if (keys.livekit_keys.empty()) return {std::nullopt, "credentials.livekit_keys is empty"};
  const auto key =
      options.api_key.empty() ? keys.livekit_keys.begin() : keys.livekit_keys.find(options.api_key);
  if (key == keys.livekit_keys.end())
    return {std::nullopt, fmt::format("no API key {} in credentials.livekit_keys", options.api_key)};
  return give(livekit::mint_embedded(key->first, key->second, options.participant, expiry));
}

Made make_fleet(const config::Config& config, const MintOptions& options, UnixSeconds expiry) {
  const auth::FleetCredentials fleet(config::fleet_secrets(config));
  if (fleet.empty()) return {std::nullopt, "fleet.secret is empty"};
  return give(fleet.mint(options.participant, expiry));
}

}  // namespace

Made credential_for(const config::Config& config, const MintOptions& options, UnixSeconds now_unix_s) {
  const config::CredentialsConfig& keys = config.credentials;
  const UnixSeconds expiry = now_unix_s + options.ttl_s;
  if (options.format == "rest") return make_rest(keys, options, expiry);
  if (options.format == "fleet") return make_fleet(config, options, expiry);
  if (options.format == "livekit" || !options.api_key.empty()) return make_livekit(keys, options, expiry);
  if (!keys.rest_secrets.empty()) return make_rest(keys, options, expiry);
  if (!keys.livekit_keys.empty()) return make_livekit(keys, options, expiry);
  if (!config.fleet.secret.empty()) return make_fleet(config, options, expiry);
  return {
      std::nullopt,
      "neither credentials.rest_secrets nor credentials.livekit_keys has a key, and fleet.secret is empty"};
}

Minted mint_for(const config::Config& config, const MintOptions& options, UnixSeconds now_unix_s) {
  const auto [credential, error] = credential_for(config, options, now_unix_s);
  if (!credential) return {"", error};
  return {auth::ice_server_json(options.urls, credential->username, credential->password, options.ttl_s), ""};
}

}  // namespace turnpike::app
