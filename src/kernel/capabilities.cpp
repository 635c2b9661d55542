#include "turnpike/kernel/capabilities.hpp"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

namespace turnpike::kernel {
namespace {

static_assert(kKernelEngineCapabilities == (1ULL << CAP_BPF | 1ULL << CAP_NET_ADMIN | 1ULL << CAP_PERFMON));

// The system calls have no wrapper in the C library; version 3 means two words of 32 bits.
using Words = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

__user_cap_header_struct this_thread() { return {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0}; }

bool get(Words& words) {
  auto header = this_thread();
  return ::syscall(SYS_capget, &header, words.data()) == 0;
}

Capabilities join(std::uint32_t low, std::uint32_t high) { return Capabilities{high} << 32 | low; }

}  // namespace

Capabilities effective_capabilities() {
  Words words{};
  return get(words) ? join(words[0].effective, words[1].effective) : 0;
}

bool keep_only(Capabilities wanted) {
  Words words{};
  if (!get(words)) return false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto kept = static_cast<std::uint32_t>(wanted >> (32 * i));
    words[i].effective &= kept;
    words[i].permitted &= kept;
    words[i].inheritable &= kept;
  }
  // What is ambient falls with what is permitted.
  auto header = this_thread();
  return ::syscall(SYS_capset, &header, words.data()) == 0;
}

}  // namespace turnpike::kernel
