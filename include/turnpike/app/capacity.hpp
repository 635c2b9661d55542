// How many allocations and connections there may be at one time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "turnpike/config/config.hpp"

namespace turnpike::app {

// What the process has. Each relay, each connection and each listener of each worker is a descriptor.
struct Resources {
  std::uint64_t descriptors = 0;
  std::size_t workers = 0;
  std::size_t relay_addresses = 0;
};

// The bound of allocations holds where there are no connections: descriptors are for both.
struct Capacity {
  std::uint64_t allocations = 0;  // of one relay each, from ports, descriptors and limits.allocations
  std::uint64_t connections = 0;  // half of what descriptors are left, or limits.connections; at least one

  bool operator==(const Capacity&) const = default;
};

// The same configuration, with the number of connections that its limits come to.
config::Config with_capacity(config::Config config, const Resources& resources);

Capacity capacity_of(const config::Config& config, const Resources& resources);

}  // namespace turnpike::app
