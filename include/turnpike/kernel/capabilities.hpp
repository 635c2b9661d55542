// Linux capabilities of the calling thread: which it has, and giving them up.
#pragma once

#include <cstdint>

namespace turnpike::kernel {

// One bit a capability, numbered as in linux/capability.h.
using Capabilities = std::uint64_t;

// Loading the program and attaching it: CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON.
inline constexpr Capabilities kKernelEngineCapabilities = 1ULL << 39 | 1ULL << 12 | 1ULL << 38;

Capabilities effective_capabilities();
// Gives up all others for good, in this thread and in those that it starts. False if the system refused.
[[nodiscard]] bool keep_only(Capabilities wanted);

}  // namespace turnpike::kernel
