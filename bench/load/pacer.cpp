// Times are computed from the start, so that rounding does not add up.
#include "load/pacer.hpp"

namespace turnpike::bench {

Pacer::Pacer(std::uint32_t flows, double frames_per_s, bool in_phase, std::int64_t start_ns)
    : flows_(flows), period_ns_(1e9 / frames_per_s), in_phase_(in_phase), start_ns_(start_ns) {}

std::int64_t Pacer::due_ns() const {
  const double periods =
      in_phase_ ? static_cast<double>(taken_ / flows_) : static_cast<double>(taken_) / flows_;
  return start_ns_ + static_cast<std::int64_t>(periods * period_ns_);
}

std::uint32_t Pacer::take() { return static_cast<std::uint32_t>(taken_++ % flows_); }

}  // namespace turnpike::bench
