// Wakes coroutines that wait for a change, all on one thread.
#pragma once

#include <exception>

#include "turnpike/net/asio.hpp"

namespace turnpike::redis {

// Completion handler for coroutines whose exceptions shall leave the context's run().
inline void rethrow(const std::exception_ptr& thrown) {
  if (thrown) std::rethrow_exception(thrown);
}

// Wakes all who wait. A coroutine that wakes has to check whether its condition holds, and wait again if not.
class Signal {
 public:
  explicit Signal(const boost::asio::any_io_executor& executor)
      : timer_(executor, boost::asio::steady_timer::time_point::max()) {}

  // Wakes all coroutines that wait now.
  void raise() { timer_.cancel(); }
  // Waits until raise(), however long that takes.
  boost::asio::awaitable<void> wait() {
    co_await timer_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }

 private:
  boost::asio::steady_timer timer_;
};

}  // namespace turnpike::redis
