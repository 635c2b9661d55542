// The report of the relay engines for the control socket: which engine serves which interface, and why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "turnpike/kernel/engine_choice.hpp"
#include "turnpike/kernel/event_rows.hpp"
#include "turnpike/kernel/flow_admissions.hpp"

namespace turnpike::worker {

// The engine that serves one network interface.
struct InterfaceEngine {
  std::string interface;  // name, such as eth0
  kernel::EngineChoice choice;
  // Packets that the kernel program saw on this interface, by outcome; nullopt if they are not counted.
  std::optional<std::vector<kernel::EventCount>> packets;
};

// The state of the kernel engine of the process.
struct EngineReport {
  kernel::EngineSetting setting = kernel::EngineSetting::automatic;
  std::string obstacle;               // why the kernel engine does not run; empty if it runs
  std::uint32_t flows = 0;            // flows that exist now
  kernel::FlowAdmissions admissions;  // sum over all workers; each direction of a channel counts by itself
  std::vector<kernel::EventCount> packets;  // packets that the program saw on all interfaces, by outcome
  // All interfaces of the host. The sockets relay whatever the program does not take.
  std::vector<InterfaceEngine> interfaces;
};

// Returns the report as JSON, in the format of docs/kernel-engine.md.
std::string engine_json(const EngineReport& report);

}  // namespace turnpike::worker
