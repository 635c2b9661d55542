#include "turnpike/http/hang_up.hpp"

#include <poll.h>

#include <utility>

namespace turnpike::http {
namespace {

// The kernel has woken us for urgent data as well.
bool has_hung_up(int fd) {
  pollfd state{.fd = fd, .events = 0, .revents = 0};
  return ::poll(&state, 1, 0) == 1 && (state.revents & (POLLHUP | POLLERR)) != 0;
}

}  // namespace

struct HangUp::State {
  State(Socket& watched, std::function<void()> call) : socket(watched), on_hang_up(std::move(call)) {}

  Socket& socket;
  std::function<void()> on_hang_up;
  bool waits = false;
  bool is_wanted = false;
};

HangUp::HangUp(Socket& socket, std::function<void()> on_hang_up)
    : state_(std::make_shared<State>(socket, std::move(on_hang_up))) {}

void HangUp::rest() { state_->is_wanted = false; }

void HangUp::watch() {
  state_->is_wanted = true;
  if (std::exchange(state_->waits, true)) return;
  state_->socket.async_wait(Socket::wait_error,
                            [weak = std::weak_ptr(state_)](boost::system::error_code error) {
                              const auto state = weak.lock();
                              if (!state) return;
                              state->waits = false;
                              if (!error && state->is_wanted && has_hung_up(state->socket.native_handle()))
                                state->on_hang_up();
                            });
}

}  // namespace turnpike::http
