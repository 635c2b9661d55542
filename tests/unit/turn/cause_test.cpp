// The names of causes: labels that logs and metrics can use.
#include "turnpike/turn/cause.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace turnpike::turn {
namespace {

TEST(Cause, each_has_a_name_of_its_own_in_one_form) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < kCauses; ++i) {
    const std::string_view name = to_string(static_cast<Cause>(i));
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_FALSE(name.empty());
    EXPECT_TRUE(std::ranges::all_of(name, [](char c) { return (c >= 'a' && c <= 'z') || c == '_'; })) << name;
  }
}

TEST(Cause, each_has_an_error_code_with_a_reason_phrase) {
  for (std::size_t i = 0; i < kCauses; ++i) {
    const auto cause = static_cast<Cause>(i);
    EXPECT_FALSE(stun::reason_phrase(code_of(cause)).empty()) << to_string(cause);
  }
}

}  // namespace
}  // namespace turnpike::turn
