// Where the control socket of a server is, for the server and for the commands that speak to it.
#pragma once

#include <string>
#include <vector>

#include "turnpike/config/config.hpp"

namespace turnpike::console {

// The best first: the default one is where the unit has its folder, or else in the folder of the user who is
// logged in ($XDG_RUNTIME_DIR). Empty: none is configured.
std::vector<std::string> control_sockets(const config::ControlConfig& config);

// Makes the folder that the file is to lie in, unless it is there. Whether that succeeded is seen when the
// file is made.
void make_folder_of(const std::string& file);

}  // namespace turnpike::console
