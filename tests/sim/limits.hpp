// The bounds that the simulated server is configured with: tight, so that all of them are met.
#pragma once

#include <chrono>
#include <cstdint>

namespace turnpike::sim {

inline constexpr std::uint32_t kLifetimeDefault_s = 120;
inline constexpr std::uint32_t kLifetimeMax_s = 900;
inline constexpr std::uint32_t kPermissionsMax = 8;
inline constexpr std::uint32_t kChannelsMax = 6;
inline constexpr std::uint32_t kAllocationsPerUserMax = 10;
inline constexpr auto kPortQuiet = std::chrono::seconds(30);
inline constexpr auto kNonceLife = std::chrono::seconds(200);

}  // namespace turnpike::sim
