// Sizes the kernel's buffers of one connection.
#pragma once

#include <cstdint>

namespace turnpike::net {

// The size of the kernel's send and receive buffers of a connection.
enum class KernelBuffers : std::uint8_t {
  small,   // kSmallBufferBytes each way: enough for the answers to a few requests
  normal,  // sized by the system, growing with the traffic
};

// The size that is asked for; the kernel doubles it for its own bookkeeping.
inline constexpr int kSmallBufferBytes = 16 * 1024;

// Sets both buffers of a connected TCP socket, at any time. A size that the system refuses stays as it was.
void set_kernel_buffers(int fd, KernelBuffers size);

}  // namespace turnpike::net
