#include "turnpike/config/credentials.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

#include "turnpike/auth/fleet_credentials.hpp"
#include "turnpike/auth/rest_secret.hpp"
#include "turnpike/auth/source_set.hpp"
#include "turnpike/auth/user_list.hpp"
#include "turnpike/auth/visitors.hpp"
#include "turnpike/livekit/embedded_credentials.hpp"

namespace turnpike::config {
namespace {

auth::RestNames rest_names(const CredentialsConfig& from) {
  auth::RestNames names{.separator = from.rest_separator};
  if (from.rest_ttl_max_s != 0) names.ttl_max_s = from.rest_ttl_max_s;
  return names;
}

}  // namespace

std::vector<std::string> fleet_secrets(const Config& config) {
  std::vector<std::string> secrets{config.fleet.secret, config.fleet.secret_previous};
  std::erase(secrets, "");
  return secrets;
}

std::vector<std::string> visitor_secrets(const Config& config) {
  std::vector<std::string> secrets = fleet_secrets(config);
  std::ranges::copy(config.credentials.rest_secrets, std::back_inserter(secrets));
  for (const auto& [key, secret] : config.credentials.livekit_keys) secrets.push_back(secret);
  return secrets;
}

bool admits_visitors(const Config& config) {
  return !config.http.check_page.empty() && !visitor_secrets(config).empty();
}

std::shared_ptr<const turn::CredentialSource> make_credentials(const Config& config) {
  const CredentialsConfig& from = config.credentials;
  std::vector<std::shared_ptr<const turn::CredentialSource>> sources;
  sources.push_back(std::make_shared<auth::UserList>(from.users, config.realm, from.user_keys));
  sources.push_back(std::make_shared<auth::RestSecrets>(from.rest_secrets, rest_names(from)));
  sources.push_back(std::make_shared<livekit::EmbeddedCredentials>(from.livekit_keys));
  sources.push_back(std::make_shared<auth::FleetCredentials>(fleet_secrets(config)));
  if (admits_visitors(config)) sources.push_back(std::make_shared<auth::Visitors>(visitor_secrets(config)));
  return std::make_shared<auth::SourceSet>(std::move(sources));
}

}  // namespace turnpike::config
