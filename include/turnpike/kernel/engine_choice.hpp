// Chooses the engine that relays what arrives on an interface, with the reason for the log.
#pragma once

#include <cstdint>
#include <string>

#include "turnpike/kernel/route_messages.hpp"

namespace turnpike::kernel {

// The values of relay.engine.
enum class EngineSetting { automatic, kernel, sockets };

// The engine of an interface; with xdp, tc gets what XDP has passed on.
enum class Engine { xdp, tc, sockets };
// Returns the name of the engine in the log and in /engine.
const char* to_string(Engine engine);

// The engine of one interface and why it is this one.
struct EngineChoice {
  std::uint32_t interface;  // index
  Engine engine;
  std::string reason;

  bool operator==(const EngineChoice&) const = default;
};

// The reasons why the program cannot run at tc or XDP, on this host or on this interface; empty if it can.
struct Obstacles {
  std::string tc, xdp;
};
// Returns the fastest engine that the setting, the interface and the obstacles allow.
EngineChoice choose_engine(EngineSetting setting, const Link& link, const Obstacles& obstacles);

// Returns why a server with this setting must not start, which only EngineSetting::kernel can demand;
// otherwise an empty string.
std::string reason_not_to_start(EngineSetting setting, bool serves_some_interface,
                                const std::string& obstacle);

}  // namespace turnpike::kernel
