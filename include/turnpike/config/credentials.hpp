// The credential sources that a configuration names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "turnpike/config/config.hpp"
#include "turnpike/turn/credential_source.hpp"

namespace turnpike::config {

// Those that all servers of the fleet have, the one that makes things first; none: this server stands alone.
std::vector<std::string> fleet_secrets(const Config& config);

// What credentials of visitors may be made with, newest first: the fleet's secrets, REST secrets, then those
// of LiveKit's keys.
std::vector<std::string> visitor_secrets(const Config& config);
// Whether there is a page to try out the server by, and something to make its credentials with.
bool admits_visitors(const Config& config);

// All of them as one, asked in the order users, REST secrets, LiveKit's keys, the fleet, visitors. Throws
// std::invalid_argument where a user name or password cannot be prepared (RFC 8265), or a secret is of no
// use.
std::shared_ptr<const turn::CredentialSource> make_credentials(const Config& config);

}  // namespace turnpike::config
