// What the kernel engine has to be allowed to do.
#pragma once

#include "turnpike/net/privileges.hpp"

namespace turnpike::kernel {

// Loading the program and attaching it: CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON.
inline constexpr net::Capabilities kKernelEngineCapabilities = 1ULL << 39 | 1ULL << 12 | 1ULL << 38;

}  // namespace turnpike::kernel
