// The credential sources that a configuration names.
#pragma once

#include <memory>

#include "turnpike/config/config.hpp"
#include "turnpike/turn/credential_source.hpp"

namespace turnpike::config {

// All of them as one, asked in the order users, REST secrets, LiveKit's keys. Throws std::invalid_argument
// where a user name or password cannot be prepared (RFC 8265), or a secret is of no use.
std::shared_ptr<const turn::CredentialSource> make_credentials(const Config& config);

}  // namespace turnpike::config
