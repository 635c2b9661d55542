// Users who are barred: until a time, nothing is granted to them. The tombstones of revocations.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "turnpike/base/time.hpp"

namespace turnpike::turn {

class Bars {
 public:
  // With `bars_max` users barred, the bar that would end first makes room for another.
  explicit Bars(std::size_t bars_max) : bars_max_(bars_max) {}

  // The latest word about a user counts.
  void bar(const std::string& user_id, TimePoint until);
  void lift(const std::string& user_id);
  bool is_barred(const std::string& user_id, TimePoint now) { return until(user_id, now).has_value(); }
  // When the user's bar ends; none: there is no bar.
  std::optional<TimePoint> until(const std::string& user_id, TimePoint now);

  std::size_t size() const { return until_.size(); }

 private:
  std::size_t bars_max_;
  std::unordered_map<std::string, TimePoint> until_;
  std::set<std::pair<TimePoint, std::string>> by_end_;
};

}  // namespace turnpike::turn
