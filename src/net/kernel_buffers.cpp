#include "turnpike/net/kernel_buffers.hpp"

#include <sys/socket.h>

#ifndef SO_BUF_LOCK
#define SO_BUF_LOCK 72
#endif

namespace turnpike::net {
namespace {

constexpr int kBeginBytes = 128 * 1024;  // the system goes on from there
constexpr int kFixedBytes = 1 << 20;     // where it would not; its maximum caps it (net.core.wmem_max)

bool set(int fd, int name, int value) {
  return ::setsockopt(fd, SOL_SOCKET, name, &value, sizeof value) == 0;
}

void set_both(int fd, int bytes) {
  set(fd, SO_SNDBUF, bytes);
  set(fd, SO_RCVBUF, bytes);
}

}  // namespace

// The system leaves a size that was given as it is, unless the lock is taken from it (Linux 5.14).
void set_kernel_buffers(int fd, KernelBuffers size) {
  if (size == KernelBuffers::small) return set_both(fd, kSmallBufferBytes);
  set_both(fd, kBeginBytes);
  if (!set(fd, SO_BUF_LOCK, 0)) set_both(fd, kFixedBytes);
}

}  // namespace turnpike::net
