// Who closes a descriptor, and when.
#include "turnpike/net/file_descriptor.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <utility>

namespace turnpike::net {
namespace {

FileDescriptor some_file() { return FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)); }

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

TEST(FileDescriptor, closes_with_its_owner) {
  int fd;
  {
    const FileDescriptor owner = some_file();
    fd = owner.get();
    EXPECT_TRUE(is_open(fd));
  }
  EXPECT_FALSE(is_open(fd));
}

TEST(FileDescriptor, moves_without_closing_and_closes_what_it_replaces) {
  FileDescriptor first = some_file();
  FileDescriptor second = some_file();
  const int kept = first.get();
  const int replaced = second.get();
  second = std::move(first);
  EXPECT_EQ(second.get(), kept);
  EXPECT_TRUE(is_open(kept));
  EXPECT_FALSE(is_open(replaced));
  EXPECT_FALSE(first);
}

TEST(FileDescriptor, release_leaves_it_open) {
  FileDescriptor owner = some_file();
  const int fd = owner.release();
  owner.reset();
  EXPECT_TRUE(is_open(fd));
  ::close(fd);
}

}  // namespace
}  // namespace turnpike::net
