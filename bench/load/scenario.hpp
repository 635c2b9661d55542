// What can be measured, as values: a scenario is a list of parts, each so many clients that do the same.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "turnpike/base/endpoint.hpp"

namespace turnpike::bench {

enum class Framing : std::uint8_t { channel, indication };

enum class Direction : std::uint8_t {
  to_peer,    // client -> server -> peer
  to_client,  // peer -> server -> client
  echo,       // to the peer, which sends it back: relayed twice
  pair,       // to the relayed address of another client: relayed twice, too
};

enum class Pace : std::uint8_t {
  open,    // frames leave when they are due, whatever comes back
  closed,  // the next frame leaves when all of the last one has arrived, or has been waited for in vain
  flood,   // streams only: as fast as the connection takes them
};

struct Part {
  Transport transport = Transport::udp;  // between client and server: udp, tcp or tls
  Framing framing = Framing::channel;
  Direction direction = Direction::echo;
  Pace pace = Pace::closed;
  std::uint32_t clients = 50;  // a flow each
  std::uint32_t payload_bytes = 160;
  std::uint32_t frame_packets = 1;  // that leave at once
  double frames_per_s = 50;         // of each flow, in open loop
  bool in_phase = false;            // open loop: the frames of all flows are due at the same moment

  bool operator==(const Part&) const = default;
};

enum class Kind : std::uint8_t {
  traffic,  // all parts at the same time
  hold,     // allocations that do nothing: what they cost to make and in memory
  churn,    // allocate, permit, bind, delete, again and again
};

struct Scenario {
  std::string_view name;
  std::string_view about;
  Kind kind = Kind::traffic;
  std::vector<Part> parts;
};

std::span<const Scenario> scenarios();
// Null if there is none of that name.
const Scenario* find_scenario(std::string_view name);

// What the command line sets differently, in every part.
struct Overrides {
  std::optional<std::uint32_t> clients = {};
  std::optional<std::uint32_t> payload_bytes = {};
  std::optional<std::uint32_t> frame_packets = {};
  std::optional<double> frames_per_s = {};  // 0 is closed loop, anything else open loop
  std::optional<Direction> direction = {};

  Scenario apply(Scenario scenario) const;
};

}  // namespace turnpike::bench
