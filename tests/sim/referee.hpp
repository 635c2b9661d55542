// Where broken invariants are reported and situations are counted.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace turnpike::sim {

class Referee {
 public:
  // The first one is kept: the others follow from it.
  void violation(std::string text) {
    if (first_.empty()) first_ = std::move(text);
  }
  bool holds() const { return first_.empty(); }
  const std::string& first_violation() const { return first_; }

  // Names are literals.
  void saw(std::string_view situation, std::uint64_t times = 1) { tally_[situation] += times; }
  void saw_code(int code) { ++codes_[code]; }
  std::uint64_t times(std::string_view situation) const {
    const auto found = tally_.find(situation);
    return found == tally_.end() ? 0 : found->second;
  }
  const std::map<std::string_view, std::uint64_t>& tally() const { return tally_; }
  // Error codes that the server answered with.
  const std::map<int, std::uint64_t>& codes() const { return codes_; }

 private:
  std::string first_;
  std::map<std::string_view, std::uint64_t> tally_;
  std::map<int, std::uint64_t> codes_;
};

}  // namespace turnpike::sim
