// Questions that were asked and not answered yet: a bounded number, each for a bounded time.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "turnpike/base/time.hpp"
#include "turnpike/kernel/hop_question.hpp"

namespace turnpike::kernel {

// The open questions of one worker, in the order in which they were asked.
class OpenQuestions {
 public:
  // Questions that may be open at once.
  static constexpr std::size_t kMax = 64;
  // Time after which a question is given up.
  static constexpr Duration kPatience = std::chrono::seconds(2);
  // A question without an answer.
  struct Open {
    std::uint64_t number;
    ChannelKey about;
    TimePoint late;  // from then on nobody waits for the answer

    bool operator==(const Open&) const = default;
  };

  bool has_room() const { return open_.size() < kMax; }
  // Adds a question; has_room() must be true. Returns its number, which grows by one each time.
  std::uint64_t add(const ChannelKey& about, TimePoint now);
  // Removes the question with this number and all earlier ones, as answers come in the order of the
  // questions.
  void close(std::uint64_t number);
  // Removes and returns the oldest question if it is late; otherwise none.
  std::optional<Open> give_up(TimePoint now);
  // Returns when the oldest question will be late; none if no question is open.
  std::optional<TimePoint> next_deadline() const;

 private:
  std::deque<Open> open_;  // in the order of their numbers
  std::uint64_t last_number_ = 0;
};

}  // namespace turnpike::kernel
