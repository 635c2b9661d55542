// epoll_pwait2, whose timeout is in nanoseconds.
#include "load/readiness.hpp"

#include <sys/prctl.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace turnpike::bench {

Readiness::Readiness() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  ::prctl(PR_SET_TIMERSLACK, 1000);  // nanoseconds; the default of 50 us would come on top of every wait
}

void Readiness::add(int fd, std::uint64_t token) {
  epoll_event event{.events = EPOLLIN, .data = {.u64 = token}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) < 0)
    throw std::system_error(errno, std::generic_category(), "epoll_ctl");
}

void Readiness::remove(int fd) { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

std::span<const std::uint64_t> Readiness::wait(Duration timeout) {
  const auto ns = std::max<std::int64_t>(timeout.count(), 0);
  const timespec limit{.tv_sec = ns / 1'000'000'000, .tv_nsec = ns % 1'000'000'000};
  const int count =
      ::epoll_pwait2(epoll_.get(), events_.data(), static_cast<int>(events_.size()), &limit, nullptr);
  for (int i = 0; i < count; ++i)
    tokens_[static_cast<std::size_t>(i)] = events_[static_cast<std::size_t>(i)].data.u64;
  return std::span(tokens_).first(static_cast<std::size_t>(std::max(count, 0)));
}

}  // namespace turnpike::bench
