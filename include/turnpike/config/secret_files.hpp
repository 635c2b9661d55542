// Files with secrets that the configuration names.
#pragma once

#include <string>
#include <vector>

#include "turnpike/config/check.hpp"
#include "turnpike/config/config.hpp"

namespace turnpike::config {

// Adds what the *_file keys of `credentials` name to what was given inline, which wins where a name is in
// both. Notes where secrets that were given in files only came from. Returns what is wrong with the files;
// the keys that they were to fill have then failed.
Findings add_secrets_from_files(CredentialsConfig& credentials, Origins& origins, KeyNames& failed);

// Reads what the *_file keys of `fleet` name: one line each, and no secret beside it that was given inline.
// The password of Redis is only looked at: a connection reads it.
Findings add_fleet_secrets(FleetConfig& fleet, Origins& origins, KeyNames& failed);

// Reads what `control.token_file` names: one line of 16 visible characters or more.
Findings add_control_token(ControlConfig& control, const Origins& origins, KeyNames& failed);

// A warning for each file with secrets that everybody may read; `main_file` may be empty.
std::vector<std::string> find_readable_secrets(const Config& config, const std::string& main_file,
                                               const Origins& origins);

}  // namespace turnpike::config
