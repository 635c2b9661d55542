// The capabilities that the kernel engine needs.
#pragma once

#include "turnpike/net/privileges.hpp"

namespace turnpike::kernel {

// CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON: for loading the program and attaching it.
inline constexpr net::Capabilities kKernelEngineCapabilities = 1ULL << 39 | 1ULL << 12 | 1ULL << 38;

}  // namespace turnpike::kernel
