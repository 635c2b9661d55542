// Notices that the other end of a connection has closed or reset it.
#pragma once

#include <functional>
#include <memory>

#include "turnpike/net/asio.hpp"

namespace turnpike::http {

// Watches one socket while nothing is read from it. An end that has only stopped sending may still want its
// response and does not count; an end that has closed or reset the connection does.
class HangUp {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;

  // Calls `on_hang_up` when the other end has gone; the callback may close the socket. `socket` must outlive
  // this object, which may be destroyed while it watches.
  HangUp(Socket& socket, std::function<void()> on_hang_up);
  HangUp(const HangUp&) = delete;
  HangUp& operator=(const HangUp&) = delete;

  // Watches until rest(), or until all operations of the socket are cancelled; call again after that. Not for
  // a socket whose sending side was shut down: the kernel then reports a half-closed connection as a closed
  // one.
  void watch();
  // Stops watching.
  void rest();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace turnpike::http
