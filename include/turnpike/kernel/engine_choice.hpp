// Which engine relays what arrives on an interface, and why: for the log.
#pragma once

#include <cstdint>
#include <string>

#include "turnpike/kernel/route_messages.hpp"

namespace turnpike::kernel {

enum class EngineSetting { automatic, kernel, sockets };  // relay.engine

enum class Engine { xdp, tc, sockets };  // xdp: and what it passes is tc's
const char* to_string(Engine engine);

struct EngineChoice {
  std::uint32_t interface;  // index
  Engine engine;
  std::string reason;

  bool operator==(const EngineChoice&) const = default;
};

// Why the program cannot run, on this host or on an interface; empty where it can.
struct Obstacles {
  std::string tc, xdp;
};
EngineChoice choose_engine(EngineSetting setting, const Link& link, const Obstacles& obstacles);

// Why a server with this setting must not start; empty if it may.
std::string reason_not_to_start(EngineSetting setting, bool serves_some_interface,
                                const std::string& obstacle);

}  // namespace turnpike::kernel
