// When which flow sends its next frame in open loop: a schedule that waits for nobody.
#pragma once

#include <cstdint>

namespace turnpike::bench {

class Pacer {
 public:
  // `flows` at least 1, `frames_per_s` of each flow above 0. Frames of different flows are spread evenly, or
  // all due at once if `in_phase`.
  Pacer(std::uint32_t flows, double frames_per_s, bool in_phase, std::int64_t start_ns);

  // Of the next frame.
  std::int64_t due_ns() const;
  // Which flow it belongs to; goes on to the one after it.
  std::uint32_t take();

 private:
  std::uint32_t flows_;
  double period_ns_;
  bool in_phase_;
  std::int64_t start_ns_;
  std::uint64_t taken_ = 0;
};

}  // namespace turnpike::bench
