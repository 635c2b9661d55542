// Computes how many allocations and connections the process can have at one time.
#pragma once

#include <cstddef>
#include <cstdint>

#include "turnpike/config/config.hpp"

namespace turnpike::app {

// What bounds the capacity of the process. Each relay, each connection and each listener of each worker takes
// a descriptor.
struct Resources {
  std::uint64_t descriptors = 0;
  std::size_t workers = 0;
  std::size_t relay_addresses = 0;
};

// Upper bounds at one time. The bound of allocations assumes that there are no connections, because both need
// descriptors.
struct Capacity {
  std::uint64_t allocations = 0;  // with one relay each; from ports, descriptors and limits.allocations
  std::uint64_t connections = 0;  // half of the free descriptors, or limits.connections; at least 1

  bool operator==(const Capacity&) const = default;
};

// Returns the configuration with `limits.connections` set to the capacity.
config::Config with_capacity(config::Config config, const Resources& resources);

// Returns the capacity under this configuration.
Capacity capacity_of(const config::Config& config, const Resources& resources);

}  // namespace turnpike::app
