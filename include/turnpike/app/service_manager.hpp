// Reports the state of the service to systemd through NOTIFY_SOCKET, as sd_notify(3) describes: a datagram of
// lines. Without NOTIFY_SOCKET nothing is sent.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "turnpike/base/time.hpp"

namespace turnpike::app {

// The service manager that has started this process, if any.
class ServiceManager {
 public:
  // Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID of the environment.
  ServiceManager();

  bool is_there() const { return !socket_.empty(); }
  // Returns how often say_alive() must be called; nullopt: never.
  std::optional<Duration> watchdog() const { return watchdog_; }

  void say_ready() const { say("READY=1"); }
  // Says that a reload has begun; `now` is CLOCK_MONOTONIC. say_ready() must follow.
  void say_reloading(TimePoint now) const;
  void say_stopping() const { say("STOPPING=1"); }
  void say_alive() const { say("WATCHDOG=1"); }
  void say_status(std::string_view status) const { say("STATUS=" + one_line(status)); }
  // Says why the start is slow and asks for more time; call it every few seconds.
  void say_waiting(std::string_view reason) const;

 private:
  static std::string one_line(std::string_view text);
  void say(const std::string& state) const;

  std::string socket_;  // a path, or a name in the abstract namespace behind '@'; empty: none
  std::optional<Duration> watchdog_;
};

}  // namespace turnpike::app
