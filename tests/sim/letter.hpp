// What is relayed in the simulation: payloads that say who sent them to whom.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "turnpike/base/bytes.hpp"

namespace turnpike::sim {

// Names a client or a peer of the simulation.
using HostId = std::uint32_t;

struct Letter {
  HostId from = 0;
  HostId to = 0;
  std::uint32_t flow = 0;
  std::uint32_t sequence = 0;

  bool operator==(const Letter&) const = default;
};

// With `filler` bytes more, and a checksum over all.
std::vector<std::uint8_t> seal(const Letter& letter, std::size_t filler);
// Nothing if it is no letter or if a bit of it is wrong.
std::optional<Letter> open(Bytes payload);

}  // namespace turnpike::sim
