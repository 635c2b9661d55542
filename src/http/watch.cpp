#include "turnpike/http/watch.hpp"

#include <utility>

namespace turnpike::http {
namespace {

namespace asio = boost::asio;
using Clock = asio::steady_timer::clock_type;

constexpr auto kAgain = std::chrono::seconds(1);

}  // namespace

struct Watch::State {
  State(const asio::any_io_executor& executor, std::function<void()> call)
      : timer(executor), on_late(std::move(call)) {}
  static void arm(const std::shared_ptr<State>& state);

  asio::steady_timer timer;
  std::function<void()> on_late;
  Duration most{};
  Clock::time_point end = Clock::time_point::max();
  Clock::time_point armed_until = Clock::time_point::max();  // max(): it is not
  bool is_late = false;
  bool rests = true;
};

// A timer that fires before the end, which has moved since, is armed once more.
void Watch::State::arm(const std::shared_ptr<State>& state) {
  if (state->end >= state->armed_until) return;
  state->armed_until = state->end;
  state->timer.expires_at(state->end);
  state->timer.async_wait([weak = std::weak_ptr(state)](boost::system::error_code error) {
    const auto late = weak.lock();
    if (error || !late) return;
    late->armed_until = Clock::time_point::max();
    if (Clock::now() >= late->end) {
      late->is_late = true;
      late->end = Clock::now() + kAgain;
      late->on_late();
    }
    arm(late);
  });
}

Watch::Watch(const asio::any_io_executor& executor, std::function<void()> on_late)
    : state_(std::make_shared<State>(executor, std::move(on_late))) {}

Watch::~Watch() { state_->timer.cancel(); }

void Watch::allow(Duration most) {
  state_->most = most;
  state_->is_late = state_->rests = false;
  touch();
}

void Watch::touch() {
  if (state_->is_late || state_->rests) return;
  state_->end = Clock::now() + std::chrono::duration_cast<Clock::duration>(state_->most);
  State::arm(state_);
}

void Watch::rest() {
  state_->is_late = false;
  state_->rests = true;
  state_->end = state_->armed_until = Clock::time_point::max();
  state_->timer.cancel();
}

bool Watch::is_late() const { return state_->is_late; }

}  // namespace turnpike::http
