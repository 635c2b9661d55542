// Listens on a Unix socket that only its owner may use, and manages the socket's file.
#pragma once

#include <sys/types.h>

#include <string>

#include "turnpike/base/result.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::http {

// Returns a listening socket, non-blocking and closed on exec, whose file has mode 0600 from the start.
// Replaces the socket of a process that has died. A lock on the folder separates two processes that start at
// once; a lock that others hold for long costs 200 ms. Returns address_in_use if somebody answers there or
// the file is no socket, filename_too_long beyond 107 bytes, otherwise the error of the first system call
// that failed.
Result<net::FileDescriptor> listen_on_unix_socket(const std::string& path);

// Removes the file of a Unix socket in its destructor, unless another file has taken its place. Destroy it
// before closing the descriptor: while somebody answers, no other process takes the path.
class SocketFile {
 public:
  // Takes the path of a socket that is bound.
  explicit SocketFile(std::string path);
  ~SocketFile();
  SocketFile(const SocketFile&) = delete;
  SocketFile& operator=(const SocketFile&) = delete;

 private:
  std::string path_;
  dev_t device_ = 0;
  ino_t inode_ = 0;  // 0: none
};

}  // namespace turnpike::http
