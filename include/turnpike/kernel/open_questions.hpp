// Questions that were asked and have no answer yet: a bounded number, each for a bounded time.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "turnpike/base/time.hpp"
#include "turnpike/kernel/hop_question.hpp"

namespace turnpike::kernel {

class OpenQuestions {
 public:
  static constexpr std::size_t kMax = 64;
  static constexpr Duration kPatience = std::chrono::seconds(2);
  struct Open {
    std::uint64_t number;
    ChannelKey about;
    TimePoint late;  // when nobody waits for its answer any more

    bool operator==(const Open&) const = default;
  };

  bool has_room() const { return open_.size() < kMax; }
  // There is room. Returns the number of the question, which grows by one each time.
  std::uint64_t add(const ChannelKey& about, TimePoint now);
  // Answers come in the order of the questions: those before it will have none.
  void close(std::uint64_t number);
  // Closes the oldest one if it is late, and returns it.
  std::optional<Open> give_up(TimePoint now);
  // When the oldest one will be late.
  std::optional<TimePoint> next_deadline() const;

 private:
  std::deque<Open> open_;  // in the order of their numbers
  std::uint64_t last_number_ = 0;
};

}  // namespace turnpike::kernel
