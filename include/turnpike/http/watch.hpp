// Notices that nothing has moved for too long.
#pragma once

#include <functional>
#include <memory>

#include "turnpike/base/time.hpp"
#include "turnpike/net/asio.hpp"

namespace turnpike::http {

// A single timer for all waits of a connection: moving its end costs only a reading of the clock.
class Watch {
 public:
  // `on_late` is called when the time is over, and ends what is waited for; it is called again each second
  // until allow() or rest(), in case another wait has begun meanwhile. The watch may be destroyed while it is
  // armed.
  Watch(const boost::asio::any_io_executor& executor, std::function<void()> on_late);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  // Arms the watch: `most` from now, and again from each touch().
  void allow(Duration most);
  // Starts the time anew; does nothing while the watch rests or is late.
  void touch();
  // Disarms the watch.
  void rest();
  // Returns true after the time was over, until allow() or rest().
  bool is_late() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace turnpike::http
