// What systemd is told of a service by way of NOTIFY_SOCKET, as sd_notify(3) describes it: a datagram of
// lines. Nothing is told where nobody asks for it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "turnpike/base/time.hpp"

namespace turnpike::app {

class ServiceManager {
 public:
  // By the environment of the process: NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID.
  ServiceManager();

  bool is_there() const { return !socket_.empty(); }
  // How often it wants a sign of life; none: never.
  std::optional<Duration> watchdog() const { return watchdog_; }

  void say_ready() const { say("READY=1"); }
  void say_reloading(TimePoint now) const;
  void say_stopping() const { say("STOPPING=1"); }
  void say_alive() const { say("WATCHDOG=1"); }
  void say_status(std::string_view status) const { say("STATUS=" + one_line(status)); }
  // The start takes its time, for this reason: to be called every few seconds.
  void say_waiting(std::string_view reason) const;

 private:
  static std::string one_line(std::string_view text);
  void say(const std::string& state) const;

  std::string socket_;  // a path, or a name in the abstract namespace behind '@'; empty: none
  std::optional<Duration> watchdog_;
};

}  // namespace turnpike::app
