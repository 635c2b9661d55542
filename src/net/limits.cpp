#include "turnpike/net/limits.hpp"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include <algorithm>

#include "turnpike/net/file_descriptor.hpp"

namespace turnpike::net {
namespace {

constexpr std::uint64_t kRoomMax = 1U << 20;  // a limit of no limit is a billion in containers

}  // namespace

std::uint64_t descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

std::uint64_t raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const rlimit raised{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
  return setrlimit(RLIMIT_NOFILE, &raised) == 0 ? raised.rlim_cur : limit.rlim_cur;
}

void make_room_for_descriptors(std::uint64_t count) {
  const auto last = static_cast<int>(std::min(count, kRoomMax)) - 1;
  const FileDescriptor any(eventfd(0, EFD_CLOEXEC));
  const FileDescriptor highest(fcntl(any.get(), F_DUPFD_CLOEXEC, last));
}

}  // namespace turnpike::net
