// What a server may read and write once it has given up its privileges.
#pragma once

#include <string>

#include "turnpike/config/check.hpp"
#include "turnpike/config/config.hpp"
#include "turnpike/config/finding.hpp"

namespace turnpike::config {

// Of what a reload reads or opens anew: certificates, files of credentials, LiveKit's, the log, and `file`,
// which is the configuration's own, if there is one. What the configured user may not is a warning, or root,
// who has no privileges by then; a user that this host lacks is an error. Only root can judge.
Findings judge_rights(const Config& config, const Origins& origins, const std::string& file);

}  // namespace turnpike::config
