// How much the kernel keeps for one connection.
#pragma once

#include <cstdint>

namespace turnpike::net {

enum class KernelBuffers : std::uint8_t {
  small,   // for answers to some requests, whatever the other end does
  normal,  // as the system sizes them
};

// The kernel takes twice as much for its own needs.
inline constexpr int kSmallBufferBytes = 16 * 1024;

// Of a connected TCP socket, at any time. What the system refuses stays as it is.
void set_kernel_buffers(int fd, KernelBuffers size);

}  // namespace turnpike::net
