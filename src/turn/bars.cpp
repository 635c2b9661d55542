#include "turnpike/turn/bars.hpp"

namespace turnpike::turn {

void Bars::bar(const std::string& user_id, TimePoint until) {
  lift(user_id);
  until_.emplace(user_id, until);
  by_end_.emplace(until, user_id);
  if (by_end_.size() > bars_max_) lift(std::string(by_end_.begin()->second));
}

void Bars::lift(const std::string& user_id) {
  const auto found = until_.find(user_id);
  if (found == until_.end()) return;
  by_end_.erase({found->second, user_id});
  until_.erase(found);
}

std::optional<TimePoint> Bars::until(const std::string& user_id, TimePoint now) {
  while (!by_end_.empty() && by_end_.begin()->first <= now) lift(std::string(by_end_.begin()->second));
  const auto found = until_.find(user_id);
  return found == until_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace turnpike::turn
