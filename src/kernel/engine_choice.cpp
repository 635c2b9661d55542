#include "turnpike/kernel/engine_choice.hpp"

#include <algorithm>
#include <span>

namespace turnpike::kernel {

namespace {

struct Reason {
  bool holds;
  std::string text;
};

const std::string* first_that_holds(std::span<const Reason> reasons) {
  const auto found = std::ranges::find_if(reasons, &Reason::holds);
  return found == reasons.end() ? nullptr : &found->text;
}

}  // namespace

const char* to_string(Engine engine) {
  constexpr const char* kNames[] = {"xdp", "tc", "sockets"};
  return kNames[static_cast<std::size_t>(engine)];
}

EngineChoice choose_engine(EngineSetting setting, const Link& link, const Obstacles& obstacles) {
  const Reason for_sockets[] = {
      {setting == EngineSetting::sockets, "relay.engine is sockets"},
      {!obstacles.tc.empty(), obstacles.tc},
      {!link.ethernet && !link.loopback, "its frames have no Ethernet header"},
      {!link.up, "it is down"},
  };
  // Drivers that can do it receive into buffers of their own; on veth devices, whose frames come from
  // sockets, it is dearer than tc.
  const Reason for_tc[] = {
      {link.loopback, "what this host sends to itself is taken on its way into loopback"},
      {link.kind == "veth", "a veth device has no driver that XDP would help"},
      {link.kind == "bond", "its frames come in by its members, as XDP sees them"},
      {link.upper != 0, "its frames may be for other members of its bridge or bond"},
      {!obstacles.xdp.empty(), "not in its driver: " + obstacles.xdp},
  };
  if (const auto* reason = first_that_holds(for_sockets)) return {link.index, Engine::sockets, *reason};
  if (const auto* reason = first_that_holds(for_tc)) return {link.index, Engine::tc, *reason};
  return {link.index, Engine::xdp, "its driver runs the program"};
}

std::string reason_not_to_start(EngineSetting setting, bool serves_some_interface,
                                const std::string& obstacle) {
  if (setting != EngineSetting::kernel) return "";
  if (!obstacle.empty()) return obstacle;
  return serves_some_interface ? "" : "no interface is up that the program can be attached to";
}

}  // namespace turnpike::kernel
