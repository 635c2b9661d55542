#include "turnpike/net/asked_name.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace turnpike::net {

// A connection that is broken is at its end for whoever reads from it next.
bool AskedName::read(int fd, MutableBytes scratch) {
  const MutableBytes room = scratch.first(std::min(scratch.size(), kBytesMax - bytes_.size()));
  const auto count = ::recv(fd, room.data(), room.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (count <= 0) return true;
  const Bytes more = room.first(static_cast<std::size_t>(count));
  bytes_.insert(bytes_.end(), more.begin(), more.end());
  const auto hello = reader_.feed(more);
  if (hello && *hello) name_ = (*hello)->server_name;
  return !hello || *hello || bytes_.size() == kBytesMax;
}

}  // namespace turnpike::net
