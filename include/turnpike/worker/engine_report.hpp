// Which engine relays what arrives where, and why, as JSON for the control socket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/kernel/engine_choice.hpp"
#include "turnpike/kernel/event_rows.hpp"
#include "turnpike/kernel/flow_admissions.hpp"

namespace turnpike::worker {

struct InterfaceEngine {
  std::string interface;  // its name
  kernel::EngineChoice choice;
  std::optional<std::vector<kernel::EventCount>> packets;  // what became of those that the program saw there
};

struct EngineReport {
  kernel::EngineSetting setting = kernel::EngineSetting::automatic;
  std::string obstacle;                     // why the kernel engine does not run; empty where it does
  std::uint32_t flows = 0;                  // that it has now
  kernel::FlowAdmissions admissions;        // directions of channels, of all workers
  std::vector<kernel::EventCount> packets;  // what became of those that the program saw anywhere
  std::vector<InterfaceEngine> interfaces;  // what no one of these takes is the sockets'
};

// The format is that of docs/kernel-engine.md.
std::string engine_json(const EngineReport& report);

}  // namespace turnpike::worker
