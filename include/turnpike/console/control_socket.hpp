// Finds the control socket, for the server and for the commands that talk to it.
#pragma once

#include <string>
#include <vector>

#include "turnpike/config/config.hpp"

namespace turnpike::console {

// Returns the paths to try, the preferred first: `control.socket`, and for its default also a path below
// $XDG_RUNTIME_DIR, the folder of the logged-in user. Empty if no socket is configured.
std::vector<std::string> control_sockets(const config::ControlConfig& config);

// Creates the folder of a file unless it exists. Ignores errors: the creation of the file shows them.
void make_folder_of(const std::string& file);

}  // namespace turnpike::console
