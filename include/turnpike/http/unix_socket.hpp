// Listening on a Unix socket that only its owner may use, and the file that belongs to it.
#pragma once

#include <sys/types.h>

#include <string>

#include "turnpike/base/result.hpp"
#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::http {

// Listens already, non-blocking, closed on exec; the file has mode 0600 from its first moment on. A socket
// that is left from a process that died is replaced. A lock on the folder keeps two that start at once apart;
// one that somebody else holds for long delays it by 200 ms. Errors: address_in_use if somebody answers there
// or the file is no socket; filename_too_long beyond 107 bytes; else that of the first
// system call that failed.
Result<net::FileDescriptor> listen_on_unix_socket(const std::string& path);

// Removes the file in the end, unless another has taken its place. To be destroyed before the descriptor is
// closed: as long as somebody answers, no other process takes the path.
class SocketFile {
 public:
  // Of a socket that is bound.
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
