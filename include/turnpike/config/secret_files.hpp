// Reads the files of secrets that the configuration names.
#pragma once

#include <string>
#include <vector>

#include "turnpike/config/check.hpp"
#include "turnpike/config/config.hpp"

namespace turnpike::config {

// Adds the secrets of the *_file keys of `credentials` to the inline ones; for a name in both, the inline
// secret wins. Sets the origins of secrets that come only from files. Returns findings about the files; the
// keys that a faulty file was to fill are added to `failed`.
Findings add_secrets_from_files(CredentialsConfig& credentials, Origins& origins, KeyNames& failed);

// Reads the *_file keys of `fleet`: one line each, and not together with an inline secret. The file of the
// Redis password is only checked, because each connection reads it again.
Findings add_fleet_secrets(FleetConfig& fleet, Origins& origins, KeyNames& failed);

// Reads `control.token_file`: one line of at least 16 visible ASCII characters.
Findings add_control_token(ControlConfig& control, const Origins& origins, KeyNames& failed);

// Returns a warning for each file of secrets that everybody may read. `main_file` may be "".
std::vector<std::string> find_readable_secrets(const Config& config, const std::string& main_file,
                                               const Origins& origins);

}  // namespace turnpike::config
