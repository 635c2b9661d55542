// Rewrites one line of standard error.
#include "load/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "load/clock.hpp"

namespace turnpike::bench {
namespace {

constexpr Duration kInterval = std::chrono::milliseconds(100);
constexpr std::size_t kWidth = 30;

}  // namespace

Progress::Progress(std::string_view name, bool wanted)
    : name_(name), on_(wanted && ::isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (on_) fmt::print(stderr, "\r\x1b[K");
}

void Progress::show(std::string_view phase, double done) {
  if (!on_) return;
  const TimePoint now = monotonic();
  if (now < next_) return;
  next_ = now + kInterval;
  const auto full = static_cast<std::size_t>(std::clamp(done, 0.0, 1.0) * kWidth);
  fmt::print(stderr, "\r{} [{}{}] {:3.0f} % {}\x1b[K", name_, std::string(full, '#'),
             std::string(kWidth - full, '.'), done * 100, phase);
}

}  // namespace turnpike::bench
