#include "turnpike/net/poller.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <climits>
#include <system_error>

#include "turnpike/net/bound_socket.hpp"

namespace turnpike::net {
namespace {

epoll_event event_of(std::uint64_t token, Interest interest) {
  epoll_event event{};
  event.events = (interest.readable ? EPOLLIN : 0U) | (interest.writable ? EPOLLOUT : 0U);
  event.data.u64 = token;
  return event;
}

// Rounded up: a deadline must have passed when the wait for it ends.
int milliseconds_of(std::optional<Duration> timeout) {
  if (!timeout) return -1;
  const auto rounded = std::chrono::ceil<std::chrono::milliseconds>(*timeout).count();
  return static_cast<int>(std::clamp<decltype(rounded)>(rounded, 0, INT_MAX));
}

boost::system::error_code outcome_of(int result) {
  return result == 0 ? boost::system::error_code{} : last_error();
}

}  // namespace

Poller::Poller(std::size_t events_max) : epoll_(::epoll_create1(EPOLL_CLOEXEC)), events_(events_max) {
  if (!epoll_) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  ready_.reserve(events_max);
}

boost::system::error_code Poller::add(int fd, std::uint64_t token, Interest interest) {
  epoll_event event = event_of(token, interest);
  return outcome_of(::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event));
}

void Poller::add_or_throw(int fd, std::uint64_t token) {
  if (const auto error = add(fd, token)) throw boost::system::system_error(error, "epoll_ctl");
}

boost::system::error_code Poller::modify(int fd, std::uint64_t token, Interest interest) {
  epoll_event event = event_of(token, interest);
  return outcome_of(::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event));
}

boost::system::error_code Poller::remove(int fd) {
  return outcome_of(::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr));
}

std::span<const Ready> Poller::wait(std::optional<Duration> timeout) {
  ready_.clear();
  const int count =
      ::epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), milliseconds_of(timeout));
  for (int i = 0; i < count; ++i) {
    const auto& [events, data] = events_[static_cast<std::size_t>(i)];
    ready_.push_back({.token = data.u64,
                      .readable = (events & (EPOLLIN | EPOLLHUP)) != 0,
                      .writable = (events & EPOLLOUT) != 0,
                      .error = (events & EPOLLERR) != 0});
  }
  return ready_;
}

}  // namespace turnpike::net
