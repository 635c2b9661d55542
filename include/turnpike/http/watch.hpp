// Notices where nothing moves for too long.
#pragma once

#include <functional>
#include <memory>

#include "turnpike/base/time.hpp"
#include "turnpike/net/asio.hpp"

namespace turnpike::http {

// One timer for all that a connection waits for: to move its end costs no more than to read the clock.
class Watch {
 public:
  // `on_late` ends what is waited for. It is called again each second until the next allow() or rest(), for
  // what was about to begin when it was called first. The watch may be destroyed while it is armed.
  Watch(const boost::asio::any_io_executor& executor, std::function<void()> on_late);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // So long from now on, and again from each touch(), which does nothing while it rests.
  void allow(Duration most);
  void touch();
  // Nothing is waited for, or it may take as long as it takes.
  void rest();
  bool is_late() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace turnpike::http
