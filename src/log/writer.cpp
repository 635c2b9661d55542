#include "turnpike/log/writer.hpp"

#include <pthread.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>

namespace turnpike::log {
namespace {

using Clock = std::chrono::steady_clock;  // the time line of TimePoint

constexpr Duration kSlice = std::chrono::milliseconds(50);  // a wait for a reader, until stop() is noticed
constexpr std::size_t kLineOverhead = 64;                   // bytes, beside the text

// A new thread has the mask of the one that makes it.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;

 private:
  sigset_t before_{};
};

}  // namespace

struct Writer::State {
  struct Queued {
    Line line;
    std::uint64_t stands_for;  // lines that are lost with it
  };

  explicit State(Hooks the_hooks) : hooks(std::move(the_hooks)) {}

  void push(Line line);
  bool refill();
  bool write_front(Duration patience);
  void wait_for_lines(std::optional<TimePoint> until);
  Duration slice();
  bool must_leave();
  void run();

  const Hooks hooks;

  std::mutex mutex;  // of what follows; never held while anything waits
  std::condition_variable changed;
  std::deque<Queued> queue;
  std::size_t queue_bytes = 0;
  bool is_full = false;
  std::uint64_t lost = 0;  // lines, of which none has told yet
  bool all_written = true;
  bool is_woken = false;
  bool has_thread = false;
  bool thread_has_ended = false;
  std::optional<Clock::time_point> leave_by;

  std::mutex writing;  // of what follows; held by whoever writes
  std::deque<Queued> taken;
  std::size_t front_written = 0;  // bytes
};

void Writer::State::push(Line line) {
  const std::lock_guard lock(mutex);
  const std::size_t size = line.text.size() + kLineOverhead;
  // Once one is lost, so are all until the queue is taken: the line that says so stands in their place.
  is_full |= !queue.empty() && queue_bytes + size > kQueueBytesMax;
  if (is_full) {
    ++lost;
    return;
  }
  queue_bytes += size;
  queue.push_back({std::move(line), 1});
  all_written = false;
  if (queue.size() == 1) changed.notify_all();
}

// Takes the whole queue. False: there is nothing to write.
bool Writer::State::refill() {
  std::uint64_t lost_now = 0;
  {
    const std::lock_guard lock(mutex);
    if (queue.empty()) {
      all_written = true;
      changed.notify_all();
      return false;
    }
    taken.swap(queue);
    queue_bytes = 0;
    is_full = false;
    lost_now = std::exchange(lost, 0);
  }
  if (lost_now != 0) taken.push_back({hooks.lost_line(lost_now), lost_now});
  return true;
}

// A piece of the line in front, or its end. False: its reader was not ready in time.
bool Writer::State::write_front(Duration patience) {
  const auto& [line, stands_for] = taken.front();
  std::string_view rest = std::string_view(line.text).substr(front_written);
  const bool is_replaced = line.output->is_replaced();
  const auto sent = line.output->write_some(rest, is_replaced ? Duration::zero() : patience);
  if (sent == Output::Sent::not_ready && !is_replaced) return false;
  if (sent == Output::Sent::some && !rest.empty()) {
    front_written = line.text.size() - rest.size();
    return true;
  }
  if (sent != Output::Sent::some) {
    const std::lock_guard lock(mutex);
    lost += stands_for;
  }
  taken.pop_front();
  front_written = 0;
  return true;
}

void Writer::State::wait_for_lines(std::optional<TimePoint> until) {
  const auto has_work = [this] { return !queue.empty() || leave_by || is_woken; };
  std::unique_lock lock(mutex);
  if (until) {
    changed.wait_until(lock, Clock::time_point(until->time_since_epoch()), has_work);
  } else {
    changed.wait(lock, has_work);
  }
  is_woken = false;
}

// How long to wait for a reader.
Duration Writer::State::slice() {
  const std::lock_guard lock(mutex);
  return leave_by ? std::clamp<Duration>(*leave_by - Clock::now(), Duration::zero(), kSlice) : kSlice;
}

bool Writer::State::must_leave() {
  const std::lock_guard lock(mutex);
  return leave_by && (Clock::now() >= *leave_by || all_written);
}

void Writer::State::run() {
  const std::lock_guard writer(writing);
  while (!must_leave()) {
    const auto next = hooks.on_time(TimePoint(Clock::now().time_since_epoch()));
    if (!taken.empty() || refill()) {
      write_front(slice());
    } else {
      wait_for_lines(next);
    }
  }
  const std::lock_guard lock(mutex);
  thread_has_ended = true;
  changed.notify_all();
}

Writer::Writer(Hooks hooks) : state_(std::make_shared<State>(std::move(hooks))) {}

Writer::~Writer() { stop(Duration::zero()); }

void Writer::push(Line line) { state_->push(std::move(line)); }

void Writer::wake() {
  const std::lock_guard lock(state_->mutex);
  state_->is_woken = true;
  state_->changed.notify_all();
}

void Writer::write_now() {
  {
    const std::lock_guard lock(state_->mutex);
    if (state_->has_thread) return;
  }
  const std::lock_guard writer(state_->writing);
  while ((!state_->taken.empty() || state_->refill()) && state_->write_front(Duration::zero())) continue;
}

bool Writer::flush(Duration patience) {
  const auto until = Clock::now() + patience;
  const auto is_done = [this] { return state_->all_written; };
  while (true) {
    write_now();
    std::unique_lock lock(state_->mutex);
    if (state_->has_thread) return state_->changed.wait_until(lock, until, is_done);
    if (is_done() || Clock::now() >= until) return is_done();
    state_->changed.wait_for(lock, kSlice / 10);
  }
}

void Writer::start() {
  {
    const std::lock_guard lock(state_->mutex);
    if (std::exchange(state_->has_thread, true)) return;
  }
  const BlockedSignals none_here;
  thread_ = std::thread([state = state_] { state->run(); });
}

void Writer::stop(Duration patience) {
  if (!thread_.joinable()) return;
  std::unique_lock lock(state_->mutex);
  state_->leave_by = Clock::now() + patience;
  state_->changed.notify_all();
  if (!state_->changed.wait_until(lock, *state_->leave_by + 2 * kSlice,
                                  [this] { return state_->thread_has_ended; })) {
    return thread_.detach();
  }
  state_->has_thread = state_->thread_has_ended = false;
  state_->leave_by.reset();
  lock.unlock();
  thread_.join();
}

}  // namespace turnpike::log
