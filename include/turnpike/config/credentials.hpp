// Makes the credential sources that a configuration names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "turnpike/config/config.hpp"
#include "turnpike/turn/credential_source.hpp"

namespace turnpike::config {

// Returns the fleet's secrets, the current one first; empty if there is no fleet.
std::vector<std::string> fleet_secrets(const Config& config);

// Returns the secrets for credentials of visitors of the check page, newest first: the fleet's secrets, REST
// secrets, then the secrets of LiveKit's keys.
std::vector<std::string> visitor_secrets(const Config& config);
// Returns whether there is a check page and a secret to make its credentials with.
bool admits_visitors(const Config& config);

// Makes one source of all, asked in the order users, REST secrets, LiveKit's keys, fleet, visitors. Throws
// std::invalid_argument if a user name or password cannot be prepared (RFC 8265) or a secret is unusable.
std::shared_ptr<const turn::CredentialSource> make_credentials(const Config& config);

}  // namespace turnpike::config
