// Notices that the other end of a connection has gone altogether.
#pragma once

#include <functional>
#include <memory>

#include "turnpike/net/asio.hpp"

namespace turnpike::http {

// An end that only says that nothing follows may still want its answer, and is there; one that was closed or
// reset is not, whatever it has asked for.
class HangUp {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;

  // `socket` outlives it, and `on_hang_up` may close it. It may be destroyed while it waits.
  HangUp(Socket& socket, std::function<void()> on_hang_up);
  HangUp(const HangUp&) = delete;
  HangUp& operator=(const HangUp&) = delete;

  // From now on until rest(), or until all that the socket waits for is cancelled: then again from the next
  // call. Of a socket that was told to send nothing more it cannot be told, for both look alike where the
  // other end says no more.
  void watch();
  void rest();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace turnpike::http
