#include "turnpike/net/file_descriptor.hpp"

#include <unistd.h>

#include <utility>

namespace turnpike::net {

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int FileDescriptor::release() { return std::exchange(fd_, -1); }

void FileDescriptor::reset() {
  if (fd_ >= 0) ::close(release());
}

}  // namespace turnpike::net
