// Users who are barred after a revocation: nothing is granted to them until a time.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>

#include "turnpike/base/time.hpp"

namespace turnpike::turn {

// Holds the barred users. Expired bars are removed by the calls that take a time. Not thread-safe.
class Bars {
 public:
  // `bars_max`: most users barred at once. One more removes the bar that would end first.
  explicit Bars(std::size_t bars_max) : bars_max_(bars_max) {}

  // Bars the user until this time, which replaces an earlier bar.
  void bar(const std::string& user_id, TimePoint until);
  void lift(const std::string& user_id);
  bool is_barred(const std::string& user_id, TimePoint now) { return until(user_id, now).has_value(); }
  // Returns when the user's bar ends, or nullopt if the user is not barred.
  std::optional<TimePoint> until(const std::string& user_id, TimePoint now);

  std::size_t size() const { return until_.size(); }

 private:
  std::size_t bars_max_;
  std::unordered_map<std::string, TimePoint> until_;
  std::set<std::pair<TimePoint, std::string>> by_end_;
};

}  // namespace turnpike::turn
