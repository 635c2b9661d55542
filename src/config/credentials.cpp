#include "turnpike/config/credentials.hpp"

#include <utility>
#include <vector>

#include "turnpike/auth/rest_secret.hpp"
#include "turnpike/auth/source_set.hpp"
#include "turnpike/auth/user_list.hpp"
#include "turnpike/livekit/embedded_credentials.hpp"

namespace turnpike::config {
namespace {

auth::RestNames rest_names(const CredentialsConfig& from) {
  auth::RestNames names{.separator = from.rest_separator};
  if (from.rest_ttl_max_s != 0) names.ttl_max_s = from.rest_ttl_max_s;
  return names;
}

}  // namespace

std::shared_ptr<const turn::CredentialSource> make_credentials(const Config& config) {
  const CredentialsConfig& from = config.credentials;
  std::vector<std::shared_ptr<const turn::CredentialSource>> sources;
  sources.push_back(std::make_shared<auth::UserList>(from.users, config.realm, from.user_keys));
  sources.push_back(std::make_shared<auth::RestSecrets>(from.rest_secrets, rest_names(from)));
  sources.push_back(std::make_shared<livekit::EmbeddedCredentials>(from.livekit_keys));
  return std::make_shared<auth::SourceSet>(std::move(sources));
}

}  // namespace turnpike::config
