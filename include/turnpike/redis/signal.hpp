// Wakes coroutines that wait for something to change; all on one thread.
#pragma once

#include <exception>

#include "turnpike/net/asio.hpp"

namespace turnpike::redis {

// What a handler throws leaves the run() of the context, as if no coroutine were in between.
inline void rethrow(const std::exception_ptr& thrown) {
  if (thrown) std::rethrow_exception(thrown);
}

// Whoever wakes looks whether it is what they wait for, and waits again if not.
class Signal {
 public:
  explicit Signal(const boost::asio::any_io_executor& executor)
      : timer_(executor, boost::asio::steady_timer::time_point::max()) {}

  void raise() { timer_.cancel(); }
  boost::asio::awaitable<void> wait() {
    co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }

 private:
  boost::asio::steady_timer timer_;
};

}  // namespace turnpike::redis
