// Checks what a server can read and write after it has given up its privileges.
#pragma once

#include <string>

#include "turnpike/config/check.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/config/finding.hpp"

namespace turnpike::config {

// Returns findings about everything that a reload reads or opens: certificates, files of credentials,
// LiveKit's file, the log, and `file`, the configuration's own, "" if there is none. What the configured
// user, or root without privileges, cannot access is a warning; a user unknown to this host is an error. Only
// root can check access: for another user there are no warnings about files.
Findings judge_rights(const Config& config, const Origins& origins, const std::string& file);

}  // namespace turnpike::config
