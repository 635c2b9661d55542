// Which engine relays what arrives where, and why, as JSON for the control socket.
#pragma once

#include <string>
#include <vector>

#include "turnpike/kernel/engine_choice.hpp"

namespace turnpike::worker {

struct InterfaceEngine {
  std::string interface;  // its name
  kernel::EngineChoice choice;
};

// `obstacle`: why the kernel engine does not run; empty where it does, and then what no listed interface
// takes is the sockets'. The format is the README's.
std::string engine_json(kernel::EngineSetting setting, const std::string& obstacle,
                        const std::vector<InterfaceEngine>& interfaces);

}  // namespace turnpike::worker
