#include "turnpike/app/mint_command.hpp"

#include <fmt/format.h>

#include "turnpike/auth/mint.hpp"
#include "turnpike/livekit/embedded_credentials.hpp"

namespace turnpike::app {
namespace {

using Credential = std::optional<auth::MintedCredential>;

Minted give(const Credential& credential, const MintOptions& options) {
  if (!credential) return {"", "no credential can be made of this participant and ttl"};
  return {auth::ice_server_json(options.urls, credential->username, credential->password, options.ttl_s), ""};
}

Minted mint_rest(const config::CredentialsConfig& keys, const MintOptions& options, UnixSeconds expiry) {
  if (keys.rest_secrets.empty()) return {"", "credentials.rest_secrets is empty"};
  if (keys.rest_ttl_max_s != 0 && options.ttl_s > keys.rest_ttl_max_s)
    return {"", fmt::format("--ttl is above credentials.rest_ttl_max_s, {}", keys.rest_ttl_max_s)};
  return give(auth::mint_rest(keys.rest_secrets.front(), options.participant, expiry, keys.rest_separator),
              options);
}

Minted mint_livekit(const config::CredentialsConfig& keys, const MintOptions& options, UnixSeconds expiry) {
  if (keys.livekit_keys.empty()) return {"", "credentials.livekit_keys is empty"};
  const auto key =
      options.api_key.empty() ? keys.livekit_keys.begin() : keys.livekit_keys.find(options.api_key);
  if (key == keys.livekit_keys.end())
    return {"", fmt::format("no API key {} in credentials.livekit_keys", options.api_key)};
  return give(livekit::mint_embedded(key->first, key->second, options.participant, expiry), options);
}

}  // namespace

Minted mint_for(const config::Config& config, const MintOptions& options, UnixSeconds now_unix_s) {
  const config::CredentialsConfig& keys = config.credentials;
  const UnixSeconds expiry = now_unix_s + options.ttl_s;
  if (options.format == "rest") return mint_rest(keys, options, expiry);
  if (options.format == "livekit" || !options.api_key.empty()) return mint_livekit(keys, options, expiry);
  if (!keys.rest_secrets.empty()) return mint_rest(keys, options, expiry);
  if (!keys.livekit_keys.empty()) return mint_livekit(keys, options, expiry);
  return {"", "neither credentials.rest_secrets nor credentials.livekit_keys has a key"};
}

}  // namespace turnpike::app
