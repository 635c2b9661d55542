// How much the kernel keeps for one connection.
#include "turnpike/net/kernel_buffers.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::net {
namespace {

int size_of(const FileDescriptor& socket, int name) {
  int bytes = 0;
  socklen_t size = sizeof bytes;
  EXPECT_EQ(::getsockopt(socket.get(), SOL_SOCKET, name, &bytes, &size), 0);
  return bytes;
}

TEST(KernelBuffers, small_ones_are_small_both_ways_and_normal_ones_are_large_again) {
  const FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  for (int round = 0; round < 2; ++round) {
    set_kernel_buffers(socket.get(), KernelBuffers::small);
    for (const int name : {SO_SNDBUF, SO_RCVBUF}) EXPECT_LE(size_of(socket, name), 2 * kSmallBufferBytes);
    set_kernel_buffers(socket.get(), KernelBuffers::normal);
    for (const int name : {SO_SNDBUF, SO_RCVBUF}) EXPECT_GE(size_of(socket, name), 128 * 1024);
  }
}

}  // namespace
}  // namespace turnpike::net
