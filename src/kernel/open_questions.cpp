#include "turnpike/kernel/open_questions.hpp"

namespace turnpike::kernel {

std::uint64_t OpenQuestions::add(const ChannelKey& about, TimePoint now) {
  open_.push_back({++last_number_, about, now + kPatience});
  return last_number_;
}

void OpenQuestions::close(std::uint64_t number) {
  while (!open_.empty() && open_.front().number <= number) open_.pop_front();
}

std::optional<OpenQuestions::Open> OpenQuestions::give_up(TimePoint now) {
  if (open_.empty() || open_.front().late > now) return std::nullopt;
  const Open oldest = open_.front();
  open_.pop_front();
  return oldest;
}

std::optional<TimePoint> OpenQuestions::next_deadline() const {
  return open_.empty() ? std::nullopt : std::optional(open_.front().late);
}

}  // namespace turnpike::kernel
